"""Times put together: a day and an hour side by side are one moment, two with `到` or `to` between a stretch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from botcore.nlu.entities.clock import clocks
from botcore.nlu.entities.days_digits import slashed
from botcore.nlu.entities.days_en import days_en
from botcore.nlu.entities.days_zh import days_zh
from botcore.nlu.entities.durations import Duration
from botcore.nlu.entities.past import last_before, told_back
from botcore.nlu.entities.pieces import Piece, Reading
from botcore.nlu.entities.units import SECONDS
from botcore.nlu.entities.when import HOUR_S, PARTS, When, add_months, as_piece, seconds_of

AFTER_LENGTH = re.compile(
    r" ?(?:(?P<later>(?:之|以)?后(?![天面台])|from now|later|from today)|(?P<ago>(?:之|以)前|前(?![天面台])|ago"
    r"|before now|earlier))(?![a-z])"
)
BEFORE_LENGTH = re.compile(r"(?:^|[^a-z])(?P<word>in |再过 ?)$")
BESIDE = re.compile(r"\)? ?(?:的|,|at|@|on|of|by|around|about|the|from|between|,? at|大概|大约|左右)? ?")
TO = re.compile(r" ?(?:到|至|~|-|–|—|to|through|thru|until|till|and|和|、) ?")
FROM = re.compile(r"(?:between|介于|在) ?$")
MAX_YEARS = 200
MAX_FINDS = 100
"""More dates or hours than any message names; what follows them is not looked at."""


def times(reading: Reading, durations: list[Duration]) -> Iterator[Piece]:
    """Dates, times, moments and stretches of them."""
    found = [when for duration in durations for when in _counted(duration, reading)]
    for rules in (slashed, clocks, days_zh, days_en):
        found.extend(islice(rules(reading), MAX_FINDS))
    kept = _ranges(_together(_ranges(_longest(found), reading, of_days=True), reading), reading)
    zone = reading.now.tzinfo or UTC
    for when in kept:
        piece = as_piece(told_back(when, reading), zone)
        if piece is not None:
            yield piece


def _longest(found: list[When]) -> list[When]:
    """Those that overlap no longer one, in the order of the text."""
    kept: list[When] = []
    covered: set[int] = set()
    for when in sorted(found, key=lambda when: (when.start - when.end, when.start)):
        if covered.isdisjoint(range(when.start, when.end)):
            covered.update(range(when.start, when.end))
            kept.append(when)
    return sorted(kept, key=lambda when: when.start)


def _counted(duration: Duration, reading: Reading) -> Iterator[When]:
    """A time counted from now: 三天后, two hours ago, in two weeks."""
    text, start, end = reading.folded, duration.start, duration.end
    after = AFTER_LENGTH.match(text, end)
    before = BEFORE_LENGTH.search(text[max(0, start - 4) : start])
    if after is not None:
        end, sign = after.end(), 1 if after["later"] else -1
        if before is not None and before["word"][0] == "再":
            start -= len(before["word"])
    elif before is not None and before["word"] == "in " and not text.startswith((" or ", " row"), end):
        start, sign = start - 3, 1
    else:
        return
    small = [(value, unit) for value, unit in duration.parts if SECONDS[unit] < SECONDS["day"]]
    day: date | None = reading.today
    for value, unit in duration.parts:
        if (value, unit) not in small and day is not None:
            day = _days_on(day, sign * value, unit)
    if day is None:
        return
    if not small:
        yield When(start, end, day)
        return
    seconds = sum(value * SECONDS[unit] for value, unit in small)
    if seconds > MAX_YEARS * SECONDS["year"]:
        return
    base = datetime.combine(day, reading.now.timetz())
    try:
        moment = (base.astimezone(UTC) + timedelta(seconds=sign * seconds)).astimezone(reading.now.tzinfo)
    except OverflowError:
        return
    yield When(start, end, moment=moment.replace(microsecond=0))


def _days_on(day: date, value: float, unit: str) -> date | None:
    if abs(value) * SECONDS[unit] > MAX_YEARS * SECONDS["year"]:
        return None
    if unit in ("month", "year"):
        months = value * (12 if unit == "year" else 1)
        return add_months(day, int(months)) + timedelta(round(30 * (months - int(months))))
    if unit == "business_day":
        return _business_days_on(day, int(value))
    return day + timedelta(round(value * SECONDS[unit] / SECONDS["day"]))


def _business_days_on(day: date, count: int) -> date:
    """Monday to Friday are counted; feast days are not known here."""
    step = 1 if count > 0 else -1
    weeks, rest = divmod(abs(count), 5)
    day += timedelta(7 * weeks * step)
    while rest or day.weekday() > 4:
        day += timedelta(step)
        rest -= 1 if day.weekday() <= 4 and rest else 0
    return day


def _together(found: list[When], reading: Reading) -> list[When]:
    """Neighbours that complete each other, as one: a day and an hour, a part of the day and an hour."""
    kept: list[When] = []
    for when in found:
        joined = _joined(kept[-1], when, reading.folded) if kept else None
        if joined is not None:
            kept[-1] = joined
            if len(kept) > 1:  # at 3 / in the afternoon / tomorrow
                again = _joined(kept[-2], kept[-1], reading.folded)
                if again is not None:
                    kept[-2:] = [again]
        else:
            kept.append(when)
    return kept


def _joined(first: When, second: When, text: str) -> When | None:
    gap = text[first.end : second.start]
    if len(gap) > 9 or first.moment or second.moment:
        return None
    are_days = first.first is not None and second.first is not None
    if BESIDE.fullmatch(gap) is None and not (are_days and gap in (" (", "(", ", the ", ",the ")):
        return None
    if are_days and (first.weekday is None) != (second.weekday is None):
        return _of_weekday(first, second)
    day, hour = (first, second) if first.first is not None else (second, first)
    if hour.clock is None or hour.first is not None:
        return None
    if day.first is None:
        return _of_part(first, second)
    if day is second and not gap and not text[second.start].isascii():
        return None  # 3点明天: two things
    return _on_day(day, hour, first.start, second.end)


def _on_day(day: When, hour: When, start: int, end: int) -> When | None:
    """The hour of the day; of a stretch of days there is none."""
    if day.last is not None:
        return None
    if day.clock is None:
        found = replace(hour, first=day.first, again=day.again, weekday=day.weekday)
    elif _is_part(day) and not _is_part(hour):
        found = replace(_in_part(hour, day.part), first=day.first)
    else:
        return None
    return replace(found, start=start, end=end, is_loose=False)


def _of_part(first: When, second: When) -> When | None:
    """An hour and the part of the day in which it is."""
    part, hour = (first, second) if _is_part(first) else (second, first)
    if not _is_part(part) or _is_part(hour) or hour.raw is None:
        return None
    return replace(_in_part(hour, part.part), start=first.start, end=second.end, is_loose=False)


def _of_weekday(first: When, second: When) -> When | None:
    """A date and its day of the week: the date, in the year in which it falls on that day."""
    day, weekday = (first, second.weekday) if first.weekday is None else (second, first.weekday)
    if day.clock is not None or day.last is not None or second.clock is not None:
        return None
    if first.clock is not None:  # noon on Friday the 27th
        return replace(first, end=second.end, first=day.first, again=None, weekday=None)
    found = day.first
    if day.again is not None and found is not None and found.weekday() != weekday:
        earlier = last_before(day, found)
        if earlier is not None and earlier.weekday() == weekday:
            found = earlier
    return replace(day, start=first.start, end=second.end, first=found, again=None)


def _is_part(when: When) -> bool:
    """Whether it is no more than a part of the day."""
    return (
        when.until is not None
        and when.part in PARTS
        and when.until - (when.clock or 0) == HOUR_S * (PARTS[when.part][1] - PARTS[when.part][0])
    )


def _in_part(hour: When, part: str) -> When:
    """The hour, in the half of the day that the part says."""
    if hour.raw is None or hour.clock is None:
        return hour
    rest = hour.clock % HOUR_S
    clock = seconds_of(hour.raw, rest // 60, rest % 60, part)
    until = hour.until + clock - hour.clock if hour.until is not None else None
    return replace(hour, clock=clock, until=until, raw=None, part=part)


def _ranges(found: list[When], reading: Reading, *, of_days: bool = False) -> list[When]:
    """From one to the other: two of a kind with a word such as `to` between them."""
    kept: list[When] = []
    for at, when in enumerate(found):
        is_tried = bool(kept) and not (of_days and (kept[-1].clock is not None or when.clock is not None))
        if of_days and is_tried and at + 1 < len(found):  # from Tuesday to Thursday afternoon: the hour is Thursday's
            after = found[at + 1]
            is_one = after.clock is not None and after.first is None and (after.until is None or _is_part(after))
            if at + 2 < len(found) and found[at + 2].clock is not None:
                is_one = is_one and TO.fullmatch(reading.folded[after.end : found[at + 2].start]) is None
            is_tried = not (is_one and BESIDE.fullmatch(reading.folded[when.end : after.start]))
        joined = _from_to(kept[-1], when, reading) if is_tried else None
        if joined is not None:
            kept[-1] = joined
        else:
            kept.append(when)
    return kept


def _from_to(first: When, second: When, reading: Reading) -> When | None:
    gap = reading.folded[first.end : second.start]
    if len(gap) > 9 or TO.fullmatch(gap) is None:
        return None
    if first.last or second.last or first.until or second.until or first.moment or second.moment:
        return None
    is_and = gap.strip() in ("and", "和", "、")
    before = reading.folded[max(0, first.start - 8) : first.start]
    if is_and and not (FROM.search(before) or reading.folded.startswith("之间", second.end)):
        return None
    if first.clock is not None and second.clock is not None:
        return _hours_between(first, second, reading)
    if first.clock is None and second.clock is None and first.first is not None and second.first is not None:
        last = second.again(first.first) if second.again else second.first
        return When(first.start, second.end, first.first, last) if last >= first.first else None
    return None


def _hours_between(first: When, second: When, reading: Reading) -> When:
    """From an hour to an hour; a half of the day or a day that only one of them has is the other's too."""
    day, last_day = first.first, second.first
    if day is None and last_day is not None:  # 8am to noon tomorrow; 9点到明天11点
        day = last_day if reading.folded[second.start].isascii() else reading.today
    until = second.clock or 0
    if last_day is None and first.part in PARTS:
        until = _in_part(second, first.part).clock or 0
    if second.part == "pm" and first.raw is not None and (first.raw + 12) * HOUR_S < until:
        first = _in_part(first, "afternoon")
    begin = first.clock or 0
    if last_day is None and until <= begin:
        is_open = second.raw is not None and until + 12 * HOUR_S > begin
        until += (12 if is_open else 24) * HOUR_S
    return When(first.start, second.end, day, last_day, clock=begin, until=until)
