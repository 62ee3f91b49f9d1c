"""Times of day: 15:30, 3pm, 下午3点一刻, half past seven, noon, 9点到11点; and the parts of the day."""

from __future__ import annotations

import re
from collections.abc import Iterator

from botcore.nlu.entities.numbers import ONES, TIES, read_number
from botcore.nlu.entities.pieces import Reading, words
from botcore.nlu.entities.when import HOUR_S, PARTS, When, seconds_of

N = "零〇一二两三四五六七八九十"
HAN_PARTS = [name for name in PARTS if not name.isascii() and name not in ("早", "晚")]
HOUR = r"(?:2[0-4]|1\d|0?\d|二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
MINUTE = r"(?:[0-5]\d(?!\d)|[二三四五]?十[一二三四五六七八九]?|[零〇][一二三四五六七八九])"
MINUTES = (
    rf"(?:[钟整]|(?P<half>半)|(?P<quarter>[一三])刻钟?|过?(?:(?P<minute>{MINUTE})(?!年|月|天|个|块|元|件)分?(?!钟|之)"
    rf"|(?P<few>[1-9一二三四五六七八九])分(?!钟|之)))?"
)
HAN_BEGINS = "".join(sorted({name[0] for name in HAN_PARTS})) + f"晚差0-9{N}"
HAN_CLOCK = re.compile(
    rf"(?=[{HAN_BEGINS}])(?:(?P<part>{words(HAN_PARTS)}|(?<![今明昨当])晚) ?的? ?)?"
    rf"(?:差(?P<less>一刻|[1-5]?[0-9]|[一二三四五]?十?[一二三四五六七八九]?)分?钟? ?(?:到)?)?"
    rf"(?<![\d.:])(?P<hour>{HOUR}) ?(?:点|时(?![候间常尚段代光期]))(?!\d(?!\d)){MINUTES}"
    rf"(?P<before>差(?P<less2>一刻|[一二三四五]?十?[一二三四五六七八九]?|[1-5]?\d)分?)?"
)
HAN_RANGE = re.compile(
    rf"(?=[{HAN_BEGINS}])(?:(?P<part>{words(HAN_PARTS)}|(?<![今明昨当])晚) ?)?(?<![\d.:{N}])(?P<hour>{HOUR}) ?"
    rf"(?P<sign>点|时)?"
    rf"(?P<half>半)? ?(?:[-~到至]|——|—) ?(?P<part2>{words(HAN_PARTS)}|(?<![今明昨当])晚)?"
    rf"(?P<hour2>{HOUR}) ?(?:点|时(?![候间常尚段代光期])){MINUTES.replace('half', 'half2')}"
)
NOT_A_TIME = re.compile("(?:建议|要求|意见|原因|问题|疑问|好处|理由|点|都|也|儿|不|小)")
AFTER_WEEKDAY = re.compile(f"(?:周|星期|礼拜)[{N}]$")
BEFORE_ONE = re.compile("[天日号午上一二三四五六]$|[今明]晚$|[今明]早$")
AFTER_ONE = re.compile("左右|之?前|以前|之?后|以后|到|至|开|钟")
DAILY = re.compile(rf"[早朝](?P<a>{HOUR})点?(?:半|到|至)?晚(?P<b>{HOUR})(?:点(?!钟头))?(?![件个天])")
HAN_PART = re.compile(rf"(?P<part>{words(HAN_PARTS)})(?!好|安|\d|[{N}]+点)")
HAN_NOON = re.compile("(?:中午|正午)(?!好)")
COLON = re.compile(r"(?<![a-z0-9_.:/])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?!\d|:\d)")
BEFORE_COLON = re.compile(rf"({words(HAN_PARTS)}|(?<![今明昨当])晚) ?$")
HOURS = {word: value for word, value in ONES.items() if 1 <= value <= 12}
H = rf"(?P<hour>1[0-2]|0?[1-9]|{words(list(HOURS))})"
AM = r"(?P<half>[ap])(?:\.m\.?|m)(?![a-z0-9])"
IN_THE = r"(?: in the (?P<part>morning|afternoon|evening)| at (?P<night>night))?"
EN_AM = re.compile(rf"(?<![a-z0-9_.:]){H}(?:[:.](?P<minute>[0-5]\d))?(?::(?P<second>[0-5]\d))? ?{AM}")
MINUTE_WORDS = {
    **{word: value for word, value in ONES.items() if value < 20},
    **{word: value for word, value in TIES.items() if value <= 50},
}
PAST = re.compile(
    rf"(?<![a-z0-9_.:])(?:(?P<quarter>half|(?:a )?quarter)|(?P<count>twenty[- ]five|{words(list(MINUTE_WORDS))}"
    rf"|[1-5]?\d)(?P<word> minutes?| mins?)?) (?P<side>past|to|after|before|till) "
    rf"{H}(?: ?{AM})?(?![a-z0-9_:]|\.\d){IN_THE}"
)
OCLOCK = re.compile(
    rf"(?<![a-z0-9_.:])(?:{H} ?o'? ?clock|(?P<hour2>{words(list(HOURS))}) (?P<minute>thirty|fifteen|forty[- ]five"
    rf"|o'five|twenty|ten|fifty)(?![a-z0-9_-]))(?: ?{AM})?{IN_THE}"
)
AT = re.compile(
    rf"(?<![a-z0-9])(?:at|by|until|till|before|after|since|around|about) {H}(?: (?P<minute>thirty|fifteen"
    rf"|forty[- ]five))?"
    r"(?: in the (?P<part>morning|afternoon|evening)| at (?P<night>night)|(?= ?(?:$|[,.!?;)](?!\d)|(?:on|tomorrow"
    r"|today|tonight|this|next|sharp|or|and|please|to|if|when|for|is|works?|would|would|ok|so|but|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday)(?![a-z]))))"
)
HOUR_IN = re.compile(
    rf"(?<![a-z0-9_.:/]){H}(?::(?P<minute>[0-5]\d))?(?: in the (?P<part>morning|afternoon|evening)| at "
    rf"(?P<night>night)|(?= tonight))(?![a-z])"
)
DOTTED = re.compile(
    r"(?<![a-z])(?:at|by|until|till|from|before|after) (?P<hour>[01]?\d|2[0-3])\.(?P<minute>[0-5]\d)(?![\d.%])"
)
SIDE = re.compile(" (?:past|to|after|before|till) ")
NAMED = re.compile(r"(?<![a-z])(?P<name>noon|midday|midnight)(?![a-z])")
EN_PART = re.compile(
    r"(?<![a-z])(?:(?P<which>this|in the|during the) )?(?P<early>early )?(?P<part>mornings?|afternoons?|evenings?"
    r"|nights?)(?![a-z])"
)
EN_RANGE = re.compile(
    rf"(?<![a-z0-9_.:])(?:(?P<lead>from|between) )?(?P<a>1[0-2]|0?[1-9]|{words(list(HOURS))})(?::(?P<am>[0-5]\d))? ?"
    rf"(?:(?P<ah>[ap])\.?m\.?)? ?(?:-|–|~|to|and|until|till) ?"
    rf"(?P<b>1[0-2]|0?[1-9]|{words(list(HOURS))})(?::(?P<bm>[0-5]\d))? ?(?:(?P<bh>[ap])(?:\.m\.?|m)(?![a-z])"
    r"|(?P<bpart> in the (?:morning|afternoon|evening))|(?P<open>(?= ?(?:$|[,.!?;)](?!\d)|(?:on|tomorrow|today|this"
    r"|next|monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?![a-z])))))"
)


