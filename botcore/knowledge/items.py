"""What can be found: knowledge entries and skills in one shape, and their texts laid out for the index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from botcore.examples import Example
from botcore.messages import KnowledgeEntry
from botcore.skill import Skill
from botcore.text import Reader


@dataclass(frozen=True, slots=True)
class Item:
    """Something to be found by its phrasings, and, for knowledge, by its answers."""

    id: str
    kind: Literal["knowledge", "skill"]
    phrasings: tuple[str, ...]
    answers: tuple[str, ...] = ()


MOST_EXAMPLES = 40
"""So many labelled messages an item become phrasings; the intent head learns from all of them."""


def items_of(
    entries: Iterable[KnowledgeEntry], skills: Iterable[Skill], examples: Sequence[Example] = ()
) -> list[Item]:
    """All that a message may ask for; what has no phrasing cannot be asked for and is left out.

    `examples` are labelled messages; those whose intent is an item's id are phrasings of it too.
    """
    more: dict[str, list[str]] = {}
    for example in examples:
        if len(own := more.setdefault(example.intent, [])) < MOST_EXAMPLES:
            own.append(example.text)
    found = [
        Item(
            entry.id,
            "knowledge",
            (*(question for questions in entry.questions.values() for question in questions), *more.get(entry.id, ())),
            tuple(entry.answer.values()),
        )
        for entry in entries
    ]
    found += [Item(skill.id, "skill", (*skill.examples, *more.get(skill.id, ()))) for skill in skills]
    return [item for item in found if item.phrasings]


@dataclass(frozen=True, slots=True)
class Layout:
    """The items' texts in rows, item by item.

    `phrasings[starts[i]:starts[i + 1]]` are item i's; likewise `answers` with `answer_starts`.
    """

    items: tuple[Item, ...]
    phrasings: tuple[str, ...]
    starts: tuple[int, ...]
    answers: tuple[str, ...]
    answer_starts: tuple[int, ...]


def lay_out(items: Sequence[Item], reader: Reader) -> Layout:
    """Read all texts and put them in rows."""
    phrasings: list[str] = []
    answers: list[str] = []
    starts, answer_starts = [0], [0]
    for item in items:
        phrasings += [reader.read(text) for text in item.phrasings]
        answers += [reader.read(text) for text in item.answers]
        starts.append(len(phrasings))
        answer_starts.append(len(answers))
    return Layout(tuple(items), tuple(phrasings), tuple(starts), tuple(answers), tuple(answer_starts))


def text_key(text: str) -> str:
    """A name for a text's vectors in the cache."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
