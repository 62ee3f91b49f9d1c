"""Text in Latin letters: whether it is English, pinyin or another language.

Words decide where they are known; the others are weighed by their letters (trigrams of English words against those of
some thirty other languages). Enough for a question that has two answers, without a model of 100 MB.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ENGLISH = Path(__file__).with_name("english.txt")
OTHERS = Path(__file__).with_name("latin.txt")
CHINESE = Path(__file__).with_name("chinese_latin.txt")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
KNOWN, KNOWN_OTHER, FOREIGN_LETTER = 1.0, -1.0, -0.6
BORROWED = 0.1
"""A word that English shares ("is", "in", "order"): hardly a sign."""
GUESSED_MOST = 0.7
LEANS_ENGLISH = 0.15
"""With no sign at all, words in plain letters are taken for English: names, brands, codes."""
MAX_WORDS = 60
INITIALS = "zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]"
FINALS = "iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue|er|a|o|e|i|u|v"
SYLLABLE = re.compile(f"(?:(?:{INITIALS})(?:{FINALS})|er|ai|ao|an|ang|ou|en|e|a|o)")


@dataclass(frozen=True, slots=True)
class _Words:
    """What is known: words of each kind, and the log odds of each trigram for English."""

    english: frozenset[str]
    others: frozenset[str]
    pinyin: frozenset[str]
    pinyin_alone: frozenset[str]
    loans: frozenset[str]
    odds: dict[str, float]


def words_of(text: str) -> list[str]:
    """The words in lower case, at most 60."""
    found = []
    for match in WORD.finditer(text[: 20 * MAX_WORDS]):
        found.append(match.group().replace("’", "'").lower())
        if len(found) == MAX_WORDS:
            break
    return found


def english_sign(words: Iterable[str]) -> float:
    """How surely these words are English: above 0 they are, below it another language's; 0 says nothing."""
    known = _known()
    signs = [_sign(word, known) for word in words]
    return sum(signs) / math.sqrt(len(signs)) if signs else 0.0


def is_pinyin(words: list[str]) -> bool:
    """Whether this is evidently Chinese in Latin letters: nothing but syllables, everyday words among them."""
    if not words or not all(len(word) <= 20 and _is_syllables(word) for word in words):
        return False
    known = _known()
    if any(word in known.pinyin_alone for word in words):
        return True
    return len(words) > 1 and sum(word in known.pinyin and word not in known.english for word in words) * 2 > len(words)


def is_loan(word: str) -> bool:
    """Whether a Chinese sentence carries this word without being mixed (`app`, `wifi`)."""
    return word in _known().loans


def _is_syllables(word: str) -> bool:
    """Whether a word can be cut into syllables; what is cut off is remembered, so that it stays linear."""
    reached = {0}
    for at in range(len(word)):
        if at in reached:
            for length in range(1, 7):
                if SYLLABLE.fullmatch(word, at, at + length):
                    reached.add(at + length)
    return len(word) in reached


def _sign(word: str, known: _Words) -> float:
    stem = word.partition("'")[0]
    is_english = word in known.english or stem in known.english or _singular(word) in known.english
    is_other = word in known.others or (stem in known.others and not is_english)
    if is_english and is_other:
        return BORROWED
    if is_english:
        return KNOWN
    if is_other:
        return KNOWN_OTHER
    if not word.isascii():
        return FOREIGN_LETTER
    guessed = sum(known.odds.get(gram, 0.0) for gram in _trigrams(word)) / 4
    return LEANS_ENGLISH + max(-GUESSED_MOST, min(GUESSED_MOST, guessed))


def _singular(word: str) -> str:
    """A plural, a past or a form in -ing, cut to its stem where that is simple."""
    for ending in ("ing", "ed", "es", "s", "er", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _trigrams(word: str) -> list[str]:
    edged = f"^{word[:24]}$"
    return [edged[at : at + 3] for at in range(len(edged) - 2)]


@lru_cache(maxsize=1)
def _known() -> _Words:
    """Read and counted once, in about 30 ms."""
    english = frozenset(word for line in _lines(ENGLISH) for word in line.split())
    others = frozenset(word.lower() for line in _lines(OTHERS) for word in WORD.findall(line.partition(":")[2]))
    ours = Counter(gram for word in english for gram in _trigrams(word))
    theirs = Counter(gram for word in others if word.isascii() for gram in _trigrams(word))
    share = math.log(ours.total() / max(1, theirs.total()))
    odds = {gram: math.log((ours[gram] + 0.5) / (theirs[gram] + 0.5)) - share for gram in ours | theirs}
    chinese = {name: frozenset(words.split()) for name, _, words in (line.partition(":") for line in _lines(CHINESE))}
    return _Words(english, others, chinese["pinyin"], chinese["alone"], chinese["loans"], odds)


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
