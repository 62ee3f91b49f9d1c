"""From scores to a command: when to answer, ask back, suggest or decline; and buttons, which come from outside."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from botcore.dialogue.advance import Repertoire
from botcore.dialogue.interpret import Thresholds, interpret
from botcore.messages import KnowledgeEntry, Message, User
from botcore.skill import Skill
from botcore.understanding import Cue, Match, Part, Understanding


async def nothing(turn):
    return None


KNOWN = Repertoire(
    skills={"shop.status": Skill("status", nothing, ("status?",), plugin="shop")},
    entries={name: KnowledgeEntry(name, {"en": (f"{name}?",)}, {"en": name}) for name in ("a", "b", "c", "d")},
)


def command(scores: dict[str, float], choice: str | None = None, **thresholds: float):
    matches = tuple(
        Match(name, "skill" if name in KNOWN.skills else "knowledge", score) for name, score in scores.items()
    )
    message = Message("k", "web", "c", User("u"), "text", datetime(2026, 1, 1, tzinfo=UTC), choice)
    (found,) = interpret(message, Understanding("text", "en", matches), KNOWN, Thresholds(**thresholds))
    return found


@pytest.mark.parametrize(
    ("scores", "name", "target", "offered"),
    [
        ({}, "not_understood", "", []),
        ({"a": 0.95}, "answer", "a", None),
        ({"a": 0.5}, "answer", "a", None),
        ({"shop.status": 0.8}, "run_skill", "shop.status", None),
        ({"a": 0.8, "b": 0.1}, "answer", "a", None),
        ({"a": 0.64, "b": 0.36}, "answer", "a", None),
        ({"a": 0.49}, "not_understood", "", ["a"]),
        ({"a": 0.3, "b": 0.04}, "not_understood", "", ["a"]),
        ({"a": 0.04}, "not_understood", "", []),
        ({"a": 0.3, "b": 0.1, "c": 0.09, "d": 0.08}, "not_understood", "", ["a", "b", "c"]),
        ({"a": 0.4, "b": 0.35}, "clarify", "", ["a", "b"]),
        ({"a": 0.5, "b": 0.4}, "clarify", "", ["a", "b"]),
        ({"a": 0.3, "b": 0.28, "c": 0.25, "d": 0.17}, "clarify", "", ["a", "b", "c"]),
        ({"a": 0.45, "shop.status": 0.44}, "clarify", "", ["a", "shop.status"]),
        ({"a": 0.25, "b": 0.2}, "not_understood", "", ["a", "b"]),
        ({"a": 0.5, "b": 0.34}, "answer", "a", None),
    ],
)
def test_the_default_thresholds(scores, name, target, offered):
    found = command(scores)
    assert (found.name, found.target) == (name, target)
    if offered is not None:
        assert [match.id for match in found.candidates] == offered


def test_the_config_moves_the_thresholds():
    assert command({"a": 0.6}, answer_from=0.7).name == "not_understood"
    assert command({"a": 0.1}, answer_from=0.1).name == "answer"
    assert command({"a": 0.5, "b": 0.4}, ask_margin=0.0).name == "answer"
    assert command({"a": 0.03}, suggest_from=0.01).candidates
    assert command({"a": 0.9, "b": 0.9}, ask_margin=1.0).name == "clarify"


@pytest.mark.parametrize(
    ("choice", "name", "target"),
    [
        ("knowledge:a", "answer", "a"),
        ("skill:shop.status", "run_skill", "shop.status"),
        ("person", "hand_over", ""),
        ("none", "not_understood", ""),
    ],
)
def test_a_button_says_what_is_wanted_whatever_the_words(choice, name, target):
    found = command({"b": 0.99}, choice)
    assert (found.name, found.target, found.by) == (name, target, "button")


@pytest.mark.parametrize(
    "choice",
    [
        "",
        ":",
        "a",
        "knowledge:",
        "knowledge:zzz",
        "knowledge:shop.status",
        "skill:a",
        "skill:",
        "skill:shop",
        "Knowledge:a",
        "knowledge:a ",
        "knowledge:a:b",
        "person:",
        "PERSON",
        "skill:shop.status\x00",
        "../../etc/passwd",
        "\ud83d",
        "x" * 10_000,
        "knowledge:{0.__class__}",
        "'; DROP TABLE inbox; --",
    ],
)
def test_a_forged_button_does_nothing(choice):
    found = command({"a": 0.99}, choice)
    assert (found.name, found.target) == ("not_understood", "")


FORGED = ("skill:a", "knowledge:shop.fine", "skill:shop.nothing", "knowledge:../../x", "\ud83d\x00", "{0}", "none", "")


@pytest.mark.parametrize("choice", FORGED)
def test_a_forged_button_is_answered_as_not_understood(bot, choice):
    from botcore import Plugin

    plugin = Plugin("shop")
    plugin.skill(examples=["fine"], name="fine")(nothing)

    @plugin.knowledge
    def entries(settings, problems):
        return [KnowledgeEntry("a", {"en": ("what is a?",)}, {"en": "A."})]

    answer = bot.load(plugin).ask("pressed", choice=choice)
    assert answer.text.startswith("I am not sure")
    assert bot.ask("pressed", choice="knowledge:a").text == "A."


# Several wishes, cues, and what lies outside


MESSAGE = Message("k", "web", "c", User("u"), "text", datetime(2026, 1, 1, tzinfo=UTC))


def match(name: str, score: float) -> Match:
    return Match(name, "skill" if name in KNOWN.skills else "knowledge", score)


def commands(*matches: Match, parts: tuple[tuple[Match, ...], ...] = (), **more):
    cut = tuple(Part(0, 4, part) for part in parts)
    found = interpret(MESSAGE, Understanding("text", "en", matches, parts=cut, **more), KNOWN, Thresholds())
    return [(command.name, command.target) for command in found]


def test_several_sure_wishes_are_commands_in_their_order():
    parts = ((match("b", 0.9),), (match("shop.status", 0.8),))
    assert commands(match("a", 0.9), parts=parts) == [("answer", "b"), ("run_skill", "shop.status")]


@pytest.mark.parametrize("second", [(match("b", 0.4),), (match("b", 0.45), match("c", 0.44)), ()])
def test_one_unsure_wish_makes_the_message_be_read_as_a_whole(second):
    assert commands(match("a", 0.9), parts=((match("b", 0.9),), second)) == [("answer", "a")]


def test_a_wish_for_people_counts_where_nothing_else_is_sure():
    cues = (Cue("thanks", 0.9), Cue("hand_over", 0.8))
    assert commands(cues=cues) == [("hand_over", "")]
    assert commands(match("a", 0.3), cues=cues) == [("hand_over", "")]
    assert commands(match("a", 0.45), match("b", 0.44), cues=cues) == [("hand_over", "")]
    assert commands(match("a", 0.9), cues=cues) == [("answer", "a")]
    assert commands(match("a", 0.3), cues=(Cue("affirm", 1.0),)) == [("not_understood", "")]


def test_what_lies_outside_starts_no_skill_but_may_be_answered():
    assert commands(match("shop.status", 0.9), flags=("outside",)) == [("not_understood", "")]
    assert commands(match("shop.status", 0.9)) == [("run_skill", "shop.status")]
    assert commands(match("a", 0.9), flags=("outside",)) == [("answer", "a")]


def test_a_declined_skill_is_offered():
    understood = Understanding("text", "en", (match("shop.status", 0.9), match("a", 0.05)), flags=("outside",))
    (declined,) = interpret(MESSAGE, understood, KNOWN, Thresholds())
    assert [one.id for one in declined.candidates] == ["shop.status"]
    assert declined.by == "outside"
