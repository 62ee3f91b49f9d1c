"""What the bot gives its channels."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botcore.api.metrics import Metrics
from botcore.config.model import Bot as BotSection
from botcore.delivery.engine import Engine
from botcore.messages import Event, Message

SECRET_BYTES = 32


class BotHost:
    """Implements `botcore.channel.Host`."""

    def __init__(
        self,
        engine: Engine,
        bot: BotSection,
        folder: Path | None,
        metrics: Metrics,
        watch: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self.bot_name = bot.name
        self.languages = tuple(bot.languages)
        self._engine = engine
        self._folder = folder
        self._metrics = metrics
        self._watch = watch
        self._made: dict[str, bytes] = {}

    async def accept(self, message: Message) -> bool:
        """See `Host.accept`."""
        is_new = await self._engine.accept(message)
        self._metrics.count("messages_total", labels={"channel": message.channel, "repeat": str(not is_new).lower()})
        if is_new:
            facts = {"conversation": message.conversation, "channel": message.channel, "key": message.key}
            self._watch("message accepted", facts)
        return is_new

    async def events(
        self,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
        kinds: Sequence[str] = (),
    ) -> list[Event]:
        """See `Host.events`."""
        return await self._engine.events(conversation, after=after, before=before, limit=limit, kinds=kinds)

    def secret(self, name: str) -> bytes:
        """See `Host.secret`. In memory it lasts as long as the process."""
        if self._folder is None:
            return self._made.setdefault(name, secrets.token_bytes(SECRET_BYTES))
        folder = self._folder / "secrets"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / f"{name}.key"
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            kept = bytes.fromhex(file.read_text(encoding="ascii").strip())
            if len(kept) == SECRET_BYTES:
                return kept
            raise ValueError(f"{file} is damaged; remove it, and visitors get new identities") from None
        fresh = secrets.token_bytes(SECRET_BYTES)
        with os.fdopen(handle, "w", encoding="ascii") as writing:
            writing.write(fresh.hex())
            writing.flush()
            os.fsync(writing.fileno())
        return fresh

    def observe(self, metric: str, value: float = 1.0, labels: Mapping[str, str] | None = None) -> None:
        """See `Host.observe`."""
        self._metrics.count(metric, value, labels)
