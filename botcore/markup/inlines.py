"""The parser's tokens of one paragraph -> a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from botcore.markup.cleaning import plain_name
from botcore.markup.formatted import Kind
from botcore.markup.links import is_honest, shown_url, without_look_alikes
from botcore.markup.sheet import Sheet

MARKS: dict[str, Kind] = {"strong": "bold", "em": "italic", "s": "strike"}
BY_ITSELF = ("linkify", "autolink")  # a link that is its own words


def write_inlines(sheet: Sheet, tokens: Sequence[Token], indent: str = "") -> None:
    """Write the tokens; lines after the first begin with `indent`."""
    links: list[tuple[Token, int]] = []
    for token in tokens:
        name, _, edge = token.type.rpartition("_")
        if token.type in ("softbreak", "hardbreak"):
            sheet.write("\n" + indent)
        elif token.type == "code_inline":
            _marked(sheet, "code", token.content)
        elif token.type == "image":
            _image(sheet, token, is_in_link=bool(links))
        elif token.type == "link_open":
            links.append((token, sheet.length))
            sheet.begin("link")
        elif token.type == "link_close":
            _end_link(sheet, *links.pop())
        elif name in MARKS and edge == "open":
            sheet.begin(MARKS[name])
        elif name in MARKS:
            sheet.end()
        else:
            sheet.write(plain_name(token.content) if links else without_look_alikes(token.content))


def plain_inlines(tokens: Sequence[Token]) -> str:
    """The words of the tokens on one line; a link's address stands in brackets behind it."""
    sheet = Sheet()
    write_inlines(sheet, tokens)
    formatted = sheet.result()
    pieces, at = [], 0
    for span in formatted.spans:
        if span.kind == "link" and formatted.text[span.start : span.end] != _shown(span.url):
            pieces += [formatted.text[at : span.end], f" ({_shown(span.url)})"]
            at = span.end
    return " ".join("".join([*pieces, formatted.text[at:]]).split("\n")).strip()


def _end_link(sheet: Sheet, begun: Token, start: int) -> None:
    url = str(begun.attrs.get("href") or "")
    label = sheet.since(start)
    if begun.markup in BY_ITSELF:
        shown = shown_url(label, url)
    else:
        shown = label if label.strip() and is_honest(label, url) else _shown(url)
    if shown != label and url:
        sheet.rewind(start)
        sheet.write(shown)
    sheet.end(url=url)


def _image(sheet: Sheet, token: Token, *, is_in_link: bool) -> None:
    url = str(token.attrs.get("src") or "")
    label = plain_name(plain_inlines(token.children or ()))
    if is_in_link or not url:
        sheet.write(label)
        return
    sheet.begin("link")
    sheet.write(label if label and is_honest(label, url) else _shown(url))
    sheet.end(url=url)


def _marked(sheet: Sheet, kind: Kind, text: str) -> None:
    sheet.begin(kind)
    sheet.write(text)
    sheet.end()


def _shown(url: str) -> str:
    return url.removeprefix("mailto:").removeprefix("tel:")
