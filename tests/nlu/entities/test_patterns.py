"""Patterns of the admin's own run under RE2: no pattern and no message can hold the bot up (A9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from botcore.config.nlu import EntityConfig
from botcore.nlu.entities import Extractor, check_entities
from botcore.nlu.entities.patterns import mistake


def finds(text: str, pattern: str) -> list[tuple[str, str]]:
    extractor = Extractor("UTC", {"code": EntityConfig(pattern=pattern)})
    return [(each.text, each.value) for each in extractor.extract(text) if each.by == "pattern"]


def test_a_pattern_finds_in_the_normalised_text_and_gives_what_was_written():
    assert finds("编号ＡＢ１２３４５６，谢谢", r"[A-Z]{2}\d{6}") == [("ＡＢ１２３４５６", "AB123456")]


def test_the_group_value_is_the_entity_and_the_rest_what_must_be_around_it():
    assert finds("room: 12, floor: 3", r"room: (?P<value>\d+)") == [("12", "12")]


def test_a_pattern_that_matches_nothing_gives_nothing():
    assert finds("abc", r"x*") == []


@pytest.mark.parametrize(
    ("pattern", "says", "mend"),
    [
        (r"(?<=no\. )\d+", "RE2 has no lookaround, and the pattern uses (?<=", "(?P<value>...)"),
        (r"\d+(?!\d)", "uses (?!", "(?P<value>...)"),
        (r"(a)\1", "no back-references", "Write out"),
        (r"(\d", "RE2 cannot read the pattern", "Syntax"),
        (r"(?:a{1000}){1000}", "too large", "fewer"),
        (r"[z-a]", "RE2 cannot read the pattern", "Syntax"),
    ],
)
def test_a_pattern_that_re2_refuses_is_named_with_what_to_change(pattern, says, mend):
    wrong = mistake(pattern)
    assert wrong is not None
    assert says in wrong[0]
    assert mend in wrong[1]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^(\w+\s?)*$", "a" * 100_000 + "!"),
        (r"(\d{1,3},?)+元", "1" * 100_000),
        (r"(.*?)(.*?)(.*?)\s*x", " " * 50_000 + "a " * 25_000),
        (r"\s+$", " a" * 50_000),
        (r"(a|aa)+$", "a" * 100_000 + "b"),
    ],
)
def test_a9_an_operators_pattern_that_would_hang_another_engine_ends(pattern, text):
    assert check_entities({"code": EntityConfig(pattern=pattern)}, Path()) == []
    Extractor("UTC", {"code": EntityConfig(pattern=pattern)}).extract(text)