def clocks(reading: Reading) -> Iterator[When]:
    """Every time of day that the text names."""
    if reading.has_han:
        yield from _han(reading)
    if ":" in reading.folded:
        for match in COLON.finditer(reading.folded):
            yield from _colon(match, reading.folded)
    yield from _english(reading)


def _han(reading: Reading) -> Iterator[When]:
    text = reading.folded
    if "点" in text or "时" in text:
        for match in HAN_RANGE.finditer(text):
            yield from _han_range(match)
        for match in HAN_CLOCK.finditer(text):
            yield from _han_clock(match, text)
    for match in DAILY.finditer(text) if "晚" in text else ():
        first, last = _seconds(match["a"], 0, "早上"), _seconds(match["b"], 0, "晚上")
        if first is not None and last is not None and first < last:
            yield When(match.start(), match.end(), clock=first, until=last)
    for match in HAN_PART.finditer(text):
        begin, end = PARTS[match["part"]]
        is_noon = HAN_NOON.match(match.group()) is not None
        begin, until = (12, None) if is_noon else (begin, end * HOUR_S)
        yield When(match.start(), match.end(), clock=begin * HOUR_S, until=until, part=match["part"])


def _han_range(match: re.Match[str]) -> Iterator[When]:
    part = match["part"] or ""
    if not (match["sign"] or part or match["hour"].isdigit()):
        return
    minutes = _minutes(match["half2"], match["quarter"], match["minute"], match["few"])
    first = _seconds(match["hour"], 30 if match["half"] else 0, part)
    last = _seconds(match["hour2"], minutes, match["part2"] or part)
    if first is None or last is None:
        return
    if last <= first and not match["part2"] and last < 12 * HOUR_S:
        last += 12 * HOUR_S
    if first < last:
        raw = None if part else _raw(match["hour"])
        yield When(match.start(), match.end(), clock=first, until=last, raw=raw, part=part)


