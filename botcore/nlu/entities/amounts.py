"""What numbers count: money, shares, quantities, lengths of time, places in a row; and numbers that count nothing.

Numbers are found once (`numbers.find_numbers`); what stands right before and after each says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from botcore.nlu.entities.durations import Duration, duration_value
from botcore.nlu.entities.numbers import ORDINAL_WORDS, Mention, Number, plain, read_number
from botcore.nlu.entities.pieces import Piece, Reading, words
from botcore.nlu.entities.units import BEFORE_MONEY, CENTS, MONEY, UNITS

LATIN_END = r"(?![a-z0-9])"
HAN_MONEY = [name for name in MONEY if not name.isascii()]
LATIN_MONEY = [name for name in MONEY if (name.isascii() and name.isalpha()) or " " in name]
SIGNS = [name for name in MONEY if name not in HAN_MONEY and name not in LATIN_MONEY]
DIGIT = "[0-9零一二三四五六七八九]"
COUNTED = "[个件斤双盒箱瓶包袋套杯罐份位次张条只克公千]"
AFTER_MONEY = re.compile(
    rf" ?(?P<rough>[多来几])?(?:(?P<name>{words([re.escape(n) for n in HAN_MONEY])}|(?:{words(LATIN_MONEY)}){LATIN_END}"
    rf"|{words([re.escape(n) for n in SIGNS])})"
    rf"|(?P<cents>{words([re.escape(n) for n in CENTS if not n.isascii()])}|(?:cents?|pence){LATIN_END}))"
)
TAIL_OF_MONEY = re.compile(
    rf"(?P<tenth>{DIGIT})(?![0-9.]|(?!包邮){COUNTED})(?:[毛角](?:(?P<hundredth>{DIGIT})分?)?)?|半(?![个斤天年小])"
)
AND_CENTS = re.compile(r"(?:,| and)? (\d{1,2}) (?:cents?|pence)(?![a-z])| (\d\d)(?= ?(?:$|[,!?;]))")
PART_OF = re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})(?= of(?![a-z])|的)")
BEFORE = re.compile(rf"(?:^|[^a-z])({words([re.escape(n) for n in BEFORE_MONEY])})[ :]?$")
NOT_MONEY = re.compile("[儿去来走发送]|钱包|手表|布|蛋糕|豆腐|屏|电池")
NOT_CENTS = re.compile("角(?:形|星|度|尺|架|裤|巾|钢|洲|落|色)|毛(?:衣|巾|线|毯|病|利|重)")
HALF_OF = ("块", "圆", "欧", "镑", "元")
PERCENT = re.compile(rf" ?(?:%|(?:percent|per cent|pct){LATIN_END}|个百分点|成(?![功为员人本就交熟立长套品份都]))")
HAN_UNITS = [name for name in UNITS if not name.isascii() and name[0] != "°"]
LATIN_UNITS = [name for name in UNITS if name not in HAN_UNITS]
UNIT = re.compile(
    rf" ?[多来]?(?:(?P<han>(?:大|小)?(?:{words(HAN_UNITS)}))|(?P<latin>(?:{words(LATIN_UNITS)}){LATIN_END}))"
)
NOT_UNITS = re.compile(
    "个(?:都|也|多?月|多?小时|星期|礼拜|钟|工作日|百分点)|次(?:元|日)|人民币|名(?:字|称)|位(?:置|于)|条(?:件|款)|件事"
    "|单"
    "(?:号|价|独|子)|张(?:家|先|女|小)"
    "|包(?:邮|裹|括|装|含|退|换|月|年)|套(?:餐|路)|回(?:复|来|去|答|家)|对(?:不|吗|的|了|方)|份(?:额)|本(?:来|人|店)"
    "|把(?=[我你它他这那])"
    "|支(?:付|持)|只(?:有|能|是|要)|部(?:分|门)|台(?:湾|北|币)|打(?:折|电|算|包|不|开|扰|过|了|给|来|错|车|卡|的|去|进|印|这|那|我)|根(?:据|本)|样(?:子)|款"
    "(?:式|项)|两(?=[个件双])"
    "|间隔|晚(?:上|点|了|到|饭)|升级|米(?:饭|粉)|克(?:服|隆)|寸步|人(?:工|家|在)|伏(?:天)|卷(?:子)"
)
OF_MEMORY = re.compile(" ?(?:内存|运存|存储|硬盘|固态|流量|显存|u盘|ram|storage|memory|ssd)")
OF_NETWORKS = re.compile(" ?(?:网|手机|信号|套餐|基站|network|phone|signal)")
AFTER_METRES = re.compile("[0-9]{1,2}(?![0-9.])|[一二三四五六七八九]{1,2}(?![一二三四五六七八九十])")
CUTS = {"百分之": 1.0, "千分之": 0.1, "万分之": 0.01}
NOT_ORDINAL = re.compile(r"(?:^|[^a-z])(?:(?:a|per|one|each|every|split) second|at first)$")
AFTER_PLACE = "个件款条单次位种双盒套张本步位项台样点只句号行名份类场期天周年季"
ORDINAL_HAN = re.compile(
    rf"倒数第(?P<back>[0-9一二三四五六七八九十]{{1,4}})[{AFTER_PLACE}]?|最后(?:一|1)[{AFTER_PLACE}]"
    rf"|(?:第|头)(?P<place>[0-9]{{1,6}}|[零一二两三四五六七八九十百千]{{1,8}})[{AFTER_PLACE}]?"
)
ORDINAL = re.compile(
    r"(?<![a-z0-9])(?:(?P<second_last>second[ -](?:to )?last)|(?P<digits>\d{1,5})(?:st|nd|rd|th)|"
    rf"(?P<word>{'|'.join(ORDINAL_WORDS)})(?! (?:of all|name|class|hand|thing))|(?P<last>(?:the )?(?:very )?last one)"
    r")(?: one)?(?![a-z0-9])"
)
IN_A_NAME = re.compile(r"[a-z][a-z0-9]*-$")
GOES_ON = re.compile(r"\.\d")
LONGEST = 15
ALONE_ONLY = ("one", "half", "a couple", "a couple of")
VAGUE = ("十分", "百十", "千百", "一一", "三三", "三三两两")
ONE_OF_NOTHING = tuple("人位次回样条把对")
NEGATIVE = re.compile("(?:^|[ (:=])-$|负$")
SINGLE_BEFORE = re.compile("(?:^|[ ,.:;!?，。、;：！？要买是选择回复填输入个数量共为])$")
SINGLE_AFTER = re.compile("[ ,.:;!?，。、;：！？吧呢啊]|$")


def amounts(reading: Reading, mentions: list[Mention], durations: list[Duration]) -> Iterator[Piece]:
    """Money, percentages, quantities, durations, ordinals and numbers."""
    yield from (Piece("duration", d.start, d.end, duration_value(d)) for d in durations)
    yield from ordinals(reading)
    if "/" in reading.folded:
        for match in PART_OF.finditer(reading.folded):
            if int(match[2]):
                yield Piece("number", match.start(), match.end(), plain(int(match[1]) / int(match[2])))
    at_end = {mention.end: mention for mention in mentions}
    for mention in mentions:
        yield from money(reading, mention)
        yield from shares(reading, mention, at_end)
        yield from quantity(reading, mention)
        if is_number(reading, mention):
            sign = NEGATIVE.search(reading.folded[max(0, mention.start - 2) : mention.start])
            start, value = (mention.start - 1, -mention.value) if sign else (mention.start, mention.value)
            yield Piece("number", start, mention.end, value)


def money(reading: Reading, mention: Mention) -> Iterator[Piece]:
    """Amount and currency: ¥300, 三百二十元, 3块5, 五毛, twenty bucks."""
    text, start, end, value = reading.folded, mention.start, mention.end, mention.value
    if text[start:end] == "半" and text.startswith(HALF_OF, end) and not text.startswith("块钱", end):
        return  # 半块, 半圆
    before = BEFORE.search(text[max(0, start - 5) : start]) if mention.form != "article" else None
    currency = BEFORE_MONEY[before[1]] if before else None
    if before:
        start -= len(before.group()) - before.start(1) + before.start()
    after = AFTER_MONEY.match(text, end)
    if (
        after
        and after["name"]
        and not (after["name"] in ("块", "圆", "欧", "镑") and NOT_MONEY.match(text, after.end()))
    ):
        if after["name"] in ("pounds", "pound") and currency is None and "weigh" in text:
            yield Piece("quantity", start, after.end(), {"amount": value, "unit": "lb"})
            return
        currency = currency or MONEY[after["name"]]
        end = after.end()
        if after["name"] in ("块", "元", "块钱") and value == int(value):
            value, end = _with_tail(text, value, end)
        elif more := AND_CENTS.match(text, end):
            value, end = plain(value + int(more[1] or more[2]) / 100), more.end()
    elif after and after["cents"] and currency is None and mention.form != "article" and not NOT_CENTS.match(text, end):
        currency, parts = CENTS[after["cents"]]
        value, end = plain(value / parts), after.end()
        while text[end : end + 1] == "钱":
            end += 1
    if currency is None or (mention.form == "article" and currency != "USD"):
        return
    yield Piece("money", start, end, {"amount": value, "currency": currency})


def _with_tail(text: str, value: Number, end: int) -> tuple[Number, int]:
    """What follows 块: 三块五 is 3.5, 三块五毛二 3.52, 三块半 3.5."""
    tail = TAIL_OF_MONEY.match(text, end)
    if tail is None:
        return value, end
    if tail["tenth"] is None:
        return plain(value + 0.5), tail.end()
    tenth = read_number(tail["tenth"]) or 0
    hundredth = read_number(tail["hundredth"]) if tail["hundredth"] else 0
    return plain(value + tenth / 10 + (hundredth or 0) / 100), tail.end()


def shares(reading: Reading, mention: Mention, at_end: dict[int, Mention]) -> Iterator[Piece]:
    """Percentages (50 %, 百分之五十, 三成) and fractions (三分之二)."""
    text = reading.folded
    after = PERCENT.match(text, mention.end)
    if after and mention.form != "article":
        value = plain(mention.value * 10) if after.group().strip() == "成" else mention.value
        yield Piece("percentage", mention.start, after.end(), value)
        return
    if not text.startswith("分之", max(0, mention.start - 2)) or mention.start < 3:
        return
    whole = text[mention.start - 3 : mention.start]
    if whole in CUTS:
        yield Piece("percentage", mention.start - 3, mention.end, plain(mention.value * CUTS[whole]))
        return
    below = at_end.get(mention.start - 2)
    if below is not None and below.value:
        yield Piece("number", below.start, mention.end, plain(mention.value / below.value))


def quantity(reading: Reading, mention: Mention) -> Iterator[Piece]:
    """Amount and unit: 3件, 两斤半, 1米75, 20kg, three pairs."""
    text, end = reading.folded, mention.end
    after = UNIT.match(text, end)
    if after is None or mention.form == "article" or NOT_UNITS.match(text, after.start()):
        return
    before = text[max(0, mention.start - 2) : mention.start]
    name = after["han"] or after["latin"]
    if before[-1:] in tuple("第每") or before == "分之" or _is_saying(name, mention, before[-1:]):
        return
    unit, factor = _unit(reading, name, after)
    if not unit:
        return
    value, end = _more_of_unit(text, name, mention.value, after.end())
    yield Piece("quantity", mention.start, end, {"amount": plain(value * factor), "unit": unit})


def _is_saying(name: str, mention: Mention, before: str) -> bool:
    """Whether the words count nothing: 一次, 一样, 哪一个, and 2两, which is 二两 to no one."""
    if name == "两":
        return mention.form == "digits"
    if mention.value != 1 or mention.form != "han":
        return False
    return name in ONE_OF_NOTHING or (name == "个" and before in tuple("哪那这某另"))


def _unit(reading: Reading, name: str, after: re.Match[str]) -> tuple[str, float]:
    """The unit's own name and how many of it one is; a capital G or T is a size of memory."""
    unit, factor = UNITS.get(name) or UNITS[name[1:]]
    if name not in ("g", "t", "m"):
        return unit, factor
    if name == "g" and OF_NETWORKS.match(reading.folded, after.end()):
        return "", 1
    is_capital = reading.text[after.start("latin")].isupper()
    is_memory = (is_capital and name != "m") or (name == "g" and OF_MEMORY.match(reading.folded, after.end()))
    return (name.upper() + "B" if is_memory else "MB" if is_capital else unit), factor


