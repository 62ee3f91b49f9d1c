"""`parse_mode`: MarkdownV2 and HTML, as strict as Telegram's.

Source: https://core.telegram.org/bots/api#formatting-options.
"""

from __future__ import annotations

import html
import re
from typing import Any

from botcore.testing.fake_telegram.entities import Entity, utf16_length
from botcore.testing.fake_telegram.refusals import Refused, bad_request

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler"}
TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "span": "spoiler",
}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>")
NAMED = re.compile(r"&(lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")


def parsed(text: str, parse_mode: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities. Raises Refused ("can't parse entities: ...") for a slip."""
    match parse_mode.lower():
        case "markdownv2":
            return _Markdown(text).read()
        case "html":
            return _html(text)
        case "markdown":
            return text, []  # legacy: read as plain, nobody should use it
        case _:
            raise bad_request(f"unsupported parse_mode {parse_mode!r}")


def _wrong(what: str) -> Refused:
    return bad_request(f"can't parse entities: {what}")


class _Markdown:
    """One pass over MarkdownV2."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._out: list[str] = []
        self._size = 0
        self._open: list[tuple[str, int]] = []
        self._entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while self._at < len(self._source):
            self._step()
        if self._open:
            mark, start = self._open[-1]
            raise _wrong(f"Can't find end of {MARKS.get(mark, 'TextUrl')} entity at byte offset {start}")
        return "".join(self._out), sorted(self._entities, key=lambda e: (e["offset"], -e["length"]))

    def _step(self) -> None:
        char = self._source[self._at]
        if char == "\\" and self._at + 1 < len(self._source) and ord(self._source[self._at + 1]) < 127:
            self._put(self._source[self._at + 1])
            self._at += 2
        elif char == "`":
            self._code()
        elif char == "[":
            self._open.append(("[", self._size))
            self._at += 1
        elif char == "]" and self._open and self._open[-1][0] == "[":
            self._link()
        elif char == ">" and (self._at == 0 or self._source[self._at - 1] == "\n"):
            self._quote()
        elif char in "*_~|":
            self._mark(char)
        elif char in RESERVED:
            raise _wrong(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        else:
            self._put(char)
            self._at += 1

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._size += utf16_length(text)

    def _add(self, kind: str, start: int, **more: Any) -> None:
        if self._size > start:
            self._entities.append({"type": kind, "offset": start, "length": self._size - start, **more})

    def _mark(self, char: str) -> None:
        mark = char * 2 if self._source.startswith(char * 2, self._at) and char in "_|" else char
        if mark == "|":
            raise _wrong("Character '|' is reserved and must be escaped with the preceding '\\'")
        self._at += len(mark)
        if self._open and self._open[-1][0] == mark:
            _, start = self._open.pop()
            self._add(MARKS[mark], start)
        elif any(open_ == mark for open_, _ in self._open):
            raise _wrong(f"Can't find end of {MARKS[self._open[-1][0]]} entity")
        else:
            self._open.append((mark, self._size))

    def _code(self) -> None:
        mark = "```" if self._source.startswith("```", self._at) else "`"
        begin = self._at + len(mark)
        end = begin
        while not self._source.startswith(mark, end):
            end += 2 if self._source.startswith("\\", end) else 1
            if end >= len(self._source):
                raise _wrong(f"Can't find end of {'Pre' if mark == '```' else 'Code'} entity at byte offset {begin}")
        inner = re.sub(r"\\([`\\])", r"\1", self._source[begin:end])
        language = re.match(r"([\w+-]+)\n", inner) if mark == "```" else None
        start = self._size
        self._put(inner[language.end() :] if language else inner.removeprefix("\n") if mark == "```" else inner)
        more = {"language": language[1]} if language else {}
        self._add("pre" if mark == "```" else "code", start, **more)
        self._at = end + len(mark)

    def _link(self) -> None:
        _, start = self._open.pop()
        target = re.compile(r"\]\(((?:[^)\\]|\\.)*)\)").match(self._source, self._at)
        if target is None:
            raise _wrong("Character '[' is reserved and must be escaped with the preceding '\\'")
        self._add("text_link", start, url=re.sub(r"\\(.)", r"\1", target[1]))
        self._at = target.end()

    def _quote(self) -> None:
        end = self._at
        lines = []
        while self._source.startswith(">", end):
            stop = self._source.find("\n", end)
            stop = len(self._source) if stop < 0 else stop
            lines.append(self._source[end + 1 : stop])
            end = stop + 1 if stop < len(self._source) else stop
        text, inner = _Markdown("\n".join(lines)).read()
        start = self._size
        self._put(text)
        self._entities += [{**entity, "offset": entity["offset"] + start} for entity in inner]
        self._add("blockquote", start)
        if end < len(self._source):
            self._put("\n")
        self._at = end


def _html(source: str) -> tuple[str, list[Entity]]:
    out: list[str] = []
    size = 0
    open_: list[tuple[str, int, dict[str, str]]] = []
    entities: list[Entity] = []
    at = 0
    while at < len(source):
        if source[at] != "<":
            end = source.find("<", at)
            end = len(source) if end < 0 else end
            text = NAMED.sub(lambda found: html.unescape(found[0]), source[at:end])
            out.append(text)
            size += utf16_length(text)
            at = end
            continue
        tag = TAG.match(source, at)
        if tag is None:
            raise _wrong(f"Unsupported start tag at byte offset {at}")
        at = tag.end()
        name = tag[2].lower()
        if name not in TAGS:
            raise _wrong(f'Unsupported start tag "{name}" at byte offset {tag.start()}')
        if not tag[1]:
            open_.append((name, size, dict(re.findall(r'([\w-]+)\s*=\s*"([^"]*)"', tag[3]))))
            continue
        if not open_ or open_[-1][0] != name:
            raise _wrong(
                f'Unmatched end tag at byte offset {tag.start()}, expected "</{open_[-1][0] if open_ else ""}>"'
            )
        _, start, attributes = open_.pop()
        if size > start:
            more = {"url": html.unescape(attributes.get("href", ""))} if name == "a" else {}
            entities.append({"type": TAGS[name], "offset": start, "length": size - start, **more})
    if open_:
        raise _wrong(f"Can't find end tag corresponding to start tag {open_[-1][0]}")
    return "".join(out), sorted(entities, key=lambda e: (e["offset"], -e["length"]))
