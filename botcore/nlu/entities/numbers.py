"""Numbers in digits, in Chinese and in English words: where they stand and what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from botcore.nlu.entities.pieces import Reading

Number = int | float
MAX_MENTIONS = 500
"""More numbers than any message has that somebody wrote; what follows them is not looked at."""
MAX_DIGITS = 40
DIGITS = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    **{character: value for value, character in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
LARGE = {"万": 10**4, "亿": 10**8}
NUMERALS = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟廿卅"
SCALES = {
    "百": 100, "千": 1000, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8,
    "k": 1000, "w": 10**4, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9,
}  # fmt: skip
ONES = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TIES = {
    word: 10 * i
    for i, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
TIES["fourty"] = 40  # as it is often written
FIXED: dict[str, Number] = {"half a dozen": 6, "a couple": 2, "a couple of": 2, "half": 0.5}
POWERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
WORD = "|".join(sorted((*ONES, *TIES, *POWERS, "dozen"), key=len, reverse=True))
ARABIC = (
    r"(?<![\d.])(?:\d{1,6}⁄\d{1,2}(?![\d⁄])|\d{1,4}(?:\.\d{1,2})?[百千万]\d{1,4}[千百]?(?![\d.]|[千百])|\d{1,3}"
    r"(?:\.\d{3}){1,4},\d\d(?!\d)|\d+"
    r"(?:,\d{3}(?!\d)){0,6}(?:\.\d+)?)"
    r"(?: ?(?:(?:thousand|million|billion|hundred|k|w)(?![a-z])|[十百千]?[万亿]|[百千](?![克米瓦卡])))?"
)
CHINESE = rf"(?<![{NUMERALS}])(?:[{NUMERALS}]+(?:点[零〇一二三四五六七八九]+(?![分刻十]))?|俩|仨|半)"
COUNTED_BY_ARTICLE = (
    "second|minute|hour|day|week|month|year|fortnight|min|dollar|buck|business|working|euro|pound|yuan|cent"
)
ENGLISH = (
    rf"(?<![a-z])(?:half a dozen|a couple(?: of)?|half|an?(?= (?:{COUNTED_BY_ARTICLE}))"
    rf"|(?:a )?(?:{WORD})(?:(?: and |[ -])(?:{WORD})(?![a-z])){{0,9}}(?: and a half)?)(?![a-z])"
)
BEGINS = "0-9a-fhmnostz"  # looked at first: most characters begin no number
FIND = re.compile(rf"(?=[{BEGINS}{NUMERALS}俩仨半])(?:{ARABIC}|{CHINESE}|{ENGLISH})")
FIND_WITHOUT_HAN = re.compile(rf"(?=[{BEGINS}])(?:{ARABIC}|{ENGLISH})")
FRACTION = re.compile(r"(\d*)(\d)⁄(\d{1,2})")
"""What NFKC makes of 3½: 31⁄2. Such signs have one digit above the stroke."""
MIXED = re.compile(r"(\d+(?:\.\d+)?)([百千万])(\d+)([千百])?")


@dataclass(frozen=True, slots=True)
class Mention:
    """A number that stands in the text. `form`: `digits`, `han`, `english` or `article` (a, an)."""

    start: int
    end: int
    value: Number
    form: str


ORDINAL_WORDS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]


def find_numbers(reading: Reading) -> list[Mention]:
    """The numbers of the text, whatever they count."""
    found = (FIND if reading.has_han else FIND_WITHOUT_HAN).finditer(reading.folded)
    return [mention for match in islice(found, MAX_MENTIONS) for mention in _mentions(match.group(), match.start())]


def _mentions(text: str, start: int) -> Iterator[Mention]:
    if text in ("a", "an"):
        yield Mention(start, start + len(text), 1, "article")
        return
    form = "digits" if text[0].isdecimal() else "english" if text.isascii() else "han"
    if form == "han" and len(text) > 1 and text.endswith("两"):
        text = text[:-1]  # three 两 of tea: the unit, not the number two
    value = None if is_vague(text) else read_number(text)
    if value is not None:
        yield Mention(start, start + len(text), value, form)


def is_vague(text: str) -> bool:
    """Whether it says about how many, as 三四 and 两三 do: two neighbours of the row of digits."""
    return (
        len(text) == 2
        and all(each in DIGITS for each in text)
        and 0 < DIGITS[text[1]] - DIGITS[text[0]] == 1
        and DIGITS[text[0]] > 0
    )


def read_number(text: str) -> Number | None:
    """The number that folded text writes; None when it writes none."""
    if text[:1].isdecimal():
        return _arabic(text)
    return english(text) if text.isascii() else chinese(text)


def plain(value: float) -> Number:
    """The number without the noise of binary fractions, whole where it is whole."""
    value = round(value, 6)
    return int(value) if value == int(value) else value


def _arabic(text: str) -> Number | None:
    if text.isdecimal():
        return int(text) if len(text) <= MAX_DIGITS else None
    digits = re.match(r"[\d,.]+", text)
    if digits is None:
        return None
    if (fraction := FRACTION.fullmatch(text)) is not None:
        below = int(fraction[3])
        return plain(int(fraction[1] or 0) + int(fraction[2]) / below) if below else None
    if (mixed := MIXED.fullmatch(text)) is not None:
        return _mixed(mixed)
    scale = SCALES.get(text[digits.end() :].strip(), 1)
    plain_digits = digits.group().replace(",", "")
    if re.fullmatch(r"[\d.]+,\d\d", digits.group()) and "." in digits.group():  # 1.299,00 as on the Continent
        plain_digits = digits.group().replace(".", "").replace(",", ".")
    if len(plain_digits) > MAX_DIGITS:  # no count has so many; int() and float() would make a nonsense of it
        return None
    return plain(float(plain_digits) * scale) if "." in plain_digits or scale > 1 else int(plain_digits)


def _mixed(match: re.Match[str]) -> Number:
    """3千5 is 3,500, 1万2千 12,000, 3万5000 35,000."""
    head, scale, tail, unit = float(match[1]), SCALES[match[2]], int(match[3]), match[4]
    more = tail * SCALES[unit] if unit else tail * scale // 10 if len(match[3]) == 1 else tail
    return plain(head * scale + more)


def chinese(text: str) -> Number | None:
    """三百二十 -> 320, 两千零五 -> 2005, 三百二 -> 320, 二〇二六 -> 2026, 三点五 -> 3.5; None if ill-formed."""
    if text in ("俩", "仨", "半"):
        return {"俩": 2, "仨": 3, "半": 0.5}[text]
    whole, dot, fraction = text.replace("廿", "二十").replace("卅", "三十").partition("点")
    value = _chinese_whole(whole)
    if value is None or not dot:
        return value
    return plain(value + float("0." + "".join(str(DIGITS[character]) for character in fraction)))


def _chinese_whole(text: str) -> int | None:
    if not text or len(text) > 30:
        return None
    if all(character in DIGITS for character in text):
        return int("".join(str(DIGITS[character]) for character in text))
    total = section = 0
    digit: int | None = None
    last_unit, largest = 10**5, 10**12
    is_zero = False
    for at, character in enumerate(text):
        if character in DIGITS:
            if digit not in (None, 0):
                return None
            digit = DIGITS[character]
            is_zero = is_zero or digit == 0
        elif character in TENS:
            unit = TENS[character]
            if unit >= last_unit or (digit is None and (unit > 10 or (at and text[at - 1] not in "零〇万亿百佰"))):
                return None
            section += (digit if digit else 1) * unit
            digit, last_unit, is_zero = None, unit, False
        else:
            unit = LARGE.get(character, largest)
            if unit >= largest or (section == 0 and not digit):
                return None
            total += (section + (digit or 0)) * unit
            section, digit, last_unit, largest, is_zero = 0, None, 10**5, unit, False
    if digit and not is_zero and len(text) > 1:  # 三百二 is 320, 一万五 is 15,000
        before = text[-2]
        digit *= TENS.get(before, LARGE.get(before, 10)) // 10
    return total + section + (digit or 0)


def english(text: str) -> Number | None:
    """Three hundred and twenty -> 320, a dozen -> 12, one and a half -> 1.5; None if ill-formed."""
    if text in FIXED:
        return FIXED[text]
    text, half, _ = text.partition(" and a half")
    total, group, last_power = 0, 0, 10**12
    for word in text.replace("-", " ").split():
        if word == "dozen":
            return plain(12 * (total + group or 1))
        if word in ("thousand", "million", "billion"):
            if POWERS[word] >= last_power:
                return None
            total += (group or 1) * POWERS[word]
            group, last_power = 0, POWERS[word]
        elif word not in ("and", "a"):
            more = _add_word(group, word)
            if more is None:
                return None
            group = more
    return total + group + (0.5 if half else 0)


def _add_word(group: int, word: str) -> int | None:
    """The number below a thousand with one more word; None where the word cannot follow."""
    if word == "hundred":
        return (group or 1) * 100 if group < 100 else None
    value = ONES.get(word) or TIES.get(word, 0)
    room = 10 if value < 10 and group % 100 >= 20 else 100
    return group + value if group % room == 0 else None
