import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from botcore import ModelError
from botcore.models.convert_e5s1 import convert

HIDDEN, LAYERS, INNER, POSITIONS = 32, 1, 128, 8
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "b", "怎"]


def q4(values: np.ndarray) -> bytes:
    """Q4_0 of values that are whole numbers from -8 to 7: every block's scale is 1."""
    nibbles = (values.reshape(-1, 32) + 8).astype(np.uint8)
    packed = nibbles[:, :16] | (nibbles[:, 16:] << 4)
    scale = np.ones((len(packed), 1), "<f2").view(np.uint8)
    return np.concatenate([scale, packed], axis=1).tobytes()


def tensors() -> dict[str, np.ndarray]:
    numbers = np.random.default_rng(1)
    shapes = {
        "emb.word": (len(PIECES), HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (1, HIDDEN),
        **{f"L0.{part}.w": (HIDDEN, HIDDEN) for part in ("q", "k", "v", "ao")},
        "L0.fi.w": (INNER, HIDDEN),
        "L0.fo.w": (HIDDEN, INNER),
    }
    return {name: numbers.integers(-8, 8, shape).astype(np.float32) for name, shape in shapes.items()}


def e5s1() -> bytes:
    """A whole file of a tiny model."""
    named = {
        **tensors(),
        **{f"{name}.{kind}": np.ones(HIDDEN, np.float32) for name in ("emb.ln", "L0.aln", "L0.oln") for kind in "wb"},
        **{f"L0.{part}.b": np.zeros(HIDDEN, np.float32) for part in ("q", "k", "v", "ao", "fo")},
        "L0.fi.b": np.zeros(INNER, np.float32),
    }
    head = b"E5S1" + struct.pack("<i7ifi", 1, HIDDEN, LAYERS, 2, INNER, len(PIECES), POSITIONS, 1, 1e-12, 32)
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4").tobytes()
    scores = -np.arange(len(PIECES)).astype("<f4")
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, encoded)))
    head += offsets + scores.tobytes() + b"".join(encoded) + struct.pack("<iI", 0, 4) + b"map!"
    bodies = {n: v.tobytes() if v.ndim == 1 else q4(v) for n, v in named.items()}
    directory_bytes = 4 + sum(2 + len(name) + 21 for name in named)
    start = len(head) + directory_bytes
    directory = struct.pack("<i", len(named))
    for name, values in named.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", int(values.ndim > 1), values.size, start, len(bodies[name]))
        start += len(bodies[name])
    return head + directory + b"".join(bodies.values())


def test_weights_and_tokenizer_come_out_as_libraries_read_them(tmp_path):
    (tmp_path / "tiny.bin").write_bytes(e5s1())
    convert(tmp_path / "tiny.bin", tmp_path / "out")
    weights = load_file(tmp_path / "out/model.safetensors")
    original = tensors()
    assert weights["embeddings.word_embeddings.weight"].dtype == np.float16
    np.testing.assert_array_equal(weights["embeddings.word_embeddings.weight"], original["emb.word"])
    np.testing.assert_array_equal(weights["encoder.layer.0.intermediate.dense.weight"], original["L0.fi.w"])
    np.testing.assert_array_equal(weights["encoder.layer.0.output.dense.weight"], original["L0.fo.w"])
    config = json.loads((tmp_path / "out/config.json").read_text())
    assert (config["hidden_size"], config["vocab_size"], config["pad_token_id"]) == (HIDDEN, len(PIECES), 1)
    vocabulary = json.loads((tmp_path / "out/tokenizer.json").read_text())["model"]["vocab"]
    assert [piece for piece, _score in vocabulary] == PIECES


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.3, 0.6, 0.9, 0.9999])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, share: float):
    content = e5s1()
    (tmp_path / "tiny.bin").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError, match=r"tiny.bin is (damaged|no E5S1 file).*botcore models pull"):
        convert(tmp_path / "tiny.bin", tmp_path / "out")
    assert not (tmp_path / "out").exists()
