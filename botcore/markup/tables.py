"""A table as lines of equal columns, for a font in which all letters are equally wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MAX_PADDED = 40  # a column is not made wider than this
MAX_CELLS = 8000  # characters in all; beyond it columns are not aligned


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """The rows as text, the first one underlined."""
    count = max(map(len, rows))
    widths = [
        min(MAX_PADDED, max(width_of(row[column]) for row in rows if column < len(row))) for column in range(count)
    ]
    if sum(widths) * len(rows) > MAX_CELLS:
        return "\n".join(" | ".join(row) for row in rows)
    lines = [" | ".join(map(_padded, row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])


def width_of(text: str) -> int:
    """The columns that the text takes: East Asian characters two, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - width_of(cell))
