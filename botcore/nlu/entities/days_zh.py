"""Days in Chinese: 明天, 下周三, 本周末, 下个月3号, 2026年11月24日, 国庆节, 三天后."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from botcore.nlu.entities.festivals import FESTIVALS, HOLIDAYS
from botcore.nlu.entities.numbers import read_number
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
    "大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "昨": -1, "今天": 0, "今日": 0, "今儿": 0, "今": 0,
    "明天": 1, "明日": 1, "明儿": 1, "明": 1, "后天": 2, "后日": 2, "大后天": 3,
}  # fmt: skip
EVENING = {"晚": "晚上", "晚上": "晚上", "夜": "晚上", "夜里": "晚上", "早": "早上", "晨": "早上", "早上": "早上"}
LAST_NEXT = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}
YEARS = {"前年": -2, "去年": -1, "今年": 0, "本年": 0, "明年": 1, "后年": 2, "来年": 1}
WEEKDAYS = {
    "一": 0,
    "二": 1,
    "三": 2,
    "四": 3,
    "五": 4,
    "六": 5,
    "日": 6,
    "天": 6,
    "1": 0,
    "2": 1,
    "3": 2,
    "4": 3,
    "5": 4,
    "6": 5,
    "7": 6,
}
N = "零〇一二三四五六七八九十"
MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|(?:二十|[十廿])[一二三四五六七八九]?|[一二三四五六七八九])"
YEAR = r"(?:(?:19|20)\d\d|[一二][零〇九][零〇一二三四五六七八九]{2})"
NOT_A_DAY = "(?![线楼店门柜机码仓厅房桌馆口院床线路文库技链件段位脚球馆版])"
NEAR_DAY = re.compile(
    r"(?:(?P<near>大?[前后]天|[今明昨]天|[前昨今明后]日(?!本|常|期)|[今明]儿|(?:收到)?当天)"
    r"|(?P<tied>[今明昨当])(?P<part>晚上?|夜里?|早上?|晨))"
)
WEEK = re.compile(
    r"(?<!每)(?<!每个)(?P<which>上上|下下|[上下这本当])?个?(?P<name>周|星期|礼拜)"
    r"(?:(?P<end>末|六、?(?:周|星期)?[日天])|(?P<day>[一二三四五六日天]|[1-7](?![\d天个年次周月折])))?(?![期围])"
)
DATE = re.compile(
    rf"(?<![\d{N}])(?:(?P<year>{YEAR})(?: ?年) ?|(?P<near>[去今明后前来]年的?) ?|(?P<which>上上|下下|[上下这本当])个?"
    rf"(?=月))?"
    rf"(?:(?P<month>{MONTH}) ?月(?!饼|球|光|子|票)|(?P<bare>月)(?=[初底末中\d一二三十]))"
    rf"(?:份)?(?: ?(?P<day>{DAY}) ?(?:[日号](?!线|店|楼)|(?=[ ,。!?到至~-]|$|之?[前后]|上午|下午|晚|早))|"
    rf"(?P<part>[初底末]|月底|中旬|上旬|下旬|初))?"
)
WHOLE_MONTH = re.compile(r"(?P<which>上上|下下|[上下这本当])个?月(?:份)?(?! ?[\d一二三四五六七八九十初底末])")
DAY_ONLY = re.compile(
    rf"(?<![\d{N}第月单年.:/#a-z-])(?P<day>3[01]|[12]\d|0?[1-9]|三十一?|二十[一二三四五六七八九]?"
    rf"|十[一二三四五六七八九]?|[一二三四五六七八九])(?:号|日(?!元|本|语|式|币|均|常)){NOT_A_DAY}"
)
YEAR_PART = re.compile(
    rf"(?<![\d{N}])(?:(?P<year>{YEAR})年|(?P<near>[去今明后前来]年))(?!的?(?:{words(list(FESTIVALS))}))"
    rf"(?P<part>年?[底初末])?|年底|年末"
)
FESTIVAL = re.compile(
    rf"(?<![{N}\da-z])(?:(?:(?P<year>{YEAR})年|(?P<near>[去今明后前来]年))的?)?"
    rf"(?P<name>{words([n for n in FESTIVALS if not n.isascii()])}|618(?=大促|活动|的|期间|$))(?P<holiday>期间|假期"
    rf"|放假期间|长假|小长假|黄金周|假日)?"
    rf"|(?:大年|正月|年)初(?P<lunar>[一二三四五六七八九十])(?!月)"
)
PLAIN_MONTH = {"初": 1, "上旬": 1, "中旬": 11, "下旬": 21}


def days_zh(reading: Reading) -> Iterator[When]:
    """Every day and stretch of days that Chinese words name."""
    text, today = reading.folded, reading.today
    if not reading.has_han:
        return
    for signs, pattern, reads in RULES:
        if not signs or any(sign in text for sign in signs):
            for match in pattern.finditer(text):
                yield from reads(match, today)


def _near(match: re.Match[str], today: date) -> Iterator[When]:
    name = match["near"] or match["tied"]
    if name.endswith("当天") or name == "当":
        return
    first = today + timedelta(NEAR[name])
    if match["part"]:
        part = EVENING[match["part"]]
        begin, end = PARTS[part]
        yield When(match.start(), match.end(), first, clock=begin * HOUR_S, until=end * HOUR_S, part=part)
    else:
        yield When(match.start(), match.end(), first)


def _week(match: re.Match[str], today: date) -> Iterator[When]:
    which, start, end = match["which"], match.start(), match.end()
    monday = today - timedelta(today.weekday()) + timedelta(7 * LAST_NEXT.get(which or "这", 0))
    if match["day"]:
        weekday = WEEKDAYS[match["day"]]
        if which:
            yield When(start, end, monday + timedelta(weekday))
        else:
            yield When(
                start, end, on_or_after(today, weekday), again=lambda day: on_or_after(day, weekday), weekday=weekday
            )
    elif match["end"] and (match["name"] == "周" or match["end"] != "末"):
        yield When(start, end, monday + timedelta(5), monday + timedelta(6))
    elif which and not match["end"] and which != "当":
        yield When(start, end, monday, monday + timedelta(6))


def _year_of(match: re.Match[str], today: date) -> int | None:
    if match["year"]:
        return int(read_number(match["year"].replace("○", "〇")) or 0)
    if match["near"]:
        return today.year + YEARS[match["near"].removesuffix("的")]
    return None


def _date(match: re.Match[str], today: date) -> Iterator[When]:
    start, end = match.span()
    year, which = _year_of(match, today), match["which"]
    if match["bare"]:
        base = add_months(today.replace(day=1), LAST_NEXT.get(which or "这", 0))
        if not which and match["part"] not in ("初", "底", "末"):
            return
        month, year = base.month, base.year
    else:
        month = int(read_number(match["month"]) or 0)
    if not match["day"]:
        yield from _month(match, today, year, month)
        return
    day = int(read_number(match["day"]) or 0)
    if year is not None:
        found = month_day(year, month, day)
        if found is not None:
            yield When(start, end, found)
    elif month_day(LEAP_YEAR, month, day) is not None:
        again = yearly(month, day)
        yield When(start, end, again(today), again=again)


def _month(match: re.Match[str], today: date, year: int | None, month: int) -> Iterator[When]:
    """A month, its first or last day, or a third of it."""
    start, end, part = match.start(), match.end(), match["part"]
    first, last = month_range(year or (today.year if month >= today.month else today.year + 1), month)
    if part in ("底", "末", "月底"):
        yield When(start, end, last)
    elif part == "初":
        is_over = first < today and not match["which"]
        yield When(start, end, add_months(first, 1) if is_over and match["bare"] else first)
    elif part:
        begin = first.replace(day=PLAIN_MONTH[part])
        yield When(start, end, begin, last if part == "下旬" else begin + timedelta(9))
    elif not match["bare"]:
        yield When(start, end, first, last)


def _whole_month(match: re.Match[str], today: date) -> Iterator[When]:
    first = add_months(today.replace(day=1), LAST_NEXT[match["which"]])
    yield When(match.start(), match.end(), first, month_range(first.year, first.month)[1])


def _day_only(match: re.Match[str], today: date) -> Iterator[When]:
    day = int(read_number(match["day"]) or 1)
    if match.group()[-1] == "号" or match.group()[0].isdigit():
        yield When(match.start(), match.end(), monthly(day)(today), again=monthly(day))


def _year(match: re.Match[str], today: date) -> Iterator[When]:
    year = _year_of(match, today) or today.year
    if (match["part"] or "").endswith("初"):
        yield When(match.start(), match.end(), date(year, 1, 1))
    elif match["part"] or not (match["year"] or match["near"]):
        yield When(match.start(), match.end(), date(year, 12, 31))
    else:
        yield When(match.start(), match.end(), date(year, 1, 1), date(year, 12, 31))


def _festival(match: re.Match[str], today: date) -> Iterator[When]:
    year, name, later = _year_of(match, today), match["name"] or "春节", 0
    if match["lunar"]:
        later = int(read_number(match["lunar"]) or 1) - 1
    yield from festival(match.start(), match.end(), name, year, today, later=later, is_holiday=bool(match["holiday"]))


def festival(
    start: int, end: int, name: str, year: int | None, today: date, *, later: int = 0, is_holiday: bool = False
) -> Iterator[When]:
    """A feast day of a year, or the next to come; the days off around it for a holiday."""
    on = FESTIVALS[name]
    found = [
        day + timedelta(later) for each in ([year] if year else range(today.year, today.year + 2)) if (day := on(each))
    ]
    days = [day for day in found if year or day >= today] or found[-1:]
    if not days:
        return
    if is_holiday and name in HOLIDAYS and HOLIDAYS[name] != (0, 0):
        before, after = HOLIDAYS[name]
        yield When(start, end, days[0] + timedelta(before), days[0] + timedelta(after))
    else:
        yield When(start, end, days[0], again=None if year else again_of(name, later))


def again_of(name: str, later: int = 0) -> Callable[[date], date]:
    """The first such feast on or after a day."""
    on = FESTIVALS[name]

    def again(start: date) -> date:
        for year in range(start.year - 1, start.year + 3):
            day = on(year)
            if day is not None and day + timedelta(later) >= start:
                return day + timedelta(later)
        return start

    return again


Reads = Callable[[re.Match[str], date], Iterator[When]]
RULES: tuple[tuple[str, re.Pattern[str], Reads], ...] = (
    ("天日儿晚夜早晨", NEAR_DAY, _near),
    ("周期拜", WEEK, _week),
    ("月", DATE, _date),
    ("月", WHOLE_MONTH, _whole_month),
    ("号日", DAY_ONLY, _day_only),
    ("年", YEAR_PART, _year),
    ("", FESTIVAL, _festival),
)
"""What a text must hold one of, what is then looked for, and what reads it."""
