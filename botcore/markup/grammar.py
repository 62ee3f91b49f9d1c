"""The dialect of Markdown: CommonMark without what surprises in a chat, with what Chinese text needs."""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

from botcore.markup.links import safe_url
from botcore.markup.patterns import compiled

MAX_NESTING = 40
# Indented code and underlined headings are found by accident, definitions swallow lines, and `&lt;` is what was meant.
LEFT_OUT = ("code", "lheading", "reference", "html_block", "html_inline", "entity")
SCHEME = re.compile(r"https?$", re.I)
BARE = re.compile(r"https?://[^\s<>|\[\]\"`*，。；：！？、（）【】《》「」“”‘’…]+", re.I)
TRAILING = ".,;:!?'\"_~]}"
PUNCTUATION = compiled(r"[\p{P}\p{S}]")
EAST_ASIAN = compiled(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\u3000-\u303f\uff00-\uffef“”‘’…—·]")


@lru_cache(maxsize=1)
def dialect() -> MarkdownIt:
    """The parser; it keeps nothing between two texts."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"]).disable(list(LEFT_OUT))
    parser.normalizeLink = lambda url: safe_url(url) or ""  # type: ignore[method-assign]
    parser.validateLink = bool  # type: ignore[method-assign,assignment]
    parser.normalizeLinkText = str  # type: ignore[method-assign,assignment]
    parser.inline.ruler.before("newline", "bare_link", _bare_link)
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.at("strikethrough", _strike)
    return parser


def _bare_link(state: StateInline, silent: bool) -> bool:
    """`https://...` in the text is a link, and its underscores are no marks."""
    if state.src[state.pos] != ":" or state.linkLevel > 0:
        return False
    scheme = SCHEME.search(state.src[max(0, state.pos - 5) : state.pos])
    if scheme is None:
        return False
    begin = state.pos - len(scheme[0])
    before = state.src[begin - 1] if begin else ""
    found = BARE.match(state.src, begin, state.posMax)
    if found is None or (before.isascii() and before.isalnum()):
        return False
    address = _without_the_sentence(found[0])
    url = safe_url(address)
    if url is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        state.push("link_open", "a", 1).attrs = {"href": url}
        state.tokens[-1].markup = "linkify"
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos = begin + len(address)
    return True


def _without_the_sentence(address: str) -> str:
    """The address without the punctuation of the sentence around it."""
    while True:
        shorter = address.rstrip(TRAILING)
        if shorter.endswith(")") and shorter.count(")") > shorter.count("("):
            shorter = shorter[:-1]
        if shorter == address:
            return address
        address = shorter


def _emphasis(state: StateInline, silent: bool) -> bool:
    """`*` and `_`, which in Chinese and Japanese text stand without spaces between punctuation and letters."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    length, can_open, can_close = _scan(state, marker)
    _push_marks(state, marker, length, can_open, can_close)
    return True


def _strike(state: StateInline, silent: bool) -> bool:
    """`~~`, by the same rule."""
    if silent or state.src[state.pos] != "~":
        return False
    length, can_open, can_close = _scan(state, "~")
    if length != 2:
        state.push("text", "", 0).content = "~" * length
        state.pos += length
        return True
    state.push("text", "", 0).content = "~~"
    state.delimiters.append(
        Delimiter(marker=ord("~"), length=0, token=len(state.tokens) - 1, end=-1, open=can_open, close=can_close)
    )
    state.pos += 2
    return True


def _push_marks(state: StateInline, marker: str, length: int, can_open: bool, can_close: bool) -> None:
    for _ in range(length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker), length=length, token=len(state.tokens) - 1, end=-1, open=can_open, close=can_close
            )
        )
    state.pos += length


def _scan(state: StateInline, marker: str) -> tuple[int, bool, bool]:
    """The length of a run of marks, and whether it may open and close.

    As CommonMark has it (6.2), but a neighbour in an East Asian script counts as a space would where punctuation
    follows: `**注意：**请勿` is bold.
    """
    text, start, end = state.src, state.pos, state.pos
    while end < state.posMax and text[end] == marker:
        end += 1
    before = text[start - 1] if start else " "
    after = text[end] if end < state.posMax else " "
    is_before, is_after = bool(PUNCTUATION.match(before)), bool(PUNCTUATION.match(after))
    opens = not after.isspace() and (not is_after or before.isspace() or is_before or _is_east_asian(before))
    closes = not before.isspace() and (not is_before or after.isspace() or is_after or _is_east_asian(after))
    if marker == "*" and before.isdigit() and after.isdigit():
        opens = closes = False  # 45*30*18 cm
    if marker == "_":
        opens, closes = opens and (not closes or is_before), closes and (not opens or is_after)
    return end - start, opens, closes


def _is_east_asian(character: str) -> bool:
    return bool(EAST_ASIAN.match(character))
