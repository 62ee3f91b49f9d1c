"""Step 6: carry a command out. Skills run here, each under the guard; out come acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botcore.dialogue.interpret import GREETING, NONE_OF_THESE, PERSON
from botcore.errors import PluginError
from botcore.guard import Guard
from botcore.messages import HAND_OVER, Act, Button, Command, KnowledgeEntry, Quote, Say
from botcore.skill import Fallback, Skill, Turn, as_acts
from botcore.text import HAN
from botcore.understanding import Match

SMALL_TALK = "smalltalk"
"""The tag of knowledge entries that are never suggested."""
Event = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Repertoire:
    """All that the bot can do and knows, as of one reading of its files."""

    skills: Mapping[str, Skill] = field(default_factory=dict)
    fallbacks: Sequence[Fallback] = ()
    entries: Mapping[str, KnowledgeEntry] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __contains__(self, choice: object) -> bool:
        """Whether a button's value, `knowledge:ID` or `skill:ID`, names something that is here."""
        kind, _, target = str(choice).partition(":")
        return (kind == "knowledge" and target in self.entries) or (kind == "skill" and target in self.skills)

    def is_offered(self, match: Match) -> bool:
        """Whether a button may offer it: nobody is asked whether they meant small talk."""
        entry = self.entries.get(match.id)
        return entry is None or SMALL_TALK not in entry.tags

    def label(self, match: Match, language: str) -> str:
        """What a button for this candidate says: its question in the user's language."""
        entry = self.entries.get(match.id)
        if entry is not None:
            questions = entry.questions.get(language) or next(iter(entry.questions.values()))
            return questions[0]
        skill = self.skills.get(match.id)
        examples = skill.examples if skill else ()
        spoken = [example for example in examples if bool(HAN.search(example)) == (language == "zh")]
        return next(iter(spoken or examples), match.id)


class Dialogue:
    """Carries commands out."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def advance(
        self, command: Command, repertoire: Repertoire, make_turn: Callable[[str], Turn]
    ) -> tuple[list[Act], list[Event]]:
        """Acts to be worded, and events for the trace. `make_turn(plugin)` gives a plugin its own view of the turn."""
        turn = make_turn("")
        events: list[Event] = []
        acts = await self._carry_out(command, repertoire, make_turn, events)
        if acts is None:
            acts = await self._fall_back(repertoire, make_turn, events)
        if acts is None:
            is_greeting = command.target == GREETING
            acts = [Say("greeting") if is_greeting else _declined(command, repertoire, turn)]
        return acts, events

    async def _carry_out(
        self, command: Command, repertoire: Repertoire, make_turn: Callable[[str], Turn], events: list[Event]
    ) -> list[Act] | None:
        if command.name == "greet":
            return [Say("greeting")]
        if command.name == "hand_over":
            events.append(("handed_over", {"reason": "the user asked for a person"}))
            return [Say("handed_over")]
        if command.name == "answer":
            entry = repertoire.entries[command.target]
            if HAND_OVER in entry.tags:
                events.append(("handed_over", {"reason": "the user asked for a person"}))
            return [Quote(entry)]
        if command.name == "clarify":
            language = make_turn("").language
            return [Say("ask_which", buttons=_offers(command.candidates, repertoire, language))]
        if command.name == "run_skill":
            skill = repertoire.skills[command.target]
            return await self._run(skill, repertoire, make_turn, events, or_apology=True)
        return None

    async def _fall_back(
        self, repertoire: Repertoire, make_turn: Callable[[str], Turn], events: list[Event]
    ) -> list[Act] | None:
        for fallback in repertoire.fallbacks:
            acts = await self._run(fallback, repertoire, make_turn, events, or_apology=False)
            if acts is not None:
                return acts
        return None

    async def _run(
        self,
        part: Skill | Fallback,
        repertoire: Repertoire,
        make_turn: Callable[[str], Turn],
        events: list[Event],
        *,
        or_apology: bool,
    ) -> list[Act] | None:
        """What the plugin says; None when it declines. A failure becomes an apology, or is passed over."""
        turn = make_turn(part.plugin)
        what = f"{part.plugin}.{part.name}"
        try:
            answer = await self._guard.call(
                part.plugin, partial(part.function, turn), what=what, timeout_s=part.timeout_s
            )
            acts = as_acts(answer)
        except (PluginError, TypeError) as wrong:
            events.append(("plugin_failed", {"plugin": part.plugin, "skill": what, "error": str(wrong)}))
            return [Say("skill_failed")] if or_apology else None
        events.append(("skill_called", {"skill": what, "answered": acts is not None}))
        events.extend(turn.effects)
        return list(acts) if acts is not None else None


def _offers(candidates: Sequence[Match], repertoire: Repertoire, language: str) -> tuple[Button, ...]:
    found: dict[str, Button] = {}
    for match in candidates:
        label = repertoire.label(match, language)
        found.setdefault(label, Button(label, f"{match.kind}:{match.id}"))
    none = Say("none_of_these")
    return (*found.values(), Button(none.key, NONE_OF_THESE))


def _declined(command: Command, repertoire: Repertoire, turn: Turn) -> Act:
    """The bot does not know: say so, offer what is near, and a person."""
    person = Button("talk_to_person", PERSON)
    if "no_words" in turn.understanding.flags:
        return Say("attachment_only" if turn.message.attachments else "no_words")
    offered = [match for match in command.candidates if repertoire.is_offered(match)]
    offers = tuple(Button(repertoire.label(match, turn.language), f"{match.kind}:{match.id}") for match in offered)
    if command.name != "not_understood" or not offers:
        return Say("not_understood", buttons=(person,))
    return Say("not_understood_but", buttons=(*offers, person))
