"""Steps 4 to 8 of a message's way, in a straight line: understand, interpret, advance, compose, hand back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from botcore.delivery.engine import Claim, Outcome
from botcore.dialogue.advance import Dialogue, Repertoire
from botcore.dialogue.interpret import Thresholds, interpret
from botcore.messages import Attachment, Command, Message, Say
from botcore.nlg.compose import compose
from botcore.nlg.texts import Texts
from botcore.nlu.understand import Understander
from botcore.skill import Conversation, Turn
from botcore.understanding import Cue, Entity, Match, Understanding

Events = list[tuple[str, Mapping[str, Any]]]
LAST_ATTEMPT = 3


@dataclass(frozen=True, slots=True)
class Knowing:
    """All that a reload may replace, as one value: a turn sees either all of the old or all of the new."""

    repertoire: Repertoire
    texts: Texts
    thresholds: Thresholds


class Channels(Protocol):
    """The channel of a message, as a turn needs it while it runs."""

    def preview(self, message: Message, turn: str, text: str) -> None:
        """Show what there is of the answer."""

    async def fetch(self, message: Message, attachment: Attachment, limit_bytes: int) -> bytes:
        """The bytes of a file that came with the message."""


class TurnRunner:
    """Answers one message. Holds no state of its own, and cannot send: the store is out of its sight."""

    def __init__(
        self, understander: Understander, dialogue: Dialogue, knowing: Callable[[], Knowing], channels: Channels
    ) -> None:
        self._understander = understander
        self._dialogue = dialogue
        self._knowing = knowing
        self._channels = channels

    async def run(self, claim: Claim) -> Outcome:
        """The outcome to commit. After a failure in our own code the last attempt apologises instead of raising."""
        try:
            return await self._run(claim)
        except Exception as wrong:
            if claim.attempt < LAST_ATTEMPT:
                raise
            language = str(claim.state.get("language") or "")
            replies = compose([Say("turn_failed")], self._knowing().texts, language)
            event = ("turn_failed", {"error": f"{type(wrong).__name__}: {wrong}"})
            return Outcome(claim, claim.state, replies, (event,))

    async def _run(self, claim: Claim) -> Outcome:
        started = time.perf_counter()
        knowing = self._knowing()
        repertoire = knowing.repertoire
        understanding = await self._understander.understand(claim.message, claim.state.get("language"))
        understood = time.perf_counter()
        commands = interpret(claim.message, understanding, repertoire, knowing.thresholds)

        def make_turn(plugin: str) -> Turn:
            state = claim.state
            slots, memory = dict(state.get("slots", {})), dict(state.get("memory", {}))
            conversation = Conversation(claim.message.conversation, slots, memory, claim.recent)
            settings = repertoire.settings.get(plugin)
            return Turn(
                claim.message,
                conversation,
                understanding,
                settings,
                search=self._understander.search,
                show=partial(self._channels.preview, claim.message, claim.turn),
                fetch=partial(self._channels.fetch, claim.message),
            )

        acts, events = [], []
        for command in commands:
            said, happened = await self._dialogue.advance(command, repertoire, make_turn)
            acts += said
            events += happened
        decided = time.perf_counter()
        replies = compose(acts, knowing.texts, understanding.language)
        spent = {
            "understand_ms": round((understood - started) * 1000, 2),
            "decide_ms": round((decided - understood) * 1000, 2),
            "compose_ms": round((time.perf_counter() - decided) * 1000, 2),
        }
        trace: Events = [
            ("understood", _shown(understanding)),
            *(("decided", _decided(command)) for command in commands),
            *events,
            ("timed", spent),
        ]
        return Outcome(claim, _next_state(claim.state, understanding, events), replies, tuple(trace))


def _shown(understanding: Understanding) -> dict[str, Any]:
    """The understanding as the trace keeps it: all scores, no vectors."""
    matches = [_plain(match) for match in understanding.matches]
    shown: dict[str, Any] = {"language": understanding.language, "script": understanding.script}
    shown |= {"flags": list(understanding.flags), "matches": matches}
    if understanding.entities:
        shown["entities"] = [_fields(entity) for entity in understanding.entities]
    if understanding.cues:
        shown["cues"] = [_fields(cue) for cue in understanding.cues]
    if understanding.parts:
        shown["parts"] = [
            {"start": part.start, "end": part.end, "id": part.matches[0].id, "score": round(part.matches[0].score, 4)}
            for part in understanding.parts
        ]
    return shown


def _fields(value: Entity | Cue) -> dict[str, Any]:
    """A flat value as a mapping."""
    return {name: getattr(value, name) for name in type(value).__slots__}


def _plain(match: Match) -> dict[str, Any]:
    """As `dataclasses.asdict` would, without its deep copies: they were a tenth of a turn."""
    return {
        "id": match.id,
        "kind": match.kind,
        "score": round(match.score, 4),
        "phrasing": match.phrasing,
        "evidence": dict(match.evidence),
    }


def _decided(command: Command) -> dict[str, Any]:
    offered = [match.id for match in command.candidates] if command.name in ("clarify", "not_understood") else []
    shown = {"command": command.name, "target": command.target, "score": round(command.score, 4), "by": command.by}
    return {**shown, "offered": offered}


def _next_state(state: Mapping[str, Any], understanding: Understanding, events: Events) -> dict[str, Any]:
    """The fold of this turn's events over the conversation's state."""
    new = {**state, "language": understanding.language}
    for kind, body in events:
        if kind == "remembered":
            new["memory"] = {**new.get("memory", {}), body["name"]: body["value"]}
        elif kind == "handed_over":
            new["handed_over"] = True
    return new
