"""`botcore explain`: why a message was understood as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from botcore.app.bot import Bot
from botcore.app.encoded import frame_of
from botcore.messages import Message, User
from botcore.models.attribution import attribute, by_characters
from botcore.models.encoder import Encoder
from botcore.models.pair import EncoderPair
from botcore.nlu.frame import Frame
from botcore.nlu.heads import IntentHead
from botcore.nlu.understand import Understander
from botcore.text import align
from botcore.understanding import Match, Understanding

Floats = np.ndarray[Any, np.dtype[np.float32]]
MOST_HEARD = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one message was understood as it was.

    Attributes:
        intent: what is explained, an id; None when nothing came near.
        characters: (start, end, share) of stretches of the message that spoke for it (above 0) or against it (below).
        deletion: the check of these shares: how far the score falls without the most telling words, and without as
            many of the least telling ones.
        nearest: the nearest examples of any intent: text, intent, cosine.
        scores: for the best candidates, the score before and after calibration.
        heard: the likeliest of all intents, those that nothing carries out included, each with its probability.
    """

    text: str
    understanding: Understanding
    intent: str | None
    characters: tuple[tuple[int, int, float], ...]
    deletion: dict[str, float]
    nearest: tuple[tuple[str, str, float], ...]
    scores: tuple[dict[str, Any], ...]
    heard: tuple[tuple[str, float], ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        read = self.understanding
        return {
            "text": self.text,
            "language": read.language,
            "script": read.script,
            "intent": self.intent,
            "flags": list(read.flags),
            "characters": [
                {"start": start, "end": end, "text": self.text[start:end], "share": round(share, 4)}
                for start, end, share in self.characters
            ],
            "deletion": self.deletion,
            "nearest": [{"text": text, "intent": intent, "cosine": round(c, 4)} for text, intent, c in self.nearest],
            "scores": list(self.scores),
            "heard": [{"intent": intent, "probability": round(share, 4)} for intent, share in self.heard],
            "entities": [{name: getattr(e, name) for name in type(e).__slots__} for e in read.entities],
            "cues": [{name: getattr(c, name) for name in type(c).__slots__} for c in read.cues],
            "parts": [{"start": part.start, "end": part.end, "intent": part.matches[0].id} for part in read.parts],
        }


async def explain(bot: Bot, text: str, intent: str | None = None) -> Explanation:
    """Why `text` is understood as it is by a started bot; `intent` asks for another candidate than the best."""
    understander = Understander(bot.config.bot.languages, lambda: bot.index, bot.encoder, lambda: bot.trained)
    message = Message("explain", "cli", "explain", User("explain"), text, datetime.now(UTC))
    understanding = await understander.understand(message)
    wanted = intent or understanding.intent
    encoder = bot.encoder.first if isinstance(bot.encoder, EncoderPair) else bot.encoder
    trained = bot.trained
    if wanted is None or not isinstance(encoder, Encoder) or understanding.encoded is None:
        return Explanation(text, understanding, wanted, (), {}, (), *_scores(bot, understanding))
    frame = trained.intents.frame if isinstance(trained.intents, IntentHead) else frame_of(encoder)
    frame = Frame(frame.han, frame.other)
    read = understanding.read
    direction = _direction(bot, frame, encoder, understanding, wanted)
    characters: tuple[tuple[int, int, float], ...] = ()
    deletion: dict[str, float] = {}
    if direction is not None:
        pieces, _whole = await asyncio.to_thread(attribute, encoder, read, frame.origin(read), direction)
        characters = _placed(text, understanding.places, by_characters(pieces, len(read)))
        deletion = _deletion(encoder, frame, read, direction, pieces)
    return Explanation(
        text,
        understanding,
        wanted,
        characters,
        deletion,
        _nearest(bot, frame, encoder, read, understanding),
        *_scores(bot, understanding),
    )


def _direction(bot: Bot, frame: Frame, encoder: Encoder, understanding: Understanding, intent: str) -> Floats | None:
    """Where in vector space the intent lies: the head's weights for it, else its nearest example."""
    head = bot.trained.intents
    size = len(frame.han)
    if isinstance(head, IntentHead) and intent in head.intents:
        weights = head.members.vectors.weights[:size]
        column: Floats = weights[:, head.intents.index(intent)] - weights.mean(1)
        return column / max(float(np.linalg.norm(column)), 1e-9)
    match = next((match for match in understanding.matches if match.id == intent), None)
    if match is None or not match.phrasing:
        return None
    return frame.place(match.phrasing, encoder.encode_many([match.phrasing])[0])


def _placed(text: str, places: Sequence[int], shares: Floats) -> tuple[tuple[int, int, float], ...]:
    """The characters' shares as stretches of the original message."""
    aligned = align(text)
    found: dict[tuple[int, int], float] = {}
    for character, share in enumerate(shares):
        if share:
            span = aligned.span(places[character], places[character] + 1)
            found[span] = found.get(span, 0.0) + float(share)
    return tuple((start, end, share) for (start, end), share in sorted(found.items()))


def _deletion(
    encoder: Encoder, frame: Frame, text: str, direction: Floats, pieces: list[tuple[int, int, float]]
) -> dict[str, float]:
    """How far the score falls without the third of the tokens that tell most, and without the third that tell least."""
    count = max(1, len(pieces) // 3)
    order = sorted(range(len(pieces)), key=lambda i: -pieces[i][2])
    texts = [
        text,
        _without(text, [pieces[i] for i in order[:count]]),
        _without(text, [pieces[i] for i in order[-count:]]),
    ]
    places = [frame.place(text, one) @ direction for one in encoder.encode_many(texts)]
    return {
        "tokens": float(count),
        "score": round(float(places[0]), 4),
        "fall_without_most_telling": round(float(places[0] - places[1]), 4),
        "fall_without_least_telling": round(float(places[0] - places[2]), 4),
    }


def _without(text: str, pieces: list[tuple[int, int, float]]) -> str:
    gone = {place for start, end, _ in pieces for place in range(start, end)}
    return "".join(one for place, one in enumerate(text) if place not in gone) or " "


def _nearest(
    bot: Bot, frame: Frame, encoder: Encoder, read: str, understanding: Understanding
) -> tuple[tuple[str, str, float], ...]:
    head = bot.trained.intents
    if isinstance(head, IntentHead):
        return tuple(head.nearest(head.frame.place(read, understanding.encoded), 5))
    own = frame.place(read, understanding.encoded)
    texts = [match for match in understanding.matches if match.phrasing]
    vectors = encoder.encode_many([match.phrasing for match in texts])
    found = [(m.phrasing, m.id, float(frame.place(m.phrasing, v) @ own)) for m, v in zip(texts, vectors, strict=True)]
    return tuple(sorted(found, key=lambda one: -one[2]))


def _scores(bot: Bot, understanding: Understanding) -> tuple[tuple[dict[str, Any], ...], tuple[tuple[str, float], ...]]:
    """Each candidate's probability, the evidence that it was made of, and the head's logit before calibration.

    Beside them the likeliest intents of the head.
    """
    head = bot.trained.intents
    raw: dict[str, tuple[float, float]] = {}
    if isinstance(head, IntentHead) and understanding.encoded is not None:
        scored = head.score([understanding.read], [understanding.encoded])
        pairs = zip(scored.logits[0].tolist(), scored.probabilities[0].tolist(), strict=True)
        raw = dict(zip(head.intents, pairs, strict=True))
    heard = sorted(((intent, after) for intent, (_, after) in raw.items()), key=lambda one: -one[1])[:MOST_HEARD]
    return tuple(_score(match, raw.get(match.id)) for match in understanding.matches), tuple(heard)


def _score(match: Match, raw: tuple[float, float] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"id": match.id, "kind": match.kind, "score": round(match.score, 4)}
    if raw is not None:
        found |= {"head_before": round(raw[0], 4), "head_after": round(raw[1], 4)}
    return {**found, "phrasing": match.phrasing, "evidence": dict(match.evidence)}
