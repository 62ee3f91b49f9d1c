"""What `read_markdown` writes on: text, and the marks that are begun and ended in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from botcore.markup.formatted import Formatted, Kind, Span


@dataclass(slots=True)
class Sheet:
    """Text that grows. A mark inside one of its own kind adds nothing, and one around blank text is dropped."""

    _parts: list[str] = field(default_factory=list)
    length: int = 0
    _open: list[tuple[Kind, int, int]] = field(default_factory=list)  # kind, start, number of its beginning
    _spans: list[tuple[int, int, int, Span]] = field(default_factory=list)  # in the order of the result
    _begun: int = 0

    def write(self, text: str) -> None:
        """Add text."""
        if text:
            self._parts.append(text)
            self.length += len(text)

    def begin(self, kind: Kind) -> None:
        """Begin a mark here."""
        self._open.append((kind, self.length, self._begun))
        self._begun += 1

    def end(self, url: str = "", language: str = "") -> None:
        """End the mark that was begun last."""
        kind, start, number = self._open.pop()
        is_empty = not self.since(start).strip() or (kind == "link" and not url)
        if is_empty or any(kind == other for other, _, _ in self._open):
            return
        self._spans.append((start, -self.length, number, Span(start, self.length, kind, url, language)))

    def since(self, start: int) -> str:
        """The text from `start` on, which is the beginning of something written."""
        taken, at = [], self.length
        for part in reversed(self._parts):
            if at <= start:
                break
            taken.append(part)
            at -= len(part)
        return "".join(reversed(taken))[start - at :] if at < start else "".join(reversed(taken))

    def rewind(self, start: int) -> None:
        """Take back what was written and marked from `start` on."""
        while self.length > start:
            self.length -= len(self._parts.pop())
        self._spans = [entry for entry in self._spans if entry[0] < start]

    def result(self) -> Formatted:
        """The text and its marks."""
        return Formatted("".join(self._parts), tuple(span for *_, span in sorted(self._spans, key=lambda e: e[:3])))
