"""Step 4 of a message's way: understand it, with one encoder pass that everything reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from botcore.messages import Message
from botcore.nlu.cues import find_cues
from botcore.nlu.language import detect, of_locale, script_of
from botcore.nlu.parts import cut
from botcore.text import HAN, LATIN_OR_DIGIT, Aligned, align, normalise
from botcore.understanding import Entity, Match, Part, Understanding

if TYPE_CHECKING:
    from botcore.examples import Span
    from botcore.models.encoder import Encoded
    from botcore.nlu.cue_head import CueHead
    from botcore.nlu.entities import Extractor

OUTSIDE = "outside"
"""The flag of a message that looks less like what was trained on than the config allows."""
PART_FROM = 0.5
CODES = frozenset({"order_id", "phone", "email", "url", "cn_id", "bank_card", "iban"})
"""Kinds of entities that say which one, and nothing of what is wanted."""


class Search(Protocol):
    """The knowledge index, as understanding sees it."""

    def read(self, text: str) -> str:
        """The text as the index compares it."""

    def read_with_places(self, text: str, hidden: Sequence[tuple[int, int]] = ()) -> tuple[str, Sequence[int]]:
        """As `read` without what is `hidden`, with the place of each of its characters in the normalised text."""

    def search(
        self, text: str, encoded: Encoded | None = None, *, limit: int = 5, heard: Mapping[str, float] | None = None
    ) -> list[Match]:
        """Candidates, best first; `heard` is what the intent head says of them."""


class PassesText(Protocol):
    """The encoder, as understanding sees it."""

    async def encode(self, text: str) -> Encoded:
        """One pass."""


class ReadsIntents(Protocol):
    """An intent head, trained on the frozen encoder or with it."""

    def hear(self, text: str, encoded: Encoded) -> tuple[dict[str, float], float]:
        """The evidence for each intent (see `heard_of`), and how likely the text is meant for the bot at all."""


class ReadsSlots(Protocol):
    """A slot head."""

    def read(self, text: str, encoded: Encoded) -> list[tuple[Span, float]]:
        """Slots of the text that was encoded, each with its probability."""


@dataclass(frozen=True, slots=True)
class Trained:
    """All that is trained or built from the config, as one value that a reload may replace."""

    intents: ReadsIntents | None = None
    slots: ReadsSlots | None = None
    cues: CueHead | None = None
    entities: Extractor | None = None
    in_scope_from: float = 0.05


class Understander:
    """Understands messages with the index, encoder and heads that are current when each begins."""

    def __init__(
        self,
        languages: Sequence[str],
        index: Callable[[], Search],
        encoder: PassesText | None,
        trained: Callable[[], Trained] = Trained,
    ) -> None:
        self._languages = tuple(languages)
        self._index = index
        self._encoder = encoder
        self._trained = trained

    async def understand(self, message: Message, previous_language: str | None = None) -> Understanding:
        """Language, candidates, entities, cues. A pressed button needs no encoder: its value says what is wanted."""
        text = normalise(message.text)
        known = previous_language or of_locale(message.user.locale, self._languages)
        language = detect(text, self._languages, known)
        script = script_of(message.text)
        if message.choice is not None:
            return Understanding(text, language, flags=("choice",), script=script)
        trained, index = self._trained(), self._index()
        if not has_words(text):
            cues = find_cues(message.text, language)
            return Understanding(text, language, flags=("no_words",), cues=cues, script=script)
        aligned = align(message.text)
        named = trained.entities.extract(message.text, message.sent_at, language) if trained.entities else ()
        read, places = reading(index, trained, aligned, named)
        encoded = await self._encoder.encode(read) if self._encoder else None
        heard, inside = _heard(trained, read, encoded)
        matches = tuple(index.search(read, encoded, heard=heard))
        return Understanding(
            text,
            language,
            matches,
            encoded,
            (OUTSIDE,) if inside < trained.in_scope_from else (),
            _with_slots(named, message.text, aligned, trained, read, places, encoded),
            find_cues(message.text, language, encoded, trained.cues),
            await self._parts(matches, aligned, index, trained, read, places),
            script,
            read,
            places,
        )

    async def search(self, text: str) -> list[Match]:
        """The candidates for any text (`turn.search`)."""
        text = normalise(text)
        if not has_words(text):
            return []
        index, trained = self._index(), self._trained()
        read = index.read(text)
        encoded = await self._encoder.encode(read) if self._encoder else None
        return index.search(text, encoded, heard=_heard(trained, read, encoded)[0])

    async def _parts(
        self,
        matches: Sequence[Match],
        aligned: Aligned,
        index: Search,
        trained: Trained,
        read: str,
        places: Sequence[int],
    ) -> tuple[Part, ...]:
        """Stretches that each ask surely for something of their own, and for different things.

        Each is encoded by itself, all in one pass: in the message's own pass a wish beside a louder one seems doubtful.
        Where commas alone part them, a message that is sure as a whole stays whole.
        """
        stretches, is_plain = cut(read)
        is_sure = bool(matches) and matches[0].score >= PART_FROM
        if self._encoder is None or not stretches or (is_sure and not is_plain):
            return ()
        texts = [read[start:end] for start, end in stretches]
        passes = await asyncio.gather(*(self._encoder.encode(text) for text in texts))
        found: list[Part] = []
        for (start, end), text, own in zip(stretches, texts, passes, strict=True):
            wanted = tuple(index.search(text, own, heard=_heard(trained, text, own)[0]))
            if wanted and wanted[0].score >= PART_FROM:
                first, last = aligned.span(places[start], places[end - 1] + 1)
                found.append(Part(first, last, wanted))
        merged = [part for before, part in pairwise([None, *found]) if part and not _is_same(before, part)]
        return tuple(merged) if len({part.matches[0].id for part in merged}) > 1 else ()


def reading(index: Search, trained: Trained, aligned: Aligned, named: Sequence[Entity]) -> tuple[str, Sequence[int]]:
    """What is compared and encoded of a message, and where in the normalised copy each of its characters stands.

    Codes that only name something are left out, but for a slot head, which may have to find them.
    """
    codes = [entity for entity in named if entity.kind in CODES or entity.by == "pattern"]
    hidden = [aligned.places(code.start, code.end) for code in codes] if trained.slots is None else []
    return index.read_with_places(aligned.text, hidden)


def _with_slots(
    named: Sequence[Entity],
    original: str,
    aligned: Aligned,
    trained: Trained,
    read: str,
    places: Sequence[int],
    encoded: Encoded | None,
) -> tuple[Entity, ...]:
    """What rules found, and what the slot head finds in the text that was encoded."""
    found = list(named)
    if trained.slots is not None and encoded is not None:
        for span, score in trained.slots.read(read, encoded):
            start, end = aligned.span(places[span.start], places[span.end - 1] + 1)
            found.append(Entity(span.label, original[start:end], start, end, span.value, score, "learned"))
    return tuple(sorted(found, key=lambda entity: (entity.start, entity.end)))


def _is_same(before: Part | None, part: Part) -> bool:
    return before is not None and before.matches[0].id == part.matches[0].id


def _heard(trained: Trained, text: str, encoded: Encoded | None) -> tuple[dict[str, float], float]:
    if trained.intents is None or encoded is None:
        return {}, 1.0
    return trained.intents.hear(text, encoded)


def heard_of(intents: Sequence[str], probabilities: np.ndarray[tuple[int], np.dtype[np.float32]]) -> dict[str, float]:
    """The evidence of a head for each intent, -1..1: how many times likelier it is than by chance, as a logarithm.

    0 says no more than chance would; 1 is reached by an intent that is all but certain.
    """
    most = max(np.log(len(intents)), 1e-6)
    share = np.clip(np.log(np.maximum(probabilities * len(intents), 1e-9)) / most, -1, 1)
    return dict(zip(intents, map(float, share), strict=True))


def has_words(text: str) -> bool:
    """Whether there is anything to understand: a letter, a digit or a Chinese character."""
    return bool(LATIN_OR_DIGIT.search(text) or HAN.search(text))
