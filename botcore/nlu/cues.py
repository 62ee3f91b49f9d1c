"""Cues: what a message does to the dialogue (yes, no, stop, not that but this), by rules and by a small learned head.

The rules read clause by clause: a clause that holds nothing but words of one cue, and fillers, is that cue. So
"cancel" is one and "can I cancel my order?" is none, "no problem" is a yes and "no, thanks" a no, and no list of
exceptions is needed. Patterns that carry a cue within a longer message ("not X but Y") stand beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from botcore.text import HAN, Aligned, align
from botcore.understanding import Cue

if TYPE_CHECKING:
    from botcore.models.encoder import Encoded
    from botcore.nlu.cue_head import CueHead

NAMES = (
    "affirm",
    "deny",
    "correct",
    "cancel",
    "skip",
    "repeat",
    "hand_over",
    "thanks",
    "greet",
    "goodbye",
    "restart",
    "none_of_these",
    "unsure",
)
WORDINGS = Path(__file__).with_name("cues.yaml")
CLAUSE = re.compile(r"[^,，、。.!！?？;；:：~～…\n()（）\"“”]+[?？]?")
DIGITS_IN_WORD = re.compile(r"(?<=\d)[.,:](?=\d)")
THANKS = re.compile("(?:谢谢|多谢|感谢)(?!卡|信|宴|函)|(?<![a-z])(?:thanks|thank you|thx)(?![a-z])", re.IGNORECASE)
ENDS_AS_QUESTION = re.compile(r"[?？]|[吗么]\s*$")
DECLARES = frozenset({"affirm", "deny", "cancel", "goodbye", "restart"})
"""Cues that a question does not give: "OK?" asks for a yes and is none."""
OPENING = frozenset({"affirm", "deny", "skip", "none_of_these"})
"""Cues that answer what was asked: said first, or after nothing but other cues."""
WHOLE_MESSAGE, WHOLE_CLAUSE, WITHIN, COURTESY = 1.0, 0.9, 0.85, 0.6
MAX_READ = 400
"""Steering is short: of a longer message the beginning and the end are read."""
MAX_CLAUSE = 60
SHORT_WORDS, SHORT_HAN = 12, 20


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one cue is known by."""

    name: str
    whole: re.Pattern[str]
    inside: tuple[re.Pattern[str], ...]


def find_cues(
    text: str, language: str | None = None, encoded: Encoded | None = None, head: CueHead | None = None
) -> tuple[Cue, ...]:
    """The cues of a message, surest first, with offsets in `text`.

    Args:
        text: the message as it was written.
        language: kept for heads that differ by language; the rules read both languages, since people mix them.
        encoded: the message's encoder pass.
        head: helps with short messages that no rule knows; needs `encoded`.
    """
    aligned = align(text)
    found = _by_rules(aligned.text)
    if not found and head is not None and encoded is not None and is_short(aligned.text):
        found = list(head.find(encoded, aligned.text))
    cues = [_placed(cue, aligned) for cue in found]
    return tuple(sorted(cues, key=lambda cue: (-cue.score, cue.start, NAMES.index(cue.name))))


def is_short(text: str) -> bool:
    """Whether a message is short enough to be nothing but steering: 12 words or 20 Chinese characters."""
    if len(text) > 120:
        return False
    return len(HAN.findall(text)) <= SHORT_HAN and len(text.split()) <= SHORT_WORDS


def _placed(cue: Cue, aligned: Aligned) -> Cue:
    start, end = aligned.span(cue.start, cue.end)
    return replace(cue, start=start, end=end)


def _by_rules(text: str) -> list[Cue]:
    """Every cue at most once, its surest place; offsets in `text`, which is normalised."""
    best: dict[str, Cue] = {}
    for offset, window in _windows(text):
        is_part = len(window) < len(text)
        for cue in _in_window(window.replace("’", "'"), is_part):
            kept = best.get(cue.name)
            if kept is None or cue.score > kept.score:
                best[cue.name] = replace(cue, start=cue.start + offset, end=cue.end + offset)
    return _settled(best)


