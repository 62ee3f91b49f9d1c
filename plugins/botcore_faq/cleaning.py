"""Bytes to text, and text without what nobody can see."""

from __future__ import annotations

import re
import unicodedata

from botcore import Problem
from botcore_faq.entries import Place, Text

MAX_BYTES = 5_000_000
ZERO_WIDTH_JOINER = "\u200d"
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
"""Fillers that Unicode counts as letters or symbols though they show nothing."""

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


def decode(content: bytes, file: str, problems: list[Problem], mend: str) -> str | None:
    """The text of a file in UTF-8, with or without byte order mark; None when it is not (then a problem says where)."""
    if len(content) > MAX_BYTES:
        what = f"the file has {len(content):,} bytes; {MAX_BYTES:,} is the most."
        problems.append(Problem(file, 1, 1, what, "Split it."))
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as wrong:
        before = content[: wrong.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")) + 1
        what = f"this is not UTF-8 (byte 0x{content[wrong.start]:02x}); {_guess(content)}."
        problems.append(Problem(file, line, column, what, mend))
        return None


def _guess(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "it seems to be UTF-16"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return "its encoding is unknown"
    return "it seems to be GBK"


def cleaned(text: Text, problems: list[Problem]) -> Text:
    """The text without invisible characters (they can hide words from readers, or break matching), with a warning."""
    seen = without_invisible(text.text)
    removed = sorted({char for char in text.text if char not in seen and char not in "\r\u2028\u2029"})
    if len(seen) < len(text.text) and not removed:
        removed = [ZERO_WIDTH_JOINER]
    if removed:
        names = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'control')}" for char in removed[:4])
        what = f"invisible characters were removed: {names}."
        problems.append(text.place.problem(what, "Delete them in the file.", severity="warning"))
    return Text(text.language, seen.strip(), text.place)


def without_invisible(text: str) -> str:
    """`text` without control, zero-width, bidirectional and tag characters; line ends become line feeds."""
    text = re.sub("\r\n|[\r\u2028\u2029]", "\n", text)
    return "".join(char for i, char in enumerate(text) if _is_visible(text, i, char))


def _is_visible(text: str, i: int, char: str) -> bool:
    if char in "\n\t" or " " <= char <= "~":
        return True
    if char == ZERO_WIDTH_JOINER:  # it holds emoji such as a family together
        return 0 < i < len(text) - 1 and _is_pictorial(text[i - 1]) and _is_pictorial(text[i + 1])
    if 0xE0100 <= ord(char) <= 0xE01EF:  # variants of Chinese characters; elsewhere they can smuggle text
        return i > 0 and unicodedata.name(text[i - 1], "").startswith("CJK UNIFIED")
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn") and char not in BLANK_LETTERS


def _is_pictorial(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk") or char == "\ufe0f"


def folded(text: str) -> str:
    """What two phrasings share that differ in case, width, blanks or punctuation only."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in wide if char.isalnum()) or wide.strip()


def detected_language(text: str) -> str:
    """`zh` when a Chinese character is in the text, else `en`."""
    return "zh" if re.search("[\u3400-\u9fff\U00020000-\U000323af]", text) else "en"


def language_problem(language: str, place: Place, languages: tuple[str, ...]) -> Problem | None:
    """A mistake when it is no language code, a warning when the bot does not speak it."""
    if not LANGUAGE.fullmatch(language):
        near = {"english": "en", "chinese": "zh", "中文": "zh", "英文": "en", "cn": "zh"}.get(language.casefold(), "en")
        return place.problem(f"{language!r} is no language code.", f"Write one such as {near}.")
    if language == "cn":
        return place.problem("'cn' is a country.", "Write zh for Chinese.")
    if languages and language not in languages and language.split("-")[0] not in languages:
        spoken = ", ".join(languages)
        what = f"the bot does not answer in {language!r} (bot.languages: {spoken})."
        return place.problem(what, "Add it there, or remove this.", severity="warning")
    return None
