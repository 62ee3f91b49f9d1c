"""Long polling: the offset moves only past what is stored.

The SDK's own updater confirms what is still queued in memory, so that a crash loses it, and repeats for ever an update
that it cannot read.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Sequence
from typing import Any

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from botcore import NotReady
from botcore_telegram.albums import album_of, up_to_cut, without_albums
from botcore_telegram.intake import Intake
from botcore_telegram.parse import update_id_of
from botcore_telegram.request import Client, Flood, Garbled

log = structlog.get_logger("botcore.telegram")
POLL_S = 25
BATCH = 100
SHORT_POLL_S = 0.5
IDLE_S = 24 * 3600.0
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 30.0
TRIES = 3
MAX_RAW_BYTES = 100_000
ALBUM_PAUSE_S = 0.4
ALBUM_ROUNDS = 4
UPDATE_ID = re.compile(rb'"update_id"\s*:\s*([0-9]{1,18})\b')


class Pause:
    """A pause that grows with every failure, and is never quite the same for two bots."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    def over(self) -> None:
        """It works again."""
        self._next_s = FIRST_PAUSE_S

    async def wait(self, at_least_s: float = 0.0) -> None:
        """Wait, longer each time."""
        pause_s = max(at_least_s, self._next_s * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
        self._next_s = min(2 * self._next_s, MAX_PAUSE_S)
        await asyncio.sleep(pause_s)


class Poller:
    """Asks for updates until cancelled."""

    def __init__(self, client: Client, intake: Intake, kinds: Sequence[str]) -> None:
        self._client = client
        self._intake = intake
        self._kinds = list(kinds)
        self._offset = 0
        self._confirmed = 0
        self._came_at = time.monotonic()
        self._limit = BATCH
        self._garbled = 0
        self._pause = Pause()
        self._is_over = False
        self._running: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Take the webhook away, then poll until cancelled or stopped."""
        self._running = asyncio.create_task(self._poll(), name="telegram-poll")
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._is_over:
                raise

    async def _poll(self) -> None:
        while True:
            try:
                await self._client.call("deleteWebhook", {"drop_pending_updates": False})
                break
            except TelegramError as wrong:
                await self._rest(wrong)
        while True:
            asked_at = time.monotonic()
            try:
                updates = await self._ask(POLL_S)
            except TelegramError as wrong:
                await self._rest(wrong)
                continue
            self._pause.over()
            self._garbled, self._limit = 0, BATCH
            if updates:
                await self._take(updates)
            elif time.monotonic() - asked_at < SHORT_POLL_S:
                await asyncio.sleep(SHORT_POLL_S)  # a server that does not hold the question until there is something

    async def _ask(self, timeout_s: int) -> list[Any]:
        if self._offset == self._confirmed and time.monotonic() - self._came_at > IDLE_S:
            self._offset = 0  # after a week Telegram may number from anywhere; what was stored is confirmed by now
        values = {"offset": self._offset, "limit": self._limit, "timeout": timeout_s, "allowed_updates": self._kinds}
        found = await self._client.call("getUpdates", values, timeout_s=timeout_s + 10)
        self._confirmed = self._offset
        if found:
            self._came_at = time.monotonic()
        return found if isinstance(found, list) else []

    async def _take(self, updates: list[Any]) -> None:
        """Store them, and only then move the offset past them."""
        updates = self._whole(updates)
        if any(album_of(update) for update in updates):
            updates = await self._take_albums(updates)
        else:
            await self._store(updates)
        for update in updates:
            number = update_id_of(update)
            if number is not None and number >= self._offset:
                self._offset = number + 1
            elif self._offset:  # no number, or an odd one: it comes after the one before it, more cannot be said
                self._offset += 1
        if not self._offset:
            await self._pause.wait()  # nothing but updates without a number, and none before them

    async def _take_albums(self, updates: list[Any]) -> list[Any]:
        """Store what does not wait for an album at once, the rest when the albums grow no more: photos come singly."""
        taken = without_albums(updates)
        await self._store(taken)
        numbers = {update_id_of(update) for update in taken}
        size = sum(album_of(update) is not None for update in updates)
        for _ in range(ALBUM_ROUNDS):
            await asyncio.sleep(ALBUM_PAUSE_S)
            try:
                updates = self._whole(await self._ask(timeout_s=0)) or updates
            except TelegramError:
                break
            before, size = size, sum(album_of(update) is not None for update in updates)
            if size == before:
                break
        await self._store([update for update in updates if update_id_of(update) not in numbers])
        return updates

    def _whole(self, updates: list[Any]) -> list[Any]:
        """A batch without an album that may go on in the next one."""
        return up_to_cut(updates) if len(updates) >= self._limit else updates

    async def _store(self, updates: list[Any]) -> None:
        """Store them, however long the journal cannot write; until then nothing is confirmed and nothing asked for."""
        while updates:
            try:
                await self._intake.take(updates)
                break
            except NotReady as wrong:
                log.warning("telegram_waits_for_journal", why=str(wrong), updates=len(updates))
                await self._pause.wait()
        self._pause.over()

    async def _rest(self, wrong: TelegramError) -> None:
        """A pause after a failure, and a line that says what is to be done about it."""
        match wrong:
            case Garbled():
                await self._garbled_answer(wrong.payload)
            case Flood():
                await self._pause.wait(wrong.after_s)
            case Conflict():
                fix = "Another program polls with this token, or has set a webhook: end it. One bot, one process."
                log.error("telegram_conflict", why=str(wrong), fix=fix)
                await self._pause.wait(1.0)
            case InvalidToken():
                log.error("telegram_token_refused", fix="Ask @BotFather for the token, and put it into the config.")
                await self._pause.wait(5.0)
            case _:
                log.warning("telegram_unreachable", why=str(wrong))
                await self._pause.wait()

    async def _garbled_answer(self, payload: bytes) -> None:
        """An answer that is no JSON: ask for one update at a time, and put aside the one that stays unreadable."""
        self._garbled += 1
        if self._limit > 1:
            self._limit = 1
        elif self._garbled > TRIES and (numbers := [int(found) for found in UPDATE_ID.findall(payload)]):
            await self._intake.bury(
                {"update_id": numbers[0], "raw": payload[:100_000].decode("utf-8", "replace")}, "no JSON"
            )
            self._offset = max(self._offset, numbers[0] + 1)
            self._garbled = 0
        await asyncio.sleep(0.1 * 2 ** min(self._garbled, 6))

    async def stop(self) -> None:
        """Ask no more, and tell Telegram what is stored, so that it need not send that again."""
        self._is_over = True
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        if self._offset <= self._confirmed:
            return
        with contextlib.suppress(TelegramError, TimeoutError):
            async with asyncio.timeout(2):
                values = {"offset": self._offset, "limit": 1, "timeout": 0, "allowed_updates": self._kinds}
                await self._client.call("getUpdates", values, timeout_s=2)
