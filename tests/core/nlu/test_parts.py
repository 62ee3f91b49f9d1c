"""Where a message may be cut into wishes."""

from __future__ import annotations

import pytest

from botcore.nlu.parts import MOST_PARTS, cut


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
    assert [text[start:end] for start, end in cut(text)[0]] == parts


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
    assert cut(text) == ([], False)


def test_no_message_has_more_than_a_few_wishes():
    assert len(cut(". ".join(["where is it"] * MOST_PARTS))[0]) == MOST_PARTS
    assert cut(". ".join(["where is it"] * (MOST_PARTS + 1)))[0] == []


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("when are you open? where can I park?", True),
        ("几点开门，另外怎么停车", True),
        ("when are you open and where can I park", True),
        ("我想退货，运费多少", False),
        ("refund my order, the left one is broken", False),
    ],
)
def test_ends_of_sentences_and_words_that_add_say_plainly_that_a_wish_begins_and_commas_do_not(text, is_plain):
    assert cut(text)[1] == is_plain
