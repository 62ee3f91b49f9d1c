"""Dates in digits alone, the same in both languages: 2026-11-24, 24/11/2026, 11/24, 20261124."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from botcore.nlu.entities.pieces import Reading
from botcore.nlu.entities.when import LEAP_YEAR, When, month_day, yearly

ISO = re.compile(
    r"(?<![a-z0-9_.-])((?:19|20)\d\d-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?)(?:\.\d{1,6})?(z|[+-]\d\d:\d\d)?(?![a-z0-9_:])"
)
SLASHED = re.compile(
    r"(?<![a-z0-9_./-])(?:(?P<y>(?:19|20)\d\d)(?P<s>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=s)(?P<d>3[01]|[12]\d|0?[1-9])"
    r"|(?P<a>\d{1,2})(?P<t>[/.-])(?P<b>\d{1,2})(?P=t)(?P<z>(?:19|20)\d\d)"
    r"|(?!24/7(?!\d))(?P<e>\d{1,2})/(?P<f>\d{1,2})"
    r"|(?P<packed>20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])))(?![a-z0-9_/]|[.-]\d)"
)


def slashed(reading: Reading) -> Iterator[When]:
    """Dates in digits alone: 2026-11-24, 24/11/2026, 11/24, 20261124.

    The month comes first where both could be the month: so it is read in Chinese and in American English.
    """
    if not reading.has_digit:
        return
    for match in ISO.finditer(reading.folded):
        try:
            moment = datetime.fromisoformat((match[1] + (match[2] or "")).upper())
        except ValueError:
            continue
        zone = reading.now.tzinfo
        moment = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
        yield When(match.start(), match.end(), moment=moment)
    for match in SLASHED.finditer(reading.folded):
        start, end = match.span()
        if match["packed"]:
            found = month_day(int(match["packed"][:4]), int(match["packed"][4:6]), int(match["packed"][6:]))
        elif match["y"]:
            found = month_day(int(match["y"]), int(match["m"]), int(match["d"]))
        elif match["z"]:
            found = _either(int(match["z"]), int(match["a"]), int(match["b"]))
        else:
            month, day = int(match["e"]), int(match["f"])
            month, day = (month, day) if month <= 12 else (day, month)
            if month_day(LEAP_YEAR, month, day) is not None and not reading.folded.startswith((" of", "的"), end):
                again = yearly(month, day)
                yield When(start, end, again(reading.today), again=again)
            continue
        if found is not None:
            yield When(start, end, found)


def _either(year: int, first: int, second: int) -> date | None:
    return month_day(year, first, second) or month_day(year, second, first)
