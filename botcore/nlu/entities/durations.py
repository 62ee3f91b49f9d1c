"""Lengths of time: three days, 一个半小时, 2小时30分钟."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botcore.nlu.entities.numbers import Mention, Number, plain
from botcore.nlu.entities.pieces import Reading, words
from botcore.nlu.entities.units import DURATIONS, SECONDS

HAN = [name for name in DURATIONS if not name.isascii()]
LATIN = [name for name in DURATIONS if name.isascii()]
UNIT = re.compile(
    rf"[ -]?(?:more )?(?P<half>个半|个多|多)?(?:(?P<han>{words(HAN)})|(?P<latin>(?:{words(LATIN)})(?![a-z0-9])|h"
    rf"(?=\d)))(?P<more>半(?![天夜个小])| and a half)?"
)
NOT_UNITS = re.compile(
    "月(?!后|前|之|以|内)|日|年(?:轻|龄|级|货|初|底|终|月)|天(?:猫|津|地|气|才|然|线)|周(?:[一二三四五六日末年到边]"
    "|围)|小时候|秒杀"
)
ARTICLE_NOT = re.compile(r"(?:what|such|once|twice|times|many|of|quite|per|have|nice|good|great|one|wait|just|me|on) $")
JOIN = re.compile(r"(?:[ ,]|零|又| and )?")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: `amount` of `unit`; `parts` where several units were given (2小时30分钟)."""

    start: int
    end: int
    amount: Number
    unit: str
    parts: tuple[tuple[Number, str], ...]


def durations_of(reading: Reading, mentions: list[Mention]) -> Iterator[Duration]:
    """The lengths of time that begin with one of the numbers; neighbours of smaller units are joined."""
    last: Duration | None = None
    for mention in mentions:
        found = _duration(reading, mention)
        if found is None:
            continue
        if last is not None and _continues(reading, last, found):
            last = _joined(last, found)
            continue
        if last is not None:
            yield last
        last = found
    if last is not None:
        yield last


def _duration(reading: Reading, mention: Mention) -> Duration | None:
    text, start = reading.folded, mention.start
    match = UNIT.match(text, mention.end)
    if match is None:
        return None
    name = match["han"] or match["latin"] or "h"
    before = text[max(0, start - 7) : start]
    if _is_other(mention, name, before) or (match["han"] and NOT_UNITS.match(text, match.start("han"))):
        return None
    value, unit = mention.value, DURATIONS[name]
    if mention.form == "article" and before.endswith("half "):
        value, start = 0.5, start - len("half ")
    if match["half"] == "个半" or match["more"]:
        value = plain(value + 0.5)
    if unit == "quarter":
        value, unit = plain(value * 15), "minute"
    elif unit == "fortnight":
        value, unit = plain(value * 2), "week"
    elif value == 0.5 and unit in ("month", "year"):
        value, unit = (15, "day") if unit == "month" else (6, "month")
    return Duration(start, match.end(), value, unit, ((value, unit),))


def _is_other(mention: Mention, name: str, before: str) -> bool:
    """Whether number and unit are no length of time: 第三天, 每两周, 2026年, once a week, 等了半天."""
    if before.endswith(("第", "每", "周", "星期")):
        return True
    if mention.form == "article":
        return not before.endswith("half ") and ARTICLE_NOT.search(before) is not None
    if name == "年":
        return mention.form != "english" and 1900 <= mention.value <= 2100
    if name == "天":
        return mention.value == 0.5 and before[-1:] in tuple("了好大老")
    if name == "月":
        return mention.form != "han"
    return name in ("h", "min") and mention.form != "digits"


def _continues(reading: Reading, first: Duration, second: Duration) -> bool:
    gap = reading.folded[first.end : second.start]
    smaller = SECONDS[second.unit] < SECONDS[first.parts[-1][1]]
    return second.start >= first.end and smaller and JOIN.fullmatch(gap) is not None


def _joined(first: Duration, second: Duration) -> Duration:
    parts = first.parts + second.parts
    amount = plain(sum(value * SECONDS[unit] for value, unit in parts) / SECONDS[parts[0][1]])
    return Duration(first.start, second.end, amount, parts[0][1], parts)


def duration_value(found: Duration) -> dict[str, Any]:
    """As JSON: seconds (a month of 30 days, a year of 365), ISO 8601 text, amount and unit."""
    seconds = plain(sum(value * SECONDS[unit] for value, unit in found.parts))
    return {"seconds": seconds, "iso": iso(found), "amount": found.amount, "unit": found.unit}


def iso(found: Duration) -> str:
    """ISO 8601: P3D, PT1H30M; in the unit that was given where the amount is whole."""
    counts = dict.fromkeys("YMWDhms", 0)
    for value, unit in found.parts:
        for whole, letter in _whole(value, unit):
            counts[letter] += whole
    days = "".join(f"{counts[letter]}{letter}" for letter in "YMWD" if counts[letter])
    times = "".join(f"{counts[letter]}{letter.upper()}" for letter in "hms" if counts[letter])
    return f"P{days}{'T' + times if times else ''}" if days or times else "PT0S"


LETTERS = {
    "year": "Y",
    "month": "M",
    "week": "W",
    "day": "D",
    "business_day": "D",
    "hour": "h",
    "minute": "m",
    "second": "s",
}
SMALLER = {"year": ("month", 12), "month": ("day", 30), "week": ("day", 7),
           "day": ("hour", 24), "business_day": ("hour", 24),
           "hour": ("minute", 60), "minute": ("second", 60)}  # fmt: skip


def _whole(value: Number, unit: str) -> Iterator[tuple[int, str]]:
    whole = int(value)
    if whole:
        yield whole, LETTERS[unit]
    if value != whole and unit in SMALLER:
        smaller, count = SMALLER[unit]
        yield from _whole(round((value - whole) * count, 6), smaller)
