"""Vectors on disk: only new texts are encoded, and a bad cache is only slower."""

from __future__ import annotations

import numpy as np
import pytest

from botcore.knowledge.index import Index
from botcore.knowledge.items import Item

pytestmark = [pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]
ITEMS = [
    Item("returns", "knowledge", ("How do I return an item?", "怎么退货？"), ("Within 30 days.",)),
    Item("hours", "knowledge", ("When are you open?",), ("From 9 to 18.",)),
]


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "vectors.npz"


@pytest.fixture
def encoded_by(encoder, cache):
    """How many texts the encoder saw while the index was built."""

    def build(items=ITEMS, file=cache) -> tuple[Index, int]:
        before = encoder.texts
        index = Index.build(items, encoder, file)
        return index, encoder.texts - before

    return build


def best(index: Index, encoder, text: str = "can I give it back") -> tuple[str, float]:
    (encoded,) = encoder.encode_many([text])
    match = index.search(text, encoded)[0]
    return match.id, match.score


def test_a_second_build_encodes_nothing(encoded_by, encoder):
    first, cost = encoded_by()
    assert cost > 5
    second, cost = encoded_by()
    assert cost == 0
    assert best(first, encoder)[0] == best(second, encoder)[0]
    assert best(first, encoder)[1] == pytest.approx(best(second, encoder)[1], abs=0.02)


def test_a_changed_entry_encodes_its_new_texts_only(encoded_by):
    encoded_by()
    new = Item(
        "parking", "knowledge", ("Where can I park?", "哪里停车？", "How do I return an item?"), ("Behind the house.",)
    )
    assert encoded_by([*ITEMS, new])[1] == 3
    assert encoded_by([*ITEMS, new])[1] == 0


def test_what_is_no_longer_asked_for_leaves_the_cache(encoded_by, cache):
    encoded_by()
    size = cache.stat().st_size
    encoded_by(ITEMS[:1])
    assert cache.stat().st_size < size
    assert encoded_by()[1] == 2


def damaged(content: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "garbage": b"garbage" * 100,
        "cut off": content[: len(content) // 2],
        "bits flipped": content[:2000] + bytes(byte ^ 0xFF for byte in content[2000:2400]) + content[2400:],
        "text": b"not a cache\n",
    }


@pytest.mark.parametrize("how", ["empty", "garbage", "cut off", "bits flipped", "text", "other arrays", "pickle"])
def test_a_damaged_cache_is_built_again(encoded_by, encoder, cache, how):
    whole = encoded_by()[1]
    if how == "other arrays":
        np.savez(cache, keys=np.array(["a", "b"]), pooled=np.zeros((1, 3)), tokens=np.zeros((1, 3)), starts=np.zeros(1))
    elif how == "pickle":
        np.savez(cache, keys=np.array([{"a": 1}], dtype=object), pooled=[], tokens=[], starts=[])
    else:
        cache.write_bytes(damaged(cache.read_bytes())[how])
    index, cost = encoded_by()
    assert cost == whole
    assert best(index, encoder)[0] == "returns"
    assert encoded_by()[1] == 0, "and it is whole again"


def test_a_cache_that_cannot_be_written_is_only_slower(encoded_by, encoder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    index, cost = encoded_by(ITEMS, tmp_path / "file" / "vectors.npz")
    assert cost > 5
    assert best(index, encoder)[0] == "returns"


def test_no_half_written_file_is_left(encoded_by, cache):
    encoded_by()
    assert [path.name for path in cache.parent.iterdir()] == ["vectors.npz"]
