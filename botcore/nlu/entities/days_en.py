"""Days in English: tomorrow, next Friday, this weekend, Nov 24th, 24 November 2026, end of the month, Christmas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from botcore.nlu.entities.days_zh import festival
from botcore.nlu.entities.festivals import FESTIVALS, HOLIDAYS
from botcore.nlu.entities.numbers import ORDINAL_WORDS
from botcore.nlu.entities.pieces import Reading, words
from botcore.nlu.entities.when import (
    HOUR_S,
    LEAP_YEAR,
    PARTS,
    When,
    add_months,
    month_day,
    month_range,
    monthly,
    on_or_after,
    yearly,
)

NEAR = {
    "the day after tomorrow": 2, "day after tomorrow": 2, "the day before yesterday": -2,
    "day before yesterday": -2, "today": 0,
    "tomorrow": 1, "tomorow": 1, "tommorow": 1, "tommorrow": 1, "tmr": 1, "tmrw": 1, "tmw": 1, "yesterday": -1,
}  # fmt: skip
WEEKDAYS = {
    name: weekday
    for weekday, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday weds wed",
            "thursday thurs thur thu",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}
AMBIGUOUS = frozenset({"mon", "wed", "sat", "sun"})
ALSO_WORDS = ("may", "march", "mar", "dec", "jan", "jun", "sep")
MONTHS = {
    name: month
    for month, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ],
        1,
    )
    for name in names.split()
}
M = words(list(MONTHS))
D = r"(?P<day>3[01]|[12]\d|0?[1-9])"
DAYS_IN_WORDS = [
    *ORDINAL_WORDS,
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
]
BEGIN, END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
NEAR_DAY = re.compile(rf"{BEGIN}(?:{words(list(NEAR))}){END}|{BEGIN}(?P<tied>tonight|tonite|last night){END}")
WEEKDAY = re.compile(
    rf"{BEGIN}(?:(?P<which>next week|this week|last week|this coming|this|next|last|coming|past|every|each|on|from|to"
    rf"|until|till|by|before|after"
    rf"|through|and|since) )?"
    rf"(?P<day>{words(list(WEEKDAYS))})\.?{END}(?P<week> (?:next|this|last) week)?(?P<to>(?= ?(?:-|–|~|to|/|and|&"
    rf"|through) ?(?:{words(list(WEEKDAYS))})(?![a-z])))?(?P<number>(?=,? (?:the )?\d{{1,2}}(?:st|nd|rd|th| [a-z])))?"
)
SPAN = re.compile(
    rf"{BEGIN}(?:(?P<which>this coming|this|next|last|past|coming|the) )?(?P<name>weekend)s?{END}"
    rf"|{BEGIN}(?P<which2>this|next|last) (?P<name2>week|month|year){END}"
    rf"|{BEGIN}(?:the )?(?P<edge>end|beginning|start|middle) of (?:(?P<which3>the|this|next|last) )?(?P<name3>week"
    rf"|month|year|{M}){END}"
)
MONTH_DAY = re.compile(
    rf"{BEGIN}(?P<month>{M})\.? (?:the )?{D}(?:st|nd|rd|th)?(?!\d|:|%| ?(?:am|pm)(?![a-z]))(?:,? ?(?P<year>(?:19"
    rf"|20)\d\d))?{END}"
)
DAY_MONTH = re.compile(
    rf"(?<![a-z0-9_.])(?:{D}(?:st|nd|rd|th)?|(?P<word>{words(DAYS_IN_WORDS)})) ?(?:of )?(?P<month>{M})\.?(?:,? "
    rf"(?P<year>(?:19|20)\d\d))?{END}"
)
MONTH_WORD = re.compile(rf"{BEGIN}(?P<month>{M})\.? (?:the )?(?P<word>{words(DAYS_IN_WORDS)}){END}")
MONTH = re.compile(
    rf"{BEGIN}(?P<before>(?:in|this|next|last|by|until|till|since|before|after|of|during|for|late|early|mid) )?"
    rf"(?P<month>{M})(?:,? (?P<year>(?:19|20)\d\d))?{END}(?! \d)"
)
MONTH_DAYS = re.compile(
    rf"{BEGIN}(?:(?P<month>{M})\.? {D}(?:st|nd|rd|th)? ?(?:-|–|~|to|through|until|till) ?(?P<last>3[01]|[12]\d"
    rf"|0?[1-9])(?:st|nd|rd|th)?(?!\d|:|,? ?(?:am|pm)|[ -]?(?:{M})|/)"
    rf"|(?P<first>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)? ?(?:-|–|~|to|through|until|till) ?(?P<last2>3[01]|[12]\d"
    rf"|0?[1-9])(?:st|nd|rd|th)? (?:of )?(?P<month2>{M}))(?:,? (?P<year>(?:19|20)\d\d))?{END}"
)
YEAR = re.compile(rf"{BEGIN}(?:in|since|of|by|until|till|before|after) (?P<year>(?:19|20)\d\d)(?= ?(?:$|[,.!?;)]))")
NAMED_DAY = re.compile(rf"{BEGIN}(?:{words(list(WEEKDAYS))})\.?,? (?:the )?{D}(?:st|nd|rd|th){END}(?! (?:of )?(?:{M}))")
OF_MONTH = re.compile(rf"{BEGIN}(?:the )?{D}(?:st|nd|rd|th) of (?P<which>this|next|last|the) month{END}")
ON_THE = re.compile(
    rf"{BEGIN}(?:on|by|until|till|before|after|since|from|to) the {D}(?:st|nd|rd|th){END}(?! (?:order|item|one|of "
    rf"(?!this|next)))"
)
FESTIVAL = re.compile(
    rf"{BEGIN}(?:(?P<which>this|next|last) )?"
    rf"(?P<name>{words([re.escape(n) for n in FESTIVALS if n.isascii() and n not in ('618',)])})"
    rf"(?: (?P<holiday>holidays?|period))?(?:,? (?P<year>(?:19|20)\d\d))?{END}"
)
OF_WEEK = ("next week", "this week", "last week")
LAST_NEXT = {"last": -1, "past": -1, "this": 0, "the": 0, "next": 1, "coming": 0, "this coming": 0}


def days_en(reading: Reading) -> Iterator[When]:
    """Every day and stretch of days that English words name."""
    text, today = reading.folded, reading.today
    for match in NEAR_DAY.finditer(text):
        if match["tied"]:
            first = today - timedelta(match["tied"] == "last night")
            begin, end = PARTS["evening"]
            yield When(match.start(), match.end(), first, clock=begin * HOUR_S, until=end * HOUR_S, part="evening")
        else:
            yield When(match.start(), match.end(), today + timedelta(NEAR[match.group()]))
    for match in WEEKDAY.finditer(text):
        yield from _weekday(match, today)
    for match in SPAN.finditer(text):
        yield from _span(match, today)
    yield from _months(reading)
    for match in FESTIVAL.finditer(text):
        year = int(match["year"]) if match["year"] else None
        if match["which"] == "last":
            year = _last_year(match["name"], today)
        name, is_holiday = match["name"], bool(match["holiday"]) and match["name"] in HOLIDAYS
        end = match.end() if is_holiday or not match["holiday"] else match.end("name")
        yield from festival(match.start(), end, name, year, today, is_holiday=is_holiday)


def _last_year(name: str, today: date) -> int:
    day = FESTIVALS[name](today.year)
    return today.year if day is not None and day < today else today.year - 1


def _weekday(match: re.Match[str], today: date) -> Iterator[When]:
    which, name = match["which"], match["day"]
    if which in ("every", "each") or (
        name in AMBIGUOUS and which is None and not match["week"] and match["to"] is None and match["number"] is None
    ):
        return
    weekday = WEEKDAYS[name]
    start = match.start() if which in LAST_NEXT else match.start("day")
    end = match.end()
    monday = today - timedelta(today.weekday())
    if which in OF_WEEK:
        yield When(match.start(), end, monday + timedelta(7 * LAST_NEXT[which.split()[0]] + weekday))
    elif match["week"]:
        yield When(start, end, monday + timedelta(7 * LAST_NEXT[match["week"].split()[0]] + weekday))
    elif which == "next":
        yield When(start, end, monday + timedelta(7 + weekday))
    elif which in ("last", "past"):
        yield When(start, end, on_or_after(today - timedelta(7), weekday))
    elif which == "this":
        yield When(start, end, monday + timedelta(weekday))
    else:
        yield When(
            start, end, on_or_after(today, weekday), again=lambda day: on_or_after(day, weekday), weekday=weekday
        )


def _span(match: re.Match[str], today: date) -> Iterator[When]:
    start, end = match.span()
    monday = today - timedelta(today.weekday())
    if match["name"]:
        which = match["which"] or "this"
        saturday = monday + timedelta(5 + 7 * LAST_NEXT[which])
        start = match.start("name") if which == "the" else start
        yield When(start, end, saturday, saturday + timedelta(1))
        return
    name, which = match["name2"] or match["name3"], match["which2"] or match["which3"] or "this"
    count = LAST_NEXT[which]
    if name == "week":
        first, last = monday + timedelta(7 * count), monday + timedelta(7 * count + 6)
    elif name == "month":
        first = add_months(today.replace(day=1), count)
        first, last = month_range(first.year, first.month)
    elif name == "year":
        first, last = date(today.year + count, 1, 1), date(today.year + count, 12, 31)
    else:
        first, last = _month(MONTHS[name], today)
    edge = match["edge"]
    if edge is None:
        yield When(start, end, first, last)
        return
    start = match.start("edge")
    day = last if edge == "end" else first + timedelta((last - first).days // 2) if edge == "middle" else first
    yield When(start, end, day)


def _month(month: int, today: date) -> tuple[date, date]:
    return month_range(today.year + (month < today.month), month)


def _months(reading: Reading) -> Iterator[When]:
    text, today = reading.folded, reading.today
    yield from _several(text, today)
    for match in YEAR.finditer(text):
        year = int(match["year"])
        yield When(match.start("year"), match.end(), date(year, 1, 1), date(year, 12, 31))
    for pattern in (MONTH_DAY, DAY_MONTH, MONTH_WORD):
        for match in pattern.finditer(text):
            yield from _day_of_month(match, today)
    for match in MONTH.finditer(text):
        yield from _whole_month(match, today)
    for match in OF_MONTH.finditer(text):
        base = add_months(today.replace(day=1), LAST_NEXT[match["which"]])
        found = month_day(base.year, base.month, int(match["day"]))
        if found is not None:
            yield When(match.start("day"), match.end(), found)
    for match in (*ON_THE.finditer(text), *NAMED_DAY.finditer(text)):
        again = monthly(int(match["day"]))
        yield When(match.start("day"), match.end(), again(today), again=again)


def _day_of_month(match: re.Match[str], today: date) -> Iterator[When]:
    groups = match.groupdict()
    day = int(groups["day"]) if groups.get("day") else DAYS_IN_WORDS.index(groups["word"]) + 1
    month = MONTHS[groups["month"]]
    if groups.get("year"):
        found = month_day(int(groups["year"]), month, day)
        if found is not None:
            yield When(match.start(), match.end(), found)
    elif month_day(LEAP_YEAR, month, day) is not None:
        again = yearly(month, day)
        yield When(match.start(), match.end(), again(today), again=again)


def _whole_month(match: re.Match[str], today: date) -> Iterator[When]:
    name, before = match["month"], (match["before"] or "").strip()
    if name in ALSO_WORDS and not before and not match["year"]:
        return
    if name in ("may", "march") and before in ("this", "for"):
        return
    month = MONTHS[name]
    if match["year"]:
        first, last = month_range(int(match["year"]), month)
    elif before == "last":
        first, last = month_range(today.year - (month >= today.month), month)
    else:
        first, last = _month(month, today)
    start = match.start() if before in ("this", "next", "last") else match.start("month")
    yield When(start, match.end(), first, last)


def _several(text: str, today: date) -> Iterator[When]:
    """Days of one month from the one to the other: Nov 24 to 26, 24-26 November."""
    for match in MONTH_DAYS.finditer(text):
        month = MONTHS[match["month"] or match["month2"]]
        first, last = int(match["day"] or match["first"]), int(match["last"] or match["last2"])
        again = yearly(month, last)
        end = month_day(int(match["year"]), month, last) if match["year"] else again(today)
        start = month_day(end.year, month, first) if end is not None and end.month == month else None
        if start is not None and end is not None and start < end:
            yield When(match.start(), match.end(), start, end)