def _han_clock(match: re.Match[str], text: str) -> Iterator[When]:
    part, start, end = match["part"] or "", match.start(), match.end()
    hour_text = match["hour"]
    tail = match.group()[match.end("hour") - start :].strip()
    if _is_no_hour(match, text, len(tail) == 1):
        return
    minutes = _minutes(match["half"], match["quarter"], match["minute"], match["few"])
    seconds = _seconds(hour_text, minutes, part)
    less = match["less"] or match["less2"]
    if seconds is None:
        return
    if less:
        seconds -= 60 * (15 if less == "一刻" else int(read_number(less) or 0))
    yield When(start, end, clock=seconds, raw=None if part else _raw(hour_text), part=part)


def _is_no_hour(match: re.Match[str], text: str, is_bare: bool) -> bool:
    """Whether it only looks like an hour: 有三点建议, 快一点, the end of a longer number."""
    hour, at, end = match["hour"], match.start("hour"), match.end()
    before = text[max(0, at - 3) : at]
    if not match["part"] and hour[0] in N and before[-1:] in tuple(N) and not AFTER_WEEKDAY.search(before):
        return True
    if not is_bare:
        return False
    if NOT_A_TIME.match(text, end) or (text[end - 1] == "时" and not (match["part"] or hour.isdigit())):
        return True
    is_one = hour == "一" and not match["part"]
    return is_one and not BEFORE_ONE.search(before) and not AFTER_ONE.match(text, end)


def _minutes(half: str | None, quarter: str | None, minute: str | None, few: str | None) -> int:
    if half:
        return 30
    if quarter:
        return 15 if quarter == "一" else 45
    return int(read_number(minute or few or "0") or 0)


def _raw(hour: str) -> int | None:
    value = HOURS.get(hour, read_number(hour))
    return int(value) if value is not None and value <= 12 and not (hour.startswith("0") and len(hour) > 1) else None


def _seconds(hour: str, minute: int, part: str, second: int = 0) -> int | None:
    value = HOURS.get(hour, read_number(hour))
    if value is None or value > 24 or value != int(value):
        return None
    if not part and hour.startswith("0") and len(hour) > 1:
        return int(value) * HOUR_S + minute * 60 + second
    return seconds_of(int(value), minute, second, part)


def _colon(match: re.Match[str], text: str) -> Iterator[When]:
    before = BEFORE_COLON.search(text[max(0, match.start() - 4) : match.start()])
    part = before[1] if before else ""
    start = match.start() - (len(before.group()) if before else 0)
    seconds = _seconds(match["hour"], int(match["minute"]), part, int(match["second"] or 0))
    if seconds is not None:
        yield When(start, match.end(), clock=seconds, raw=None if part else _raw(match["hour"]), part=part)


def _half(half: str | None, part: str | None, night: str | None) -> str:
    """The part of the day that am, pm or words after the hour say."""
    if half:
        return "am" if half == "a" else "pm"
    return "evening" if night else part or ""


