"""Light Markdown, as models and admins write it, -> a text with spans."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from botcore.markup.cleaning import clean
from botcore.markup.formatted import Formatted
from botcore.markup.grammar import MAX_NESTING, dialect
from botcore.markup.inlines import plain_inlines, write_inlines
from botcore.markup.links import without_look_alikes
from botcore.markup.sheet import Sheet
from botcore.markup.tables import aligned

# Texts beyond these are shown as they are; the parser's time grows with the square of open brackets.
MAX_MARKED_UP = 20_000
MAX_BRACKETS = 1000
RULE = "———"
BULLET = "• "
INDENT = "  "
# One line in which nothing can be a mark: most replies, and parsing them costs ten times as much as this look.
PLAIN = re.compile(r"(?!\d{1,9}[.)]|[-+=])[^\s\\`*_~\[\]<>#|:](?:[^\n\t\\`*_~\[\]<>#|:]*[^\s\\`*_~\[\]<>#|:])?")
LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


def read_markdown(text: str) -> Formatted:
    """The text with its bold, italic, struck, code, quoted and linked parts marked. Never raises.

    HTML and links that may not be followed stay the characters they are. Links lead to http, https, mailto and tel; one
    whose words read as another address shows its target in their place. A heading becomes a bold line, a list lines
    with "• " or "1. ", a table aligned `pre`, an image a link on its description. Line breaks stay. Control characters
    go, a lone surrogate becomes U+FFFD.
    """
    cleaned = clean(text)
    if PLAIN.fullmatch(cleaned) or len(cleaned) > MAX_MARKED_UP or cleaned.count("[") > MAX_BRACKETS:
        return Formatted(without_look_alikes(cleaned))
    try:
        tokens = dialect().parse(cleaned)
    except (LookupError, ValueError, RuntimeError):  # a reply is worth more than its marks
        return Formatted(without_look_alikes(cleaned))
    # Beyond its limit of nesting the parser drops the rest.
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return Formatted(without_look_alikes(cleaned))
    writer = _Blocks()
    writer.write(tokens)
    return writer.sheet.result()


class _Blocks:
    """Writes blocks one under the other, as far apart as they were in the source."""

    def __init__(self) -> None:
        self.sheet = Sheet()
        self._end = 0  # the line of the source up to which all is written
        self._numbers: list[int | None] = []  # of the next item of each list around; None for bullets
        self._bullets: list[str] = []  # of the items that begin with the next block
        self._quotes = 0
        self._is_quote_begun = False
        self._rows: list[list[str]] = []
        self._is_cell = False

    def write(self, tokens: Sequence[Token]) -> None:
        """Write all tokens."""
        for token in tokens:
            kind, _, edge = token.type.rpartition("_")
            if edge == "open":
                self._open(kind, token)
            elif edge == "close":
                self._close(kind, token)
            else:
                self._leaf(token)

    def _open(self, kind: str, token: Token) -> None:
        match kind:
            case "paragraph" | "heading" | "table":
                self._begin(token, is_code=kind == "table")
                self._rows = []
                if kind == "heading":
                    self.sheet.begin("bold")
            case "blockquote":
                self._quotes += 1
            case "bullet_list" | "ordered_list":
                self._numbers.append(int(token.attrs.get("start", 1)) if kind == "ordered_list" else None)
            case "list_item":
                self._bullets.append(self._bullet(token.markup))
            case "tr":
                self._rows.append([])
            case "th" | "td":
                self._is_cell = True

    def _close(self, kind: str, token: Token) -> None:
        match kind:
            case "heading":
                self.sheet.end()
            case "blockquote":
                self._quotes -= 1
                if not self._quotes and self._is_quote_begun:
                    self._is_quote_begun = False
                    self.sheet.end()
            case "bullet_list" | "ordered_list":
                self._numbers.pop()
            case "list_item" if self._bullets:  # without words it may be no list at all
                self._bullets[-1] = token.info + token.markup
                self._separate(self._end)
                self._end += 1
            case "table":
                self._pre(aligned(self._rows))
            case "th" | "td":
                self._is_cell = False

    def _leaf(self, token: Token) -> None:
        if token.type == "inline" and self._is_cell:
            self._rows[-1].append(plain_inlines(token.children or ()))
        elif token.type == "inline":
            write_inlines(self.sheet, token.children or (), self._indent())
        elif token.type == "fence":
            self._begin(token, is_code=True)
            language = LANGUAGE.match(token.info.strip())
            self._pre(token.content.removesuffix("\n"), language[0] if language else "")
        elif token.type == "hr":
            self._begin(token)
            self.sheet.write(RULE)

    def _bullet(self, delimiter: str) -> str:
        number = self._numbers[-1]
        if number is None:
            return BULLET
        self._numbers[-1] = number + 1
        return f"{number}{delimiter} "

    def _begin(self, token: Token, *, is_code: bool = False) -> None:
        """Go to the place of a new block."""
        first, last = token.map or (self._end, self._end)
        self._separate(first, is_code=is_code)
        self._end = last

    def _separate(self, line: int, *, is_code: bool = False) -> None:
        """End the line, with a blank one where the source has one, and write the bullets of what begins here."""
        if self.sheet.length:
            self.sheet.write("\n\n" if line > self._end else "\n")
        if self._quotes and not self._is_quote_begun:
            self._is_quote_begun = True
            self.sheet.begin("quote")
        if self._bullets:
            self.sheet.write(INDENT * (len(self._numbers) - len(self._bullets)) + "".join(self._bullets))
            self._bullets.clear()
        elif not is_code:
            self.sheet.write(self._indent())

    def _indent(self) -> str:
        return INDENT * len(self._numbers)

    def _pre(self, text: str, language: str = "") -> None:
        self.sheet.begin("pre")
        self.sheet.write(text)
        self.sheet.end(language=language)
