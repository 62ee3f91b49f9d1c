"""The values: a span, and a text with its spans."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from botcore.markup.splitting import Cutter

Kind = Literal["bold", "italic", "strike", "code", "pre", "quote", "link"]
WHOLE = ("code", "link")  # not cut where they can stay whole


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
    """A text and what is marked in it. Spans nest properly, and are sorted by start, then the longest first."""

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Formatted) -> Formatted:
        """Both, one after the other."""
        at = len(self.text)
        moved = (replace(span, start=span.start + at, end=span.end + at) for span in other.spans)
        return Formatted(self.text + other.text, (*self.spans, *moved))

    def slice(self, start: int, end: int) -> Formatted:
        """The part from `start` to `end`, with the spans that reach into it."""
        return _Outline(self).slice(start, end)

    def split(self, limit: int, measure: Callable[[Formatted], int]) -> list[Formatted]:
        """Parts that measure at most `limit`; joined, their texts are the text but for white space at the cuts.

        Cuts are made, best first, between paragraphs, lines, sentences and words; never inside a grapheme, a link or
        inline code that fits the limit by itself. `pre` is cut between its lines, and each part of it has its span. A
        text that fits, and a blank one, is one part. One character that measures more than the limit stays whole.

        Args:
            limit: what a part may measure.
            measure: the size of a part as the platform counts it; a longer part must not measure less.
        """
        outline = _Outline(self)
        cutter = Cutter(
            text=self.text,
            limit=limit,
            size=lambda start, end: measure(outline.slice(start, end)),
            whole=[(span.start, span.end) for span in self.spans if span.kind in WHOLE],
            blocks=[(span.start, span.end) for span in self.spans if span.kind == "pre"],
        )
        return [outline.slice(start, end) for start, end in cutter.parts()]


class _Outline:
    """Finds the spans of any part without a look at all of them."""

    def __init__(self, formatted: Formatted) -> None:
        self._text = formatted.text
        self._spans = formatted.spans
        self._starts = [span.start for span in formatted.spans]
        self._parents: list[int] = []
        around: list[int] = []
        for index, span in enumerate(formatted.spans):
            while around and formatted.spans[around[-1]].end <= span.start:
                around.pop()
            self._parents.append(around[-1] if around else -1)
            around.append(index)

    def slice(self, start: int, end: int) -> Formatted:
        first = bisect_left(self._starts, start)
        # What covers `start` from before it holds the last span before it: that one or its ancestors.
        before: list[Span] = []
        index = first - 1
        while index >= 0:
            if self._spans[index].end > start:
                before.append(self._spans[index])
            index = self._parents[index]
        inside = self._spans[first : bisect_left(self._starts, end)]
        spans = [
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
            for span in (*reversed(before), *inside)
        ]
        return Formatted(self._text[start:end], tuple(spans))