def _at(hour: str, minute: int, half: str) -> int | None:
    value = HOURS.get(hour) or int(hour)
    if half in ("am", "pm"):
        return (value % 12 + (12 if half == "pm" else 0)) * HOUR_S + minute * 60
    return _seconds(hour, minute, half)


def _english(reading: Reading) -> Iterator[When]:
    text = reading.folded
    for pattern in (EN_AM, OCLOCK, AT, DOTTED, HOUR_IN):
        for match in pattern.finditer(text):
            yield from _hour(match)
    if SIDE.search(text):
        for match in PAST.finditer(text):
            yield from _past(match, text)
    for match in NAMED.finditer(text):
        hour = 24 if match["name"] == "midnight" else 12
        yield When(match.start(), match.end(), clock=hour * HOUR_S, part=match["name"])
    for match in EN_PART.finditer(text):
        yield from _part(match, reading)
    for match in EN_RANGE.finditer(text):
        yield from _range(match)


def _hour(match: re.Match[str]) -> Iterator[When]:
    groups = match.groupdict()
    half = _half(groups.get("half"), groups.get("part"), groups.get("night"))
    name = "hour" if groups["hour"] else "hour2"
    seconds = _at(groups[name], _spoken_minute(groups.get("minute")), half)
    if seconds is not None:
        start = match.start(name)  # `at` and `by` are not part of it
        yield When(start, match.end(), clock=seconds, raw=None if half else _raw(groups[name]), part=half)


def _spoken_minute(word: str | None) -> int:
    return int(read_number(word.replace("o'", "")) or 0) if word else 0


def _past(match: re.Match[str], text: str) -> Iterator[When]:
    if match["quarter"]:
        minutes = 30 if match["quarter"] == "half" else 15
    else:
        minutes = int(read_number(match["count"].replace("-", " ")) or 0)
        is_plain = match["word"] is None and (match["side"] != "past")
        if minutes >= 60 or (
            is_plain and not re.search(r"(?:at|by|until) $", text[max(0, match.start() - 6) : match.start()])
        ):
            return
    if match["side"] in ("to", "before", "till"):
        minutes = -minutes
    half = _half(match["half"], match["part"], match["night"])
    seconds = _at(match["hour"], 0, half)
    if seconds is not None:
        yield When(
            match.start(),
            match.end(),
            clock=seconds + 60 * minutes,
            raw=None if half else _raw(match["hour"]),
            part=half,
        )


def _part(match: re.Match[str], reading: Reading) -> Iterator[When]:
    part = match["part"].removesuffix("s")
    if reading.folded[max(0, match.start() - 5) : match.start()] == "good ":
        return
    begin, end = PARTS[part]
    first = reading.today if match["which"] == "this" else None
    is_loose = match["which"] is None
    start = (
        match.start() if match["which"] == "this" else match.start("early") if match["early"] else match.start("part")
    )
    end = end - 3 if match["early"] and part == "morning" else end
    yield When(start, match.end(), first, clock=begin * HOUR_S, until=end * HOUR_S, part=part, is_loose=is_loose)


def _range(match: re.Match[str]) -> Iterator[When]:
    if match["open"] is not None and (match["lead"] is None or match["a"] == match["b"]):
        return
    if match["open"] is not None and match["ah"] and not match["bh"]:
        return
    last_half = {"a": "am", "p": "pm", None: ""}[match["bh"]]
    if match["bpart"]:
        last_half = "am" if match["bpart"].endswith("morning") else "pm"
    first_half = {"a": "am", "p": "pm", None: ""}[match["ah"]]
    last = _at(match["b"], int(match["bm"] or 0), last_half)
    first = _at(match["a"], int(match["am"] or 0), first_half or last_half)
    if first is None or last is None:
        return
    if first >= last and not first_half and last_half:
        first = _at(match["a"], int(match["am"] or 0), "am")
    if first is not None and last <= first and not last_half:
        last += 12 * HOUR_S
    if first is not None and first < last:
        is_open = not first_half and not last_half
        yield When(match.start("a"), match.end(), clock=first, until=last, raw=_raw(match["a"]) if is_open else None)
