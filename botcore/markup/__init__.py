"""Formatted text that belongs to no platform: words and the spans over them.

`read_markdown` makes it from the light Markdown of replies; a channel's `format` turns it into what its platform wants,
and `Formatted.split` cuts it where a platform's limit, in the platform's own unit, demands it.
"""

from botcore.markup.formatted import Formatted, Span
from botcore.markup.reading import read_markdown

__all__ = ["Formatted", "Span", "read_markdown"]
