"""Several wishes in one message: where it may be cut, and a part's share of the message's one encoder pass."""

from __future__ import annotations

import re

import numpy as np

from botcore.models.encoder import Encoded
from botcore.text import HAN

CUT = re.compile(
    r"[.!?;。！？；…\n]+\s*"
    r"|\s*[,，]?\s*\b(?:and also|and then|also|plus|besides|by the way|btw|one more thing|another thing|and)\b"
    r"\s*[,，:]?\s*"
    r"|[,，、]?\s*(?P<adds>另外|还有|顺便|对了|以及|再就是|再问一下|同时|还想问)(?:一下|问一下|问下)?[,，:：]?\s*"
    r"|[,，]\s*",
    re.IGNORECASE,
)
LEAST_WORDS, LEAST_HAN, LEAST_HAN_ADDED = 2, 3, 2
MOST_PARTS = 4


def cut(text: str) -> list[tuple[int, int]]:
    """The stretches of a normalised text that may each be a wish of their own; none where it has one at most."""
    if len(text) > 400:
        return []
    found: list[tuple[int, int]] = []
    begin, least_han = 0, LEAST_HAN
    for match in [*CUT.finditer(text), None]:
        end = match.start() if match else len(text)
        if _is_enough(text[begin:end], least_han):
            found.append((begin, end))
        begin = match.end() if match else end
        least_han = LEAST_HAN_ADDED if match and match["adds"] else LEAST_HAN
    return found if 1 < len(found) <= MOST_PARTS else []


def _is_enough(text: str, least_han: int) -> bool:
    return len(HAN.findall(text)) >= least_han or len(text.split()) >= LEAST_WORDS


def share(encoded: Encoded, start: int, end: int) -> Encoded | None:
    """The part's tokens with their mean as its vector; None when it has none. The whole message is in their states."""
    rows = [i for i, (first, last) in enumerate(encoded.spans) if first >= start and last <= end]
    if not rows:
        return None
    tokens = encoded.tokens[rows[0] : rows[-1] + 1]
    mean = tokens.mean(axis=0)
    vector = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    spans = tuple((encoded.spans[i][0] - start, encoded.spans[i][1] - start) for i in range(rows[0], rows[-1] + 1))
    return Encoded(vector, tokens, spans)
