"""A small host in memory, for tests of the adapter alone: it can refuse to store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botcore import Button, Event, Message, NotReady


class MemoryKept:
    """`botcore.Kept` in a dict."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}

    async def get(self, key: str) -> Any | None:
        return self.rows.get(key)

    async def put(self, key: str, value: Any, *, expires_s: float | None = None, conversation: str = "") -> None:
        self.rows[key] = value

    async def add(self, key: str, value: Any, *, expires_s: float | None = None, conversation: str = "") -> bool:
        return self.rows.setdefault(key, value) is value

    async def pop(self, key: str) -> Any | None:
        return self.rows.pop(key, None)

    async def find(self, prefix: str) -> dict[str, Any]:
        return {key: value for key, value in self.rows.items() if key.startswith(prefix)}


class MemoryHost:
    """`botcore.Host` that keeps what it accepts in a list."""

    bot_name = "Ada"
    languages = ("en", "zh")

    def __init__(self) -> None:
        self.is_full = False
        self.accepted: list[Message] = []
        self.buried: list[tuple[str, str]] = []
        self._kept = MemoryKept()

    async def accept(self, message: Message) -> bool:
        if self.is_full:
            raise NotReady("The disk is full.")
        if any(message.key == other.key for other in self.accepted):
            return False
        self.accepted.append(message)
        return True

    async def accept_all(self, messages: Sequence[Message]) -> list[bool]:
        return [await self.accept(message) for message in messages]

    async def bury(self, channel: str, key: str, error: str, body: Mapping[str, Any]) -> None:
        self.buried.append((key, error))

    async def choice(self, conversation: str, seq: int, index: int) -> Button | None:
        return None

    async def events(self, conversation: str, **where: Any) -> list[Event]:
        return []

    def kept(self, name: str) -> MemoryKept:
        return self._kept

    def say(self, key: str, language: str | None = None, values: Mapping[str, Any] | None = None) -> str:
        return key

    def language_of(self, locale: str | None) -> str | None:
        return locale[:2] if locale else None

    def secret(self, name: str) -> bytes:
        return name.encode().ljust(32, b".")[:32]

    def observe(self, metric: str, value: float = 1.0, labels: Mapping[str, str] | None = None) -> None:
        return None
