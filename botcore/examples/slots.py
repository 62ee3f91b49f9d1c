"""Where the slots of a text stand: from BIO tags over tokens, from values, or from marks such as `[Beijing](city)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botcore.examples.values import Span

MARK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)+)\]\(([^()\s:]{1,64})(?::([^()]*))?\)")
BROKEN_MARK = re.compile(r"(?<!\\)\[[^\[\]]*\]\([^()]*\)?")
ESCAPED = re.compile(r"\\([\[\]\\])")
LABEL = re.compile(r"[^\W\d][\w./-]{0,63}")


class SlotError(ValueError):
    """Slots that do not fit their text: what is wrong, and the mend."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def spans_of_tags(
    text: str, tokens: Sequence[str], tags: Sequence[str], odd: list[str] | None = None
) -> Iterator[Span]:
    """BIO tags over tokens as character spans; the tokens are looked up in the text one after the other.

    A token that is not there is passed over, and an I- that goes on from nothing begins a slot, as the field's scorers
    have it; both are told in `odd`.

    Raises:
        SlotError: the lists differ in length, or a tag is none.
    """
    if len(tokens) != len(tags):
        raise SlotError(f"{len(tokens)} tokens have {len(tags)} tags.", "Give each token one tag.")
    told = odd if odd is not None else []
    begin, end, label, at = 0, 0, "", 0
    for token, tag in zip(tokens, tags, strict=True):
        kind = _label_of(tag)
        found = text.find(token, at)
        if found < 0:
            told.append(f"the token {token!r} is not in the text, or not in this order.")
            continue
        at = found + len(token)
        if tag[0] == "I" and kind == label:
            end = at
            continue
        if tag[0] == "I":
            told.append(f"the tag {tag!r} goes on from nothing.")
        if label:
            yield Span(begin, end, label)
        begin, end, label = found, at, kind
    if label:
        yield Span(begin, end, label)


def _label_of(tag: str) -> str:
    """What a BIO tag names; empty for O."""
    if tag == "O":
        return ""
    if tag[:2] not in ("B-", "I-") or not tag[2:]:
        raise SlotError(f"{tag!r} is no BIO tag.", "Write O, B-label or I-label.")
    return tag[2:]


def spans_of_values(text: str, slots: Mapping[str, Any], missing: list[str]) -> Iterator[Span]:
    """Spans of `{label: value}` or `{label: [values]}`, each where the value stands in the text.

    What is not in the text is told in `missing`: data sets are not free of it, and the rest of the row is good.

    Raises:
        SlotError: a value is none.
    """
    taken: list[tuple[int, int]] = []
    for label, values in slots.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, bool) or not isinstance(value, str | int | float) or str(value) == "":
                raise SlotError(f"the slot {label!r} has no value.", "Write the words of the text that it stands for.")
            span = _free_place(text, str(value), taken)
            if span is None:
                missing.append(f"the slot {label!r} has {value!r}, which is not in the text.")
                continue
            taken.append(span)
            yield Span(*span, label)


def _free_place(text: str, value: str, taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Where a value stands that no other slot has: as whole words if it can be, else anywhere."""
    places = []
    start = text.find(value)
    while start >= 0:
        end = start + len(value)
        if all(end <= first or start >= last for first, last in taken):
            places.append((start, end))
        start = text.find(value, start + 1)
    return next((place for place in places if _is_whole(text, *place)), places[0] if places else None)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no Latin letter or digit touches the place from outside."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not any(side.isascii() and side.isalnum() for side in (before, after))


def read_marks(marked: str) -> tuple[str, tuple[Span, ...]]:
    r"""The text without its marks, and their spans: `[Beijing](city)`, `[帝都](city:北京)`; `\[` is a bracket.

    Raises:
        SlotError: a mark is not closed or its label is no name.
    """
    if "[" not in marked and "\\" not in marked:
        return marked, ()
    parts: list[str] = []
    spans: list[Span] = []
    length, at = 0, 0
    for match in MARK.finditer(marked):
        before, words = _plain(marked[at : match.start()]), _plain(match.group(1))
        label, value = match.group(2), match.group(3)
        if not LABEL.fullmatch(label):
            raise SlotError(f"{label!r} is no name for a slot.", "Use letters, digits and _.")
        start = length + len(before)
        spans.append(Span(start, start + len(words), label, value.strip() if value else None))
        parts += [before, words]
        length, at = start + len(words), match.end()
    parts.append(_plain(marked[at:]))
    return "".join(parts), tuple(spans)


def _plain(text: str) -> str:
    broken = BROKEN_MARK.search(text)
    if broken:
        what = f"{broken.group()[:40]!r} is no slot."
        raise SlotError(what, "Write [words](label) or [words](label:value), or \\[ for a bracket.")
    return ESCAPED.sub(r"\1", text)
