"""What the bot gives its channels."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botcore.api.metrics import Metrics
from botcore.app.loops import LoopGuard
from botcore.channel import Kept
from botcore.config.model import Bot as BotSection
from botcore.delivery.engine import Engine
from botcore.messages import Button, Event, Message
from botcore.nlg.texts import Texts
from botcore.nlu.language import of_locale
from botcore.store.codec import reply_of

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
        texts: Callable[[], Texts],
    ) -> None:
        self.bot_name = bot.name
        self.languages = tuple(bot.languages)
        self._engine = engine
        self._folder = folder
        self._metrics = metrics
        self._watch = watch
        self._texts = texts
        self._loops = LoopGuard()
        self._made: dict[str, bytes] = {}

    async def accept(self, message: Message) -> bool:
        """See `Host.accept`."""
        if not self._is_let_in(message):
            return False
        try:
            is_new = await self._engine.accept(message)
        except BaseException:
            self._take_back([message])
            raise
        self._note(message, is_new=is_new)
        return is_new

    async def accept_all(self, messages: Sequence[Message]) -> list[bool]:
        """See `Host.accept_all`."""
        let_in = [self._is_let_in(message) for message in messages]
        wanted = [message for message, is_wanted in zip(messages, let_in, strict=True) if is_wanted]
        try:
            found = iter(await self._engine.accept_all(wanted))
        except BaseException:
            self._take_back(wanted)
            raise
        results = [is_wanted and next(found) for is_wanted in let_in]
        for message, is_new in zip(messages, results, strict=True):
            self._note(message, is_new=is_new)
        return results

    async def bury(self, channel: str, key: str, error: str, body: Mapping[str, Any]) -> None:
        """See `Host.bury`."""
        await self._engine.bury(channel, key, error, body)

    async def choice(self, conversation: str, seq: int, index: int) -> Button | None:
        """See `Host.choice`."""
        found = await self._engine.events(conversation, after=seq - 1, limit=1)
        if not found or found[0].seq != seq or found[0].kind != "said":
            return None
        choices = reply_of(found[0].body).choices
        return choices[index] if 0 <= index < len(choices) else None

    def kept(self, name: str) -> Kept:
        """See `Host.kept`."""
        return self._engine.kept(name)

    def say(self, key: str, language: str | None = None, values: Mapping[str, Any] | None = None) -> str:
        """See `Host.say`."""
        return self._texts().say(key, language or self.languages[0], values)

    def language_of(self, locale: str | None) -> str | None:
        """See `Host.language_of`."""
        return of_locale(locale, self.languages)

    def _is_let_in(self, message: Message) -> bool:
        if message.user.is_bot and not self._loops.lets_in(message.conversation):
            self._metrics.count("loops_stopped_total", labels={"channel": message.channel})
            return False
        return True

    def _take_back(self, messages: Sequence[Message]) -> None:
        """They were let in and could not be stored: they will come again."""
        for message in messages:
            if message.user.is_bot:
                self._loops.take_back(message.conversation)

    def _note(self, message: Message, *, is_new: bool) -> None:
        self._metrics.count("messages_total", labels={"channel": message.channel, "repeat": str(not is_new).lower()})
        if is_new:
            facts = {"conversation": message.conversation, "channel": message.channel, "key": message.key}
            self._watch("message accepted", facts)

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
