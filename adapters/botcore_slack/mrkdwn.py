"""Slack's own markup, both ways. Pure.

Out: only `&`, `<` and `>` are escaped, in that order; everything that is live in what we send (a link, a mention of an
agent) is made here and nowhere else. In: what people wrote, as plain words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from botcore import Formatted, Span

MARKS = {"bold": "*", "italic": "_", "strike": "~"}
# Slack sees a mark only at the edge of a word, and every Chinese character is a letter to it: this is the edge.
EDGE = "\u200b"
_TAG = re.compile(r"<([^<>]*)>")
_SPECIAL = {"channel": "@channel", "here": "@here", "everyone": "@everyone"}


def escaped(text: str) -> str:
    """The text with nothing live in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(formatted: Formatted) -> str:
    """Formatted text in mrkdwn."""
    return _Renderer(formatted).whole()


def link(url: str, label: str) -> str:
    """A link; a label that would end it early is escaped."""
    target = url.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E").replace("&", "&amp;")
    shown = " ".join(escaped(label).split()) or target
    return f"<{target}|{shown}>"


class _Renderer:
    def __init__(self, formatted: Formatted) -> None:
        self._text = formatted.text
        self._spans = formatted.spans

    def whole(self) -> str:
        return self._between(0, len(self._text), 0)[0]

    def _between(self, start: int, end: int, index: int) -> tuple[str, int]:
        """The text from start to end, and the index of the first span behind it."""
        pieces: list[str] = []
        at = start
        while index < len(self._spans) and self._spans[index].start < end:
            span = self._spans[index]
            pieces.append(escaped(self._text[at : span.start]))
            inner, index = self._between(span.start, min(span.end, end), index + 1)
            pieces.append(self._marked(span, inner))
            at = max(at, min(span.end, end))
        pieces.append(escaped(self._text[at:end]))
        return "".join(pieces), index

    def _marked(self, span: Span, inner: str) -> str:
        plain = self._text[span.start : span.end]
        if not plain.strip():
            return inner
        match span.kind:
            case "link":
                # Slack makes a link of a bare address by itself.
                return escaped(plain) if plain == span.url else link(span.url, plain)
            case "code":
                # A backtick cannot be written inside backticks.
                return escaped(plain) if "`" in plain or "\n" in plain else self._edged(span, f"`{escaped(plain)}`")
            case "pre":
                body = escaped(plain).replace("```", f"``{EDGE}`").strip("\n")
                return f"```\n{body}\n```"
            case "quote":
                return "\n".join(f"> {line}" for line in inner.split("\n"))
            case "bold" | "italic" | "strike":
                return self._emphasised(span, inner)
        return inner

    def _emphasised(self, span: Span, inner: str) -> str:
        """Marks go around each line, close to its words: Slack sees none that stand before a space."""
        mark = MARKS[span.kind]
        lines = []
        for line in inner.split("\n"):
            words = line.strip()
            if words:
                lead, tail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
                lines.append(f"{lead}{mark}{words}{mark}{tail}")
            else:
                lines.append(line)
        return self._edged(span, "\n".join(lines))

    def _edged(self, span: Span, marked: str) -> str:
        before = self._text[span.start - 1 : span.start]
        after = self._text[span.end : span.end + 1]
        return f"{_edge(before)}{marked}{_edge(after)}"


def _edge(neighbour: str) -> str:
    is_edge = not neighbour or neighbour.isspace() or (neighbour.isascii() and not neighbour.isalnum())
    return "" if is_edge else EDGE


def plain(text: str, names: Mapping[str, str], me: str) -> str:
    """What a person wrote, as words: mentions by name (the bot's own left out), links by label and target."""
    words = _TAG.sub(lambda match: _word_for(match[1], names, me), text)
    # html.unescape would also read &copy; and &#60;, which people may write; Slack escapes three characters.
    words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"[ \t]{2,}", " ", words).strip() if f"<@{me}" in text else words.strip()


def mentioned(text: str) -> list[str]:
    """The ids of the people who are mentioned, in order, each once."""
    return list(dict.fromkeys(re.findall(r"<@([UW][A-Z0-9]{1,40})(?:\|[^<>]*)?>", text)))


def _word_for(tag: str, names: Mapping[str, str], me: str) -> str:
    target, _, label = tag.partition("|")
    if target.startswith("@"):
        return "" if target[1:] == me else f"@{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!subteam^"):
        return f"@{label.lstrip('@') or 'group'}"
    if target.startswith("!date^"):
        return label
    if target.startswith("!"):
        return _SPECIAL.get(target[1:], f"@{label or target[1:]}")
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    shown = unescape(label)
    if not label or shown in (unescape(bare), unescape(target)) or re.sub(r"^https?://", "", unescape(target)) == shown:
        return label or bare
    return f"{label} ({target})"
