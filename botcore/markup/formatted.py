"""The values: a span, and a text with its spans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from botcore.markup.splitting import ranges

Kind = Literal["bold", "italic", "strike", "code", "pre", "quote", "link"]
WHOLE = frozenset({"code", "link"})  # not cut if they can stay whole


@dataclass(frozen=True, slots=True)
class Span:
    """Marks `text[start:end]`, in code points. `url` belongs to links, `language` to `pre`."""

    start: int
    end: int
    kind: Kind
    url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text and what is marked in it. Spans nest properly; they are sorted by start, the longest first."""

    text: str
    spans: tuple[Span, ...] = ()

    def slice(self, start: int, end: int) -> Formatted:
        """The part from `start` to `end`, with the spans that reach into it."""
        return Formatted(self.text[start:end], _clipped(self.spans, start, end))

    def split(self, limit: int, measure: Callable[[Formatted], int]) -> list[Formatted]:
        """Parts of at most `limit`, measured by `measure`; their texts, joined, are the text.

        Only white space goes at a cut. Cuts are made, best first, between paragraphs, lines, sentences, words; never
        inside a grapheme, a link or inline code that fits the limit. `pre` is cut between its lines, and each part has
        its span. A blank text, and one that fits, is one part. What cannot be cut further, such as one character that
        measures more than the limit, stays whole.

        Args:
            limit: what a part may measure.
            measure: the size of a part as the platform counts it; a longer part must not measure less.
        """
        cutter = _Cutter(self, limit, measure)
        whole = [(span.start, span.end) for span in self.spans if span.kind in WHOLE]
        blocks = [(span.start, span.end) for span in self.spans if span.kind == "pre"]
        return [self.slice_from(cutter, start, end) for start, end in ranges(self.text, whole, blocks, cutter.excess)]

    @staticmethod
    def slice_from(cutter: _Cutter, start: int, end: int) -> Formatted:
        """As `slice`, for rising starts; quicker on long texts."""
        return cutter.part(start, end)


class _Cutter:
    """Makes parts of one text from left to right, without a look at all spans for each."""

    def __init__(self, whole: Formatted, limit: int, measure: Callable[[Formatted], int]) -> None:
        self._whole = whole
        self._limit = limit
        self._measure = measure
        self._start = 0
        self._open: list[Span] = []  # begun before _start, not ended there
        self._next = 0  # index of the first span that begins at _start or later
