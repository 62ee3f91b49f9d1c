"""Step 4 of a message's way: understand it, with one encoder pass that everything reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from botcore.messages import Match, Message, Understanding
from botcore.nlu.language import detect, of_locale
from botcore.text import HAN, LATIN_OR_DIGIT, normalise

if TYPE_CHECKING:
    from botcore.models.encoder import Encoded


class Search(Protocol):
    """The knowledge index, as understanding sees it."""

    def read(self, text: str) -> str:
        """The text as the index compares it."""

    def search(self, text: str, encoded: Encoded | None = None, *, limit: int = 5) -> list[Match]:
        """Candidates, best first."""


class PassesText(Protocol):
    """The encoder, as understanding sees it."""

    async def encode(self, text: str) -> Encoded:
        """One pass."""


class Understander:
    """Understands messages with the index and encoder that are current when each begins."""

    def __init__(self, languages: Sequence[str], index: Callable[[], Search], encoder: PassesText | None) -> None:
        self._languages = tuple(languages)
        self._index = index
        self._encoder = encoder

    async def understand(self, message: Message, previous_language: str | None = None) -> Understanding:
        """Language, candidates, flags. A pressed button needs no encoder: its value says what is wanted."""
        text = normalise(message.text)
        known = previous_language or of_locale(message.user.locale, self._languages)
        language = detect(text, self._languages, known)
        if message.choice is not None:
            return Understanding(text, language, flags=("choice",))
        if not has_words(text):
            return Understanding(text, language, flags=("no_words",))
        index = self._index()
        encoded = await self._encoder.encode(index.read(text)) if self._encoder else None
        return Understanding(text, language, tuple(index.search(text, encoded)), encoded)

    async def search(self, text: str) -> list[Match]:
        """The candidates for any text (`turn.search`)."""
        text = normalise(text)
        if not has_words(text):
            return []
        index = self._index()
        encoded = await self._encoder.encode(index.read(text)) if self._encoder else None
        return index.search(text, encoded)


def has_words(text: str) -> bool:
    """Whether there is anything to understand: a letter, a digit or a Chinese character."""
    return bool(LATIN_OR_DIGIT.search(text) or HAN.search(text))