def _more_of_unit(text: str, name: str, value: Number, end: int) -> tuple[Number, int]:
    """What follows the unit: 1米75 is 1.75, 两斤半 2.5."""
    if name == "米" and (more := AFTER_METRES.match(text, end)):
        return plain(value + float("0." + str(read_number(more.group())))), more.end()
    if text.startswith("半", end) and not text.startswith(("半年", "半天", "半小", "半个"), end):
        return plain(value + 0.5), end + 1
    return value, end


def ordinals(reading: Reading) -> Iterator[Piece]:
    """Places in a row: 第三个 is 3, the last one -1, 倒数第二 -2."""
    text = reading.folded
    for match in ORDINAL_HAN.finditer(text) if reading.has_han else ():
        written = match["back"] or match["place"]
        value = read_number(written) if written else -1
        is_plain = match["place"] and match.group()[0] != "第" and match.group()[-1] not in AFTER_PLACE
        if value and not is_plain:
            yield Piece("ordinal", match.start(), match.end(), -value if match["back"] else value)
    for match in ORDINAL.finditer(text):
        start, word = match.start(), match["word"]
        if word and NOT_ORDINAL.search(text[max(0, start - 6) : start] + word):
            continue
        if match["last"]:
            start = match.end() - len("last one")
        value = int(match["digits"]) if match["digits"] else -2 if match["second_last"] else -1
        yield Piece("ordinal", start, match.end(), ORDINAL_WORDS.index(word) + 1 if word else value)


def is_number(reading: Reading, mention: Mention) -> bool:
    """Whether the mention is a number by itself: not part of a name or a saying."""
    text, start, end = reading.folded, mention.start, mention.end
    before, after, inside = text[max(0, start - 1) : start], text[end : end + 1], text[start:end]
    if mention.form == "article" or before in ("_", "@", "#", "第") or after == "折":
        return False
    if (before.isascii() and before.isalnum()) or (after.isascii() and after.isalpha()):
        return False
    if mention.form == "english":
        return inside not in ALONE_ONLY or not (text[:start] + text[end:]).strip(" .!?")
    if mention.form == "han" and (len(inside) == 1 or inside in VAGUE):
        return bool(SINGLE_BEFORE.search(before)) and SINGLE_AFTER.match(after) is not None
    return (
        mention.form != "digits"
        or not (
            len(inside) > LONGEST
            or (inside[0] == "0" and inside[1:2].isdecimal())  # 02115: a code, no count
            or before == "."
            or IN_A_NAME.search(text[max(0, start - 16) : start])
            or GOES_ON.match(text, end)
            or (after == "后" and len(inside) == 2)  # 90后: those born in the nineties
        )
    )
