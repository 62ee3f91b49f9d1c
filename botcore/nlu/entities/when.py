"""A point or stretch of time as one rule read it, before its neighbours add what it leaves open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from botcore.nlu.entities.pieces import Piece

DAY_S = 86400
HOUR_S = 3600
LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class When:
    """What is known of a time that the text names between `start` and `end`.

    Attributes:
        first, last: the days, both included; `last` is None for a single day.
        clock: seconds since midnight; above a day's for the small hours of the next.
        until: the end of a stretch of the clock, in the same way.
        raw: the hour as it was written, where nothing said which half of the day is meant.
        part: the part of the day that was named (`下午`, `evening`).
        moment: an instant, where it was counted from now.
        again: the first such day on or after another: for names that come round, such as weekdays.
        is_loose: says something only beside a day (`morning`).
        weekday: its number from 0 (Monday), where only the day of the week was named.
    """

    start: int
    end: int
    first: date | None = None
    last: date | None = None
    clock: int | None = None
    until: int | None = None
    raw: int | None = None
    part: str = ""
    moment: datetime | None = None
    again: Callable[[date], date] | None = None
    is_loose: bool = False
    weekday: int | None = None


PARTS: dict[str, tuple[int, int]] = {
    name: hours
    for hours, names in (
        ((0, 6), "凌晨 半夜 后半夜 大半夜"),
        ((6, 9), "清晨 清早 大清早 early_morning"),
        ((6, 12), "早上 早晨 上午 早 morning mornings"),
        ((12, 14), "中午 午间"),
        ((12, 18), "下午 午后 afternoon afternoons"),
        ((17, 19), "傍晚"),
        ((18, 24), "晚上 晚间 夜里 夜晚 夜间 深夜 晚 evening night evenings nights"),
    )
    for name in names.replace("_", "\0").split()
    for name in [name.replace("\0", " ")]
}
"""Part of the day -> its hours."""


def seconds_of(hour: int, minute: int, second: int, part: str) -> int:
    """Seconds since midnight of a written hour in a part of the day.

    Without a part, 1 to 6 are in the afternoon and 7 to 12 as they stand: the hours at which shops are open.
    """
    begin, _ = PARTS.get(part, (None, None))
    if begin is None:
        hour += 12 if 1 <= hour <= 6 else 0
    elif begin == 18:
        hour += 12 if 5 <= hour <= 12 else 24 if hour < 5 else 0
    elif begin >= 12:
        hour += 12 if hour < (12 if begin != 12 or part not in ("中午", "午间") else 4) else 0
    elif begin == 0 and hour == 12:
        hour = 0
    return hour * HOUR_S + minute * 60 + second


def on_or_after(start: date, weekday: int) -> date:
    """The first such weekday (0 is Monday) from a day on, itself included."""
    return start + timedelta((weekday - start.weekday()) % 7)


def month_day(year: int, month: int, day: int) -> date | None:
    """The day; None if there is none, such as 30 February."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def yearly(month: int, day: int) -> Callable[[date], date]:
    """The first such day of a year from another day on."""

    def again(start: date) -> date:
        for year in range(start.year, start.year + 9):  # 29 February may be eight years off
            found = month_day(year, month, day)
            if found is not None and found >= start:
                return found
        return start

    return again


def monthly(day: int) -> Callable[[date], date]:
    """The first such day of a month from another day on."""

    def again(start: date) -> date:
        for months in range(14):
            year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
            found = month_day(year, month + 1, day)
            if found is not None and found >= start:
                return found
        return start

    return again


def add_months(start: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    year = min(max(year, 1), 9998)
    return next(d for day in range(start.day, 0, -1) if (d := month_day(year, month + 1, day)))


def month_range(year: int, month: int) -> tuple[date, date]:
    """The first and last day of a month."""
    first = date(year, month, 1)
    return first, add_months(first, 1) - timedelta(1)


def as_piece(when: When, zone: tzinfo) -> Piece | None:
    """The entity that it amounts to; None where it says too little."""
    kind_and_value = _value(when, zone)
    return Piece(kind_and_value[0], when.start, when.end, kind_and_value[1]) if kind_and_value else None


def _value(when: When, zone: tzinfo) -> tuple[str, Any] | None:
    if when.moment is not None:
        return "datetime", when.moment.isoformat(timespec="seconds")
    if when.is_loose:
        return None
    if when.first is None:
        if when.clock is None:
            return None
        if when.until is None:
            return "time", _clock(when.clock)
        return "time_range", {"start": _clock(when.clock), "end": _clock(when.until)}
    last = when.last or when.first
    if when.clock is None:
        if when.last is None:
            return "date", when.first.isoformat()
        return "date_range", {"start": when.first.isoformat(), "end": last.isoformat()}
    begin = _instant(when.first, when.clock, zone)
    if when.until is None and when.last is None:
        return "datetime", begin
    end = _instant(last, when.clock if when.until is None else when.until, zone)
    return "datetime_range", {"start": begin, "end": end}


def _clock(seconds: int) -> str:
    seconds %= DAY_S
    spoken = time(seconds // HOUR_S, seconds % HOUR_S // 60, seconds % 60)
    return spoken.isoformat(timespec="seconds" if seconds % 60 else "minutes")


def _instant(day: date, seconds: int, zone: tzinfo) -> str:
    days, seconds = divmod(seconds, DAY_S)
    moment = datetime.combine(day + timedelta(days), time(), zone) if day < date(9999, 12, 30) else None
    if moment is None:
        return datetime.combine(day, time(), zone).isoformat(timespec="seconds")
    at = time(seconds // HOUR_S, seconds % HOUR_S // 60, seconds % 60)
    return datetime.combine(moment.date(), at, zone).isoformat(timespec="seconds")
