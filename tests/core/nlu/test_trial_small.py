"""Small bots as an admin first writes them: a skill with two examples, sizes in letters, a folder given by its path."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from botcore.config.nlu import EntityConfig
from botcore.dialogue.interpret import Thresholds, interpret
from botcore.messages import Message, User
from botcore.nlu.entities import Extractor
from botcore.understanding import Match, Understanding

SIZES = {"small": ["S", "小号"], "medium": ["M"], "large": ["L"], "women": []}


def name_of(*matches: Match) -> str:
    message = Message("k", "web", "c", User("u"), "text", datetime(2026, 1, 1, tzinfo=UTC))
    understood = Understanding("text", "en", matches, flags=("outside",))
    return interpret(message, understood, {"skill:gift.wrap"}, Thresholds())[0].name


def test_a_skill_that_the_head_was_not_trained_on_starts_although_the_head_finds_the_message_foreign():
    assert name_of(Match("gift.wrap", "skill", 0.97, evidence={"head": 0.0, "no_head": 1.0})) == "run_skill"
    assert name_of(Match("gift.wrap", "skill", 0.97, evidence={"head": 0.9, "no_head": 0.0})) == "not_understood"


def sizes(text: str) -> list[tuple[str, str]]:
    extractor = Extractor("UTC", {"size": EntityConfig(values=SIZES)})
    return [(found.text, str(found.value)) for found in extractor.extract(text) if found.kind == "size"]


@pytest.mark.parametrize("text", ["where's my order", "what’s this", "I'm waiting", "we’ll see", "it'S LATE"])
def test_a_letter_after_an_apostrophe_is_the_end_of_a_word_and_no_size(text):
    assert sizes(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("size 'S' please", ("S", "small")),
        ("my wife's is M", ("M", "medium")),
        ("women's shoes", ("women", "women")),
        ("要S码", ("S", "small")),
        ("Ｍ", ("Ｍ", "medium")),
    ],
)
def test_a_letter_by_itself_is_a_size(text, found):
    assert found in sizes(text)
