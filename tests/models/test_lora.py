"""Low-rank weights: merged exactly, refused when they do not fit, and off by one line of the config."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from botcore.app.encoders import load_encoders
from botcore.config.model import Models
from botcore.errors import ModelError
from botcore.models.encoder import load_encoder
from botcore.models.lora import ADAPTERS, FOLDER, LowRank, adapter_for
from botcore.models.store import ModelStore, default_root

ENCODER = "multilingual-e5-small"
TEXTS = ["How do I return an item?", "怎么退货？"]


def module() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.ModuleDict({"first": torch.nn.Linear(6, 4), "second": torch.nn.Linear(4, 3)}).requires_grad_(False)


def pair(out: int, into: int, rank: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(rank, into), torch.randn(out, rank)


def test_the_product_is_added_to_the_weights_and_nothing_else_changes():
    merged, before = module(), module()
    down, up = pair(4, 6)
    LowRank({"first": (down, up)}).merge(merged)
    torch.testing.assert_close(merged["first"].weight, before["first"].weight + up @ down)
    torch.testing.assert_close(merged["first"].bias, before["first"].bias)
    torch.testing.assert_close(merged["second"].weight, before["second"].weight)
    given = torch.randn(5, 6)
    torch.testing.assert_close(merged["first"](given), before["first"](given) + given @ down.T @ up.T)
    assert not merged["first"].weight.requires_grad


def test_nothing_added_leaves_the_weights_as_they_were():
    merged = module()
    down, up = pair(4, 6)
    LowRank({"first": (down, torch.zeros_like(up))}).merge(merged)
    assert torch.equal(merged["first"].weight, module()["first"].weight)


@pytest.mark.parametrize(("name", "sizes"), [("first", (4, 5)), ("first", (5, 6)), ("third", (4, 6))])
def test_a_layer_of_another_size_or_name_is_refused_with_the_mend(name, sizes):
    with pytest.raises(ModelError) as wrong:
        LowRank({name: pair(*sizes)}).merge(module())
    assert name in wrong.value.what
    assert wrong.value.fix == "Set models.adapter: none in config.yaml."


def test_what_was_saved_is_loaded_in_half_precision(tmp_path):
    down, up = pair(4, 6)
    LowRank({"layer.0.first": (down, up)}).save(tmp_path / "a.safetensors", {"made of": "test"})
    loaded = LowRank.load(tmp_path / "a.safetensors")
    assert list(loaded.pairs) == ["layer.0.first"]
    torch.testing.assert_close(loaded.pairs["layer.0.first"][0], down.half())
    torch.testing.assert_close(loaded.pairs["layer.0.first"][1], up.half())


def test_a_file_that_is_broken_or_not_whole_is_named(tmp_path):
    (tmp_path / "broken").write_bytes(b"no tensors")
    save_file({"first.down": torch.zeros(2, 6)}, tmp_path / "half")
    save_file({"first.down": torch.zeros(2, 6), "first.side": torch.zeros(2, 6)}, tmp_path / "odd")
    for name in ("broken", "half", "odd", "not there"):
        with pytest.raises(ModelError) as wrong:
            LowRank.load(tmp_path / name)
        assert name in wrong.value.what
        assert wrong.value.fix == "Install botcore again."


def test_an_adapter_that_nobody_knows_is_an_error_with_what_is_known():
    with pytest.raises(ModelError) as wrong:
        adapter_for(ENCODER, "costumer")
    assert "costumer" in wrong.value.what
    assert all(name in wrong.value.fix for name in ("none", *ADAPTERS))


def test_an_adapter_is_only_taken_for_the_encoder_that_it_was_made_for():
    assert adapter_for(ENCODER, "none") is None
    assert adapter_for("another/encoder", "customer-service") is None
    shipped = adapter_for(ENCODER, "customer-service")
    assert shipped is None or shipped.parent == FOLDER


def test_adapters_in_the_package_are_small_and_hold_finite_numbers():
    for file in FOLDER.glob("*.safetensors"):
        assert file.stat().st_size <= 8_000_000
        for down, up in LowRank.load(file).pairs.values():
            assert torch.isfinite(down).all()
            assert torch.isfinite(up).all()


@pytest.mark.xdist_group("encoder")
@pytest.mark.timeout(600)
def test_without_the_adapter_the_encoder_is_as_it_was_and_with_one_it_is_another(tmp_path: Path):
    store = ModelStore(default_root())
    model = store.ensure(ENCODER)
    bare = load_encoder(model.folder, name=model.name, prefix=model.prefix, device="cpu")
    off = load_encoders(Models(adapter="none", device="cpu"), store, tmp_path)
    assert off is not None
    try:
        assert off.identity == bare.identity
        before = bare.encode_many(TEXTS)
        for one, two in zip(before, off.encode_many(TEXTS), strict=True):
            np.testing.assert_allclose(one.vector, two.vector, atol=1e-6)
        file = tmp_path / "mine.safetensors"
        LowRank({"encoder.layer.11.output.dense": pair(384, 1536)}).save(file, {})
        bare.adapt(file)
        assert bare.identity != off.identity
        assert "mine" in bare.identity
        for one, two in zip(before, bare.encode_many(TEXTS), strict=True):
            assert float(one.vector @ two.vector) < 0.99
        wrong = tmp_path / "wrong.safetensors"
        LowRank({"encoder.layer.11.output.dense": pair(384, 384)}).save(wrong, {})
        with pytest.raises(ModelError, match="does not fit"):
            off.adapt(wrong)
    finally:
        bare.close()
        off.close()
