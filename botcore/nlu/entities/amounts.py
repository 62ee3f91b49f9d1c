"""What numbers count: money, shares, quantities, lengths of time, places in a row; and numbers that count nothing.

Numbers are found once (`numbers.find_numbers`); what stands right before and after each says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from botcore.nlu.entities.durations import duration_value, durations_of
from botcore.nlu.entities.numbers import ONES, Mention, Number, chinese, plain, read_number
from botcore.nlu.entities.pieces import Piece, Reading, words
from botcore.nlu.entities.units import BEFORE_MONEY, CENTS, MONEY, UNITS

LATIN_END = r"(?![a-z0-9])"
HAN_MONEY = [name for name in MONEY if not name.isascii()]
LATIN_MONEY = [name for name in MONEY if name.isascii() and name.isalpha() or " " in name]
SIGNS = [name for name in MONEY if name not in HAN_MONEY and name not in LATIN_MONEY]
DIGIT = "[0-9零一二三四五六七八九]"
COUNTED = "[个件斤双盒箱瓶包袋套杯罐份位次张条只克公千]"
AFTER_MONEY = re.compile(
    rf" ?(?P<rough>[多来几])?(?:(?P<name>{words([re.escape(n) for n in HAN_MONEY])}|(?:{words(LATIN_MONEY)}){LATIN_END}"
    rf"|{words([re.escape(n) for n in SIGNS])})"
    rf"|(?P<cents>{words([re.escape(n) for n in CENTS if not n.isascii()])}|(?:cents?|pence){LATIN_END}))"
)
TAIL_OF_MONEY = re.compile(
    rf"(?P<tenth>{DIGIT})(?![0-9.]|{COUNTED})(?:[毛角](?:(?P<hundredth>{DIGIT})分?)?)?|半(?![个斤天年小])"
)
AND_CENTS = re.compile(r"(?:,| and)? (\d{1,2}) (?:cents?|pence)(?![a-z])")
BEFORE = re.compile(rf"(?:^|[^a-z])({words([re.escape(n) for n in BEFORE_MONEY])})[ :]?$")
NOT_MONEY = re.compile("[儿去来走发送]|钱包|手表|布|蛋糕|豆腐|屏|电池")
PERCENT = re.compile(rf" ?(?:%|(?:percent|per cent|pct){LATIN_END}|个百分点|成(?![功为员人本就交熟立长套品份都]))")
HAN_UNITS = [name for name in UNITS if not name.isascii() and name[0] != "°"]
LATIN_UNITS = [name for name in UNITS if name not in HAN_UNITS]
UNIT = re.compile(
    rf" ?[多来]?(?:(?P<han>(?:大|小)?(?:{words(HAN_UNITS)}))|(?P<latin>(?:{words(LATIN_UNITS)}){LATIN_END}))"
)
NOT_UNITS = re.compile(
    "个(?:多?月|多?小时|星期|礼拜|钟|工作日|百分点)|次(?:元|日)|人民币|名(?:字|称)|位(?:置|于)|条(?:件|款)|件事|单(?:号|价|独|子)|张(?:家|先|女|小)"
    "|包(?:邮|裹|括|装|含|退|换|月|年)|套(?:餐|路)|回(?:复|来|去|答|家)|对(?:不|吗|的|了|方)|份(?:额)|本(?:来|人|店)|把(?=[我你它他这那])"
    "|支(?:付|持)|只(?:有|能|是|要)|部(?:分|门)|台(?:湾|北|币)|打(?:折|电|算|包|不|开|扰)|根(?:据|本)|样(?:子)|款(?:式|项)|两(?=[个件双])"
    "|间隔|晚(?:上|点|了|到|饭)|升级|米(?:饭|粉)|克(?:服|隆)|寸步|人(?:工|家|在)|伏(?:天)|卷(?:子)"
)
OF_MEMORY = re.compile(" ?(?:内存|运存|存储|硬盘|固态|流量|显存|u盘|ram|storage|memory|ssd)")
OF_NETWORKS = re.compile(" ?(?:网|手机|信号|套餐|基站|network|phone|signal)")
RATIO = re.compile("分之$")
CUTS = {"百分之": 1.0, "千分之": 0.1, "万分之": 0.01}
AFTER_PLACE = "个件款条单次位种双盒套张本步位项台样点只句号行名份类场期天周年季"
ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
ORDINAL_HAN = re.compile(
    rf"倒数第(?P<back>[0-9一二三四五六七八九十]{{1,4}})[{AFTER_PLACE}]?|最后(?:一|1)[{AFTER_PLACE}]"
    rf"|(?:第|头)(?P<place>[0-9]{{1,6}}|[零一二两三四五六七八九十百千]{{1,8}})[{AFTER_PLACE}]?"
)
ORDINAL = re.compile(
    r"(?<![a-z0-9])(?:(?P<second_last>second[ -](?:to )?last)|(?P<digits>\d{1,5})(?:st|nd|rd|th)|"
    rf"(?P<word>{'|'.join(ORDINAL_WORDS)})(?! (?:of all|name|class|hand))|(?P<last>(?:the )?(?:very )?last(?= one))"
    r")(?: one)?(?![a-z0-9])"
)
IN_A_NAME = re.compile(r"[a-z][a-z0-9]*-$")
NEGATIVE = re.compile("(?:^|[ (:=])-$|负$")
SINGLE_BEFORE = re.compile("(?:^|[ ,.:;!?，。、;：！？要买是选择回复填输入个数量共为])$")
SINGLE_AFTER = re.compile("[ ,.:;!?，。、;：！？吧呢啊]|$")


def amounts(reading: Reading, mentions: list[Mention]) -> Iterator[Piece]:
    """Money, percentages, quantities, durations, ordinals and numbers."""
    durations = list(durations_of(reading, mentions))
    yield from (Piece("duration", d.start, d.end, duration_value(d)) for d in durations)
    yield from ordinals(reading)
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
            value, end = plain(value + int(more[1]) / 100), more.end()
    elif after and after["cents"] and currency is None and mention.form != "article":
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
    text = reading.folded
    after = UNIT.match(text, mention.end)
    if after is None or mention.form == "article" or NOT_UNITS.match(text, after.start()):
        return
    if (
        mention.start
        and text[mention.start - 1] in "第每"
        or RATIO.search(text[max(0, mention.start - 2) : mention.start])
    ):
        return
    name = after["han"] or after["latin"]
    end = after.end()
    unit, factor = UNITS.get(name) or UNITS[name[1:]]
    if name == "g" and OF_MEMORY.match(text, end):
        unit = "GB"
    if name == "g" and OF_NETWORKS.match(text, end):
        return
    original = reading.text[after.start("latin") : after.end("latin")] if after["latin"] else ""
    if original in ("G", "T"):
        unit = original + "B"
    if name == "m" and reading.text[after.start("latin")] == "M":
        unit = "MB"
    if name == "两" and mention.form == "digits":
        return
    value = mention.value
    if (
        name in ("一", "个")
        and mention.value == 1
        and mention.form == "han"
        and text[mention.start - 1 : mention.start] in "哪那这某另每"
    ):
        return
    if name in ("人", "位", "次", "回", "样", "条", "把", "对") and mention.value == 1 and mention.form == "han":
        return  # 一次, 一样, 一位 and the like are said of nothing that is counted
    if name == "米" and (
        more := re.match(r"[0-9]{1,2}(?![0-9.])|[一二三四五六七八九](?![一二三四五六七八九十])", text[end : end + 3])
    ):
        value = plain(value + float("0." + str(read_number(more.group()))))
        end += more.end()
    elif text.startswith("半", end) and not text.startswith(("半年", "半天", "半小", "半个"), end):
        value, end = plain(value + 0.5), end + 1
    yield Piece("quantity", mention.start, end, {"amount": plain(value * factor), "unit": unit})


def ordinals(reading: Reading) -> Iterator[Piece]:
    """Places in a row: 第三个 is 3, the last one -1, 倒数第二 -2."""
    if reading.has_han:
        for match in ORDINAL_HAN.finditer(reading.folded):
            if match["back"]:
                value = read_number(match["back"])
                if value:
                    yield Piece("ordinal", match.start(), match.end(), -value)
            elif match["place"]:
                value = read_number(match["place"])
                if value is not None and (match.group()[0] == "第" or match.group()[-1] in AFTER_PLACE):
                    yield Piece("ordinal", match.start(), match.end(), value)
            else:
                yield Piece("ordinal", match.start(), match.end(), -1)
    for match in ORDINAL.finditer(reading.folded):
        start = match.start()
        if match["digits"]:
            value = int(match["digits"])
        elif match["word"]:
            if match["word"] == "second" and re.search(
                r"(?:^|[^a-z])(?:a|per|one|each|every|split) $", reading.folded[max(0, start - 6) : start]
            ):
                continue
            if match["word"] == "first" and reading.folded[max(0, start - 3) : start] == "at ":
                continue
            value = ORDINAL_WORDS.index(match["word"]) + 1
        else:
            value = -2 if match["second_last"] else -1
            if match["last"]:
                start = match.end() - len("last one")
        yield Piece("ordinal", start, match.end(), value)


def is_number(reading: Reading, mention: Mention) -> bool:
    """Whether the mention is a number by itself: not part of a name or a saying."""
    text = reading.folded
    before, after = text[max(0, mention.start - 1) : mention.start], text[mention.end : mention.end + 1]
    if mention.form == "article" or (mention.form == "han" and before == "第"):
        return False
    if (before.isascii() and before.isalnum()) or before in ("_", "@", "#") or (after.isascii() and after.isalpha()):
        return False
    inside = text[mention.start : mention.end]
    if mention.form == "digits" and (
        IN_A_NAME.search(text[max(0, mention.start - 16) : mention.start]) or len(inside) > 15
    ):
        return False
    if mention.form == "english":
        return not (inside in ("one", "half") or inside in POINTLESS) or not (
            text[: mention.start] + text[mention.end :]
        ).strip(" .!?")
    if (
        after == "折"
        or (after == "后" and re.fullmatch(r"\d\d", inside))
        or re.match(r"\.\d", text[mention.end : mention.end + 2])
        or (before == "." and not inside.startswith("."))
    ):
        return False
    if mention.form == "han" and (len(inside) == 1 or inside in ("十分", "百十", "千百")):
        return bool(SINGLE_BEFORE.search(before)) and SINGLE_AFTER.match(after) is not None
    return not (mention.form == "han" and inside in ("一一", "三三", "三三两两", "一二", "七八"))


POINTLESS = frozenset({"a couple", "a couple of", *(word for word in ONES if word == "one")})
__all__ = ["amounts", "chinese", "ordinals"]
