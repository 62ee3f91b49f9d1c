"""Caches of vectors and heads belong to one encoder: another training of it in the same folder is another one."""

from __future__ import annotations

import pytest

from botcore.models.encoder import _mark

TABLE = bytes(range(256)) * 40_000


@pytest.mark.parametrize("layer", [0, 5, 11])
def test_an_encoder_of_which_one_layer_was_trained_is_another_one_though_its_word_table_is_the_same(tmp_path, layer):
    files = []
    for changed in (False, True):
        layers = [bytes([number]) * 2_000_000 for number in range(12)]
        layers[layer] = layers[layer] if not changed else b"x" * 2_000_000
        files.append(tmp_path / f"{changed}.safetensors")
        files[-1].write_bytes(b"".join(layers) + TABLE)
    assert _mark(files[0]) != _mark(files[1])


@pytest.mark.parametrize("content", [b"", b"x", b"xy" * 3000])
def test_a_small_file_of_weights_has_a_mark_too(tmp_path, content):
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    assert _mark(file) == _mark(file)
