"""Which language a message is written in, among those that the bot answers in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from botcore.text import HAN

KANA = re.compile("[\u3041-\u30ff]")
LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")


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
    is_chinese = (han >= 2 and han >= latin) or han > latin
    wanted = "zh" if is_chinese else "en" if latin else fallback
    return wanted if wanted in languages else fallback
