"""Where a message may be cut into wishes, and a part's share of its encoder pass."""

from __future__ import annotations

import numpy as np
import pytest

from botcore.models.encoder import Encoded
from botcore.nlu.parts import MOST_PARTS, cut, share


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("when are you open and where can I park", ["when are you open", "where can I park"]),
        ("when are you open? where can I park?", ["when are you open", "where can I park"]),
        ("几点开门，还有怎么停车", ["几点开门", "怎么停车"]),
        ("我要退货。另外问一下运费多少", ["我要退货", "运费多少"]),
        ("refund my order, by the way do you sell lamps", ["refund my order", "do you sell lamps"]),
        ("几点开门 and where can I park", ["几点开门", "where can I park"]),
    ],
)
def test_a_message_may_be_cut_at_marks_and_at_words_that_join(text, parts):
    assert [text[start:end] for start, end in cut(text)] == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "and",
        "hello",
        "你好，请问几点开门",
        "a candid sandwich and",
        "salt and pepper",
        "yes, where can I park",
        "one thing. two things. three things. four things. five things.",
        "when are you open and where can I park " * 20,
    ],
)
def test_what_has_one_wish_at_most_is_not_cut(text):
    assert cut(text) == []


def test_no_message_has_more_than_a_few_wishes():
    assert len(cut(". ".join(["where is it"] * MOST_PARTS))) == MOST_PARTS
    assert cut(". ".join(["where is it"] * (MOST_PARTS + 1))) == []


def encoded() -> Encoded:
    tokens = np.eye(4, dtype=np.float32)
    return Encoded(np.full(4, 0.5, np.float32), tokens, ((0, 3), (4, 6), (7, 9), (9, 12)))


def test_a_part_has_the_mean_of_its_own_tokens_and_their_places():
    part = share(encoded(), 4, 9)
    assert part is not None
    assert part.spans == ((0, 2), (3, 5))
    np.testing.assert_allclose(part.vector, [0, 0.7071, 0.7071, 0], atol=1e-4)
    np.testing.assert_array_equal(part.tokens, encoded().tokens[1:3])


def test_a_part_without_a_whole_token_has_none():
    assert share(encoded(), 1, 3) is None
    assert share(encoded(), 50, 60) is None
