"""Which language a message is written in, among those that the bot answers in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from botcore.nlu.latin import english_sign, is_loan, is_pinyin, words_of
from botcore.text import HAN, HAN_BLOCKS, INVISIBLE, SURROGATE, to_simplified

KANA = re.compile("[\u3041-\u30ff]")
LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")
LATIN_LETTER = re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a]")
NO_WORD = re.compile("[^A-Za-z\u00c0-\u024f\u1e00-\u1eff'’]+|\\b[A-Za-z]*[0-9][A-Za-z0-9]*")
"""What stands between words, and codes such as SF123."""
LETTER = re.compile(r"[^\W\d_]")
SCRIPTS = ("zh-Hans", "zh-Hant", "en", "mixed", "other")
BOTH_WAYS = frozenset(
    "后里面系只台干松谷于云冲划制卷合同回困夸斗曲朱板极表姜范胡郁采余丑仆准蒙致征折占御岳帘志才扎托扣据克升叶向周咸吁"
)
"""Characters that traditional texts write too, though OpenCC has another form for one of their meanings."""
TRADITIONAL_TOO = frozenset("妳牠祂")
"""Traditional characters that simplified text writes with a wholly different one."""
MAX_SEEN = 2000


def of_locale(locale: str | None, languages: Sequence[str]) -> str | None:
    """The bot's language for a locale such as `zh-CN`, `zh_TW` or `en-GB`; None if there is none for it."""
    if not locale:
        return None
    tag = locale.replace("_", "-").lower()
    exact = next((code for code in languages if code.lower() == tag), None)
    return exact or next((code for code in languages if code.lower() == tag.partition("-")[0]), None)


def detect(text: str, languages: Sequence[str], previous: str | None = None) -> str:
    """The language to answer in.

    Chinese when it carries the sentence: in mixed texts ('刚 pay 完就后悔了') Latin words are loans, and a Latin
    sentence may name a Chinese thing. What has no words ('123', an emoji) stays in the conversation's language.
    """
    han = len(HAN.findall(text))
    latin = len(LATIN_WORD.findall(text))
    fallback = previous if previous is not None and previous in languages else languages[0]
    if not han and not latin:
        return fallback
    if han and KANA.search(text):
        return "ja" if "ja" in languages else fallback
    is_chinese = (han >= 2 and han >= latin) or han > latin or (not han and is_pinyin(words_of(text)))
    wanted = "zh" if is_chinese else "en" if latin else fallback
    return wanted if wanted in languages else fallback


def script_of(text: str, previous: str | None = None) -> str:
    """What a message is written in: `zh-Hans`, `zh-Hant`, `en`, `mixed` (Chinese and English) or `other`.

    What tells nothing ('123', an emoji, 好 after traditional text) stays `previous`. Pinyin counts as `zh-Hans`, since
    its writer reads Chinese.
    """
    text = INVISIBLE.sub("", SURROGATE.sub("", text[:MAX_SEEN]))
    han = len(HAN.findall(text))
    latin = len(LATIN_LETTER.findall(text))
    letters = len(LETTER.findall(text))
    if letters == 0:
        return previous if previous in SCRIPTS else "other"
    if len(KANA.findall(text.replace("の", ""))) or letters - han - latin > (han + latin) / 2:
        return "other"
    words = words_of(NO_WORD.sub(" ", unicodedata.normalize("NFKC", text)))
    if not han:
        return _latin_script(words, previous)
    spoken = [word for word in words if len(word) > 1 and not is_loan(word)]
    if len(spoken) >= 2 and english_sign(spoken) > 0:
        return "mixed"
    return _han_script(text, previous)


def _latin_script(words: list[str], previous: str | None) -> str:
    if is_pinyin(words):
        return "zh-Hans"
    sign = english_sign(words)
    if sign == 0 and previous in SCRIPTS:
        return str(previous)
    return "en" if sign >= 0 else "other"


def _han_script(text: str, previous: str | None) -> str:
    """By the characters that only one of the two scripts has."""
    simplified_only = _simplified_only()
    traditional = sum(a != b or a in TRADITIONAL_TOO for a, b in zip(text, to_simplified(text), strict=True))
    simplified = sum(character in simplified_only for character in text)
    if traditional != simplified:
        return "zh-Hant" if traditional > simplified else "zh-Hans"
    return "zh-Hant" if previous == "zh-Hant" else "zh-Hans"


@lru_cache(maxsize=1)
def _simplified_only() -> frozenset[str]:
    """Characters that OpenCC writes otherwise in traditional text; made once, in about 30 ms."""
    import opencc

    characters = [chr(code) for first, last in HAN_BLOCKS for code in range(first, last + 1)]
    converted = opencc.OpenCC("s2t").convert("\n".join(characters)).split("\n")
    changed = {old for old, new in zip(characters, converted, strict=True) if new != old}
    return frozenset(old for old in changed if to_simplified(old) == old) - BOTH_WAYS