def _windows(text: str) -> Iterator[tuple[int, str]]:
    if len(text) <= MAX_READ:
        yield 0, text
        return
    yield 0, text[: MAX_READ // 2]
    yield len(text) - MAX_READ // 2, text[-MAX_READ // 2 :]


def _in_window(text: str, is_part: bool) -> Iterator[Cue]:
    rules = _rules()
    clauses: list[tuple[int, int]] = []
    named: list[list[str]] = []
    for clause in _clauses(text):
        names = _cues_of(clause, text, rules)
        pieces = [clause] if names else list(_around_thanks(clause, text))
        clauses += pieces
        named += [names] if len(pieces) == 1 else [_cues_of(piece, text, rules) for piece in pieces]
    is_all_named = all(named) and not is_part
    first_other = next((at for at, names in enumerate(named) if not names), len(named))
    asks = bool(ENDS_AS_QUESTION.search(text))
    for at, ((start, end), names) in enumerate(zip(clauses, named, strict=True)):
        for name in names:
            if at > first_other and (name in OPENING or (name in DECLARES and at < len(named) - 1)):
                continue
            if name == "cancel" and asks:
                continue
            is_alone = is_all_named and all(name in other for other in named)
            score = WHOLE_MESSAGE if is_alone else WHOLE_CLAUSE if is_all_named or name != "thanks" else COURTESY
            yield Cue(name, score, start, end)
    for rule in rules:
        for pattern in rule.inside:
            match = pattern.search(text)
            if match:
                start, end = match.span(1) if pattern.groups else match.span()
                yield Cue(rule.name, COURTESY if rule.name == "thanks" else WITHIN, start, end)
                break


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Where the clauses stand, without blanks at their edges."""
    marked = DIGITS_IN_WORD.sub("0", text)  # 7.30 is one word
    for match in CLAUSE.finditer(marked):
        clause = match.group()
        start = match.start() + len(clause) - len(clause.lstrip(" -"))
        end = match.start() + len(clause.rstrip(" -"))
        if any(character.isalnum() for character in text[start:end]) or text[start:end] in ("?", "？"):
            yield start, end


def _around_thanks(span: tuple[int, int], text: str) -> Iterator[tuple[int, int]]:
    """The clause cut at a word of thanks, which people set after a yes or no without a comma."""
    start, end = span
    match = THANKS.search(text, start, end)
    if match is None:
        yield span
        return
    for piece_start, piece_end in ((start, match.start()), match.span(), (match.end(), end)):
        if text[piece_start:piece_end].strip():
            yield piece_start, piece_end


def _cues_of(span: tuple[int, int], text: str, rules: Iterable[_Rules]) -> list[str]:
    start, end = span
    if end - start > MAX_CLAUSE:
        return []
    clause = text[start:end]
    is_question = bool(ENDS_AS_QUESTION.search(clause))
    names = []
    for rule in rules:
        if is_question and rule.name in DECLARES:
            continue
        if _holds_only(rule.whole, clause):
            names.append(rule.name)
    return names


def _holds_only(token: re.Pattern[str], clause: str) -> bool:
    """Whether the clause is made of the cue's words and fillers alone, with one word at least.

    Token by token, never back: a hostile message costs one pass.
    """
    at, is_named = 0, False
    while at < len(clause):
        match = token.match(clause, at)
        if match is None or match.end() == at:
            return False
        is_named = is_named or match.group(1) is not None
        at = match.end()
    return is_named


def _settled(best: dict[str, Cue]) -> list[Cue]:
    """One message, one direction: what a stronger cue says outright is not said a second time by a weaker one."""
    for strong, weak in (("correct", "deny"), ("none_of_these", "deny"), ("cancel", "deny"), ("affirm", "deny")):
        if strong in best and weak in best and best[strong].score >= best[weak].score - 0.05:
            strong_cue, weak_cue = best[strong], best[weak]
            if strong_cue.start <= weak_cue.start and weak_cue.end <= strong_cue.end:
                del best[weak]
    return list(best.values())


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rules, ...]:
    wordings = YAML(typ="safe", pure=True).load(WORDINGS.read_text(encoding="utf-8"))
    fillers, asking = _items(wordings["fillers"]), _items(wordings["asking"])
    return tuple(_compiled(name, wordings[name], fillers, asking) for name in NAMES)


def _items(by_language: Mapping[str, str]) -> list[str]:
    return [item for listed in by_language.values() for item in re.split(r",\s+", listed.strip())]


def _compiled(name: str, wording: Mapping[str, Any], fillers: Sequence[str], asking: Sequence[str]) -> _Rules:
    """The patterns of one cue; `whole` reads one token, with its word in group 1 where it is more than a filler."""
    core = "|".join(_bounded(item) for item in sorted(_items(wording["whole"]), key=_by_length))
    loose = [*fillers, *asking] if wording.get("asks") else fillers
    filler = "|".join(_bounded(item) for item in sorted(loose, key=_by_length))
    # a core may begin like a filler ("that" in "that's all"), so cores are tried first at each place
    whole = re.compile(f"[\\W_]*(?:({core})|{filler}|$)", re.IGNORECASE)
    inside = [item for listed in wording.get("inside", {}).values() for item in listed]
    return _Rules(name, whole, tuple(re.compile(_loose(item), re.IGNORECASE) for item in inside))


def _by_length(item: str) -> int:
    return -len(re.sub(r"\(\?<?[!=][^)]*\)|\(\?:|[)?+*\\]", "", item))


def _bounded(item: str) -> str:
    """At word borders where it begins and ends with Latin letters; the borders of Han are left open."""
    before = "(?<![a-z0-9])" if item[0].isascii() and item[0].isalnum() else ""
    last = item.rstrip("+?)")[-1:]
    after = "(?![a-z0-9])" if last.isascii() and last.isalnum() else ""
    return f"{before}(?:{_loose(item)}){after}"


def _loose(item: str) -> str:
    """An apostrophe may be missing or be a blank's neighbour: `dont`."""
    return re.sub(r"(?<=[a-z])'(?=[a-z])", "'?", item)
