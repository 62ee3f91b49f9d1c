"""Several wishes in one message: where it may be cut."""

from __future__ import annotations

import re

from botcore.text import HAN

CUT = re.compile(
    r"(?P<ends>[.!?;。！？；…\n]+\s*)"
    r"|\s*[,，]?\s*\b(?P<joins>and also|and then|also|plus|besides|by the way|btw|one more thing|another thing|and)\b"
    r"\s*[,，:]?\s*"
    r"|[,，、]?\s*(?P<adds>另外|还有|顺便|对了|以及|再就是|再问一下|同时|还想问)(?:一下|问一下|问下)?[,，:：]?\s*"
    r"|[,，]\s*",
    re.IGNORECASE,
)
LEAST_WORDS, LEAST_HAN, LEAST_HAN_ADDED = 2, 3, 2
MOST_PARTS = 4


def cut(text: str) -> tuple[list[tuple[int, int]], bool]:
    """The stretches of a normalised text that may each be a wish of their own, none where it has one at most.

    Also whether anything says that a new wish begins, an end of a sentence or a word that adds, and not commas alone.
    """
    if len(text) > 400:
        return [], False
    found: list[tuple[int, int]] = []
    is_plain, begin, least_han = False, 0, LEAST_HAN
    before: re.Match[str] | None = None
    for match in [*CUT.finditer(text), None]:
        end = match.start() if match else len(text)
        if _is_enough(text[begin:end], least_han):
            is_plain |= bool(found) and before is not None and before.lastgroup is not None
            found.append((begin, end))
        begin = match.end() if match else end
        least_han = LEAST_HAN_ADDED if match and match["adds"] else LEAST_HAN
        before = match
    return (found, is_plain) if 1 < len(found) <= MOST_PARTS else ([], False)


def _is_enough(text: str, least_han: int) -> bool:
    return len(HAN.findall(text)) >= least_han or len(text.split()) >= LEAST_WORDS
