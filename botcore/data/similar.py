"""Which labelled texts are alike: by words and their parts, or by an encoder's vectors."""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from botcore.text import lexemes, normalise

if TYPE_CHECKING:
    from botcore.models.encoder import TextEncoder

Floats = np.ndarray[Any, np.dtype[np.float32]]
MOST_TEXTS = 30_000
COMMON = 60
"""A word of more texts than these finds no candidates; it still counts once two texts are compared."""
CANDIDATES = 32
READ = 300
BLOCK = 512


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest text of the same group and of any other, each with its similarity 0..1; -1 where there is none."""

    own: int
    own_score: float
    other: int
    other_score: float


def key_of(text: str) -> str:
    """What texts share that differ in capitals, blanks and punctuation alone; the text where nothing else is left."""
    normal = normalise(text).casefold()
    return "".join(character for character in normal if character.isalnum()) or normal


def neighbours_by_words(texts: Sequence[str], groups: Sequence[str]) -> list[Neighbours]:
    """Each text's nearest ones by TF-IDF over words, their 4-grams, Han characters and pairs."""
    return [_nearest(found, at, groups) for at, found in enumerate(similar_by_words(texts, texts))]


def similar_by_words(texts: Sequence[str], among: Sequence[str]) -> Iterator[list[tuple[float, int]]]:
    """For each text the most similar ones of `among`, best first; 32 at most."""
    bags = [Counter(lexemes(normalise(text)[:READ])) for text in among]
    seen = Counter(word for bag in bags for word in bag)
    rarity = {word: math.log(1 + len(among) / times) for word, times in seen.items()}
    weighed = [_unit({word: times * rarity[word] for word, times in bag.items()}) for bag in bags]
    holders: dict[str, list[int]] = defaultdict(list)
    for at, bag in enumerate(weighed):
        for word in bag:
            holders[word].append(at)
    is_same = texts is among
    for at, text in enumerate(texts):
        bag = weighed[at] if is_same else _bag(text, rarity)
        found: dict[int, float] = defaultdict(float)
        for word, weight in bag.items():
            if len(holders[word]) <= COMMON:
                for other in holders[word]:
                    found[other] += weight * weighed[other][word]
        nearest = heapq.nlargest(CANDIDATES, found, key=found.__getitem__)
        scores = [(_cosine(bag, weighed[other]), other) for other in nearest if not (is_same and other == at)]
        yield sorted(scores, key=lambda each: (-each[0], each[1]))


def _bag(text: str, rarity: dict[str, float]) -> dict[str, float]:
    counted = Counter(word for word in lexemes(normalise(text)[:READ]) if word in rarity)
    return _unit({word: times * rarity[word] for word, times in counted.items()})


def _unit(bag: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in bag.values())) or 1.0
    return {word: weight / length for word, weight in bag.items()}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return min(1.0, sum(weight * long.get(word, 0.0) for word, weight in short.items()))


def _nearest(found: Sequence[tuple[float, int]], at: int, groups: Sequence[str]) -> Neighbours:
    own = next(((score, other) for score, other in found if groups[other] == groups[at]), (0.0, -1))
    other = next(((score, other) for score, other in found if groups[other] != groups[at]), (0.0, -1))
    return Neighbours(own[1], own[0], other[1], other[0])


def neighbours_by_encoder(texts: Sequence[str], groups: Sequence[str], encoder: TextEncoder) -> list[Neighbours]:
    """Each text's nearest ones by the cosine of their vectors, seen from the mean of all."""
    vectors = np.stack([one.vector for one in encoder.encode_many([normalise(text) for text in texts])])
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    names = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    which = np.array([names[name] for name in groups])
    found: list[Neighbours] = []
    for start in range(0, len(texts), BLOCK):
        scores: Floats = vectors[start : start + BLOCK] @ vectors.T
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -1
        is_own = which[start : start + BLOCK, None] == which[None]
        own, other = np.where(is_own, scores, -1), np.where(is_own, -1, scores)
        nearest_own, nearest_other = own.argmax(1), other.argmax(1)
        for row in rows:
            a, b = int(nearest_own[row]), int(nearest_other[row])
            found.append(Neighbours(a, float(own[row, a]), b, float(other[row, b])))
    return found
