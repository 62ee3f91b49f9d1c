"""Step 5: what the user wants, as a command. Pure: the same understanding gives the same command."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from botcore.messages import Command, Message
from botcore.understanding import Match, Understanding

MAX_OFFERED = 3
PERSON, NONE_OF_THESE, START = "person", "none", "start"
GREETING = "greeting"
"""The target of a message that is not understood but greets: fallbacks are asked first."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities, 0 to 1; see `botcore.config.model.Knowledge`."""

    answer_from: float = 0.5
    ask_margin: float = 0.15
    suggest_from: float = 0.05


def interpret(
    message: Message, understanding: Understanding, known: Container[str], thresholds: Thresholds
) -> tuple[Command, ...]:
    """The commands for a message: one, or one for each of several wishes, in their order.

    `known` holds the values that a button may have, such as `knowledge:returns`.
    """
    if message.choice is not None:
        return (_of_choice(message.choice, known),)
    parts = [(part.matches, _of_matches(part.matches, thresholds)) for part in understanding.parts]
    if parts and all(command.name in ("answer", "run_skill") for _, command in parts):
        return tuple(command for _, command in parts)
    command = _of_matches(understanding.matches, thresholds)
    if command.name == "run_skill" and "outside" in understanding.flags and _is_heard(command.candidates[0]):
        return (Command("not_understood", candidates=command.candidates[:1], score=command.score, by="outside"),)
    wants_person = next((cue for cue in understanding.cues if cue.name == "hand_over"), None)
    if command.name in ("not_understood", "clarify") and wants_person is not None:
        return (Command("hand_over", score=wants_person.score, by=f"cue, {wants_person.by}"),)
    greeting = next((cue for cue in understanding.cues[:1] if cue.name == "greet"), None)
    if command.name == "not_understood" and greeting is not None:
        return (replace(command, target=GREETING, by=f"cue, {greeting.by}"),)
    return (command,)


def _is_heard(match: Match) -> bool:
    """Whether the intent head was trained on the candidate: only then does a foreign message speak against it."""
    return match.evidence.get("no_head", 0) < 1


def _of_matches(matches: tuple[Match, ...], thresholds: Thresholds) -> Command:
    """What the candidates say: one that is sure, a question between close ones, or nothing."""
    if not matches:
        return Command("not_understood", by="no candidate")
    first = matches[0]
    rivals = _rivals(matches, thresholds)
    if len(rivals) > 1:
        return Command("clarify", candidates=rivals, score=sum(rival.score for rival in rivals), by="close candidates")
    if first.score >= thresholds.answer_from:
        return Command(
            "run_skill" if first.kind == "skill" else "answer",
            first.id,
            candidates=matches,
            score=first.score,
            by="nearest examples",
        )
    offered = tuple(match for match in matches if match.score >= thresholds.suggest_from)[:MAX_OFFERED]
    return Command("not_understood", candidates=offered, score=first.score, by="below the threshold")


def _rivals(matches: tuple[Match, ...], thresholds: Thresholds) -> tuple[Match, ...]:
    """Those between which to ask: close to the best, and together as sure as one answer would have to be."""
    close = tuple(m for m in matches if matches[0].score - m.score <= thresholds.ask_margin)[:MAX_OFFERED]
    strong = tuple(m for m in close if m.score >= 2 * thresholds.suggest_from)
    is_asked = len(strong) > 1 and sum(m.score for m in strong) >= thresholds.answer_from + thresholds.ask_margin / 2
    return strong if is_asked else ()


def _of_choice(choice: str, known: Container[str]) -> Command:
    """A button's value: `knowledge:ID`, `skill:ID`, `person`, `none`, `start`; it comes from outside and is checked."""
    if choice == START:
        return Command("greet", by="start")
    if choice == PERSON:
        return Command("hand_over", by="button")
    kind, _, target = choice.partition(":")
    if choice in known:
        return Command("answer" if kind == "knowledge" else "run_skill", target, by="button")
    return Command("not_understood", by="button")
