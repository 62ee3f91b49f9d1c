"""Updates on their way to the bot: kept until confirmed, polled or pushed to a webhook."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import aiohttp

from botcore.testing.fake_telegram.refusals import Refused, bad_request

LEFT_OUT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
CONFLICT = Refused(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
HOOKED = Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
FIRST_ID = 10_000


class Updates:
    """The queue of one bot."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, bytes] = OrderedDict()
        self._next = FIRST_ID
        self._allowed: list[str] | None = None
        self._poller: asyncio.Future[None] | None = None
        self.webhook: dict[str, Any] = {}
        self.back_off_s = 0.1  # the first pause after a push that failed; it doubles up to 5 s
        self.pushed: list[tuple[int, int]] = []  # every push: update id, HTTP status (0: no answer)
        self.on_change: Callable[[], None] = lambda: None
        self._pushing: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._gate = asyncio.Semaphore(40)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def next_id(self) -> int:
        """The id that the next update gets."""
        return self._next

    def push(self, update: dict[str, Any]) -> int | None:
        """Queue an update without its id; None when its kind is not wanted."""
        kind = next(iter(update))
        allowed = self._allowed
        if (kind not in allowed) if allowed else kind in LEFT_OUT_BY_DEFAULT:
            return None
        return self.push_raw({"update_id": self._next, **update})

    def push_raw(self, update: Any) -> int:
        """Queue any JSON value, or bytes, as they are."""
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        number = self._next
        self._next += 1
        self._waiting[number] = body
        if self.webhook:
            self._start_push(number)
        elif self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
        return number

    def is_confirmed(self, number: int) -> bool:
        """Whether the update that `push` gave this number was confirmed, or taken by a webhook."""
        return number not in self._waiting

    async def poll(self, offset: int, limit: int, timeout_s: float, allowed: list[str] | None) -> bytes:
        """The JSON reply to getUpdates. Confirms what lies before the offset; a negative one keeps only the last."""
        if self.webhook:
            raise HOOKED
        limit = min(max(limit, 1), 100)
        self._allow(allowed)
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(CONFLICT)
        self._confirm(offset)
        self.on_change()
        if not self._waiting and timeout_s > 0:
            self._poller = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._poller, timeout_s)
        found = [body for _, body in zip(range(limit), self._waiting.values(), strict=False)]
        return b'{"ok":true,"result":[' + b",".join(found) + b"]}"

    def _allow(self, allowed: list[str] | None) -> None:
        if allowed is not None:
            self._allowed = [str(kind) for kind in allowed] or None

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._waiting) > -offset:
                self._waiting.popitem(last=False)
        while self._waiting and next(iter(self._waiting)) < offset:
            self._waiting.popitem(last=False)

    async def set_webhook(self, settings: dict[str, Any]) -> None:
        """Push from now on; {} or no url: let it be polled again."""
        for task in self._pushing.values():
            task.cancel()
        self._pushing.clear()
        if settings.get("drop_pending_updates"):
            self._waiting.clear()
        self._allow(settings.get("allowed_updates"))
        self.webhook = settings if settings.get("url") else {}
        if self.webhook:
            count = settings.get("max_connections", 40)
            if not 1 <= count <= 100:
                raise bad_request("max_connections must be between 1 and 100")
            self._gate = asyncio.Semaphore(count)
            self._session = self._session or aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
            for number in self._waiting:
                self._start_push(number)

    def webhook_info(self) -> dict[str, Any]:
        """The reply to getWebhookInfo."""
        info: dict[str, Any] = {"url": self.webhook.get("url", ""), "has_custom_certificate": False}
        more = {key: value for key, value in self.webhook.items() if key in ("max_connections", "allowed_updates")}
        return {**info, "pending_update_count": len(self._waiting), **more}

    def _start_push(self, number: int) -> None:
        self._pushing[number] = asyncio.create_task(self._push_until_taken(number))

    async def _push_until_taken(self, number: int) -> None:
        pause_s = self.back_off_s
        while number in self._waiting:
            async with self._gate:
                status = await self._push_once(self._waiting[number])
            self.pushed.append((number, status))
            if 200 <= status < 300:
                self._waiting.pop(number, None)
                self.on_change()
                break
            self.on_change()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, 5.0)
        self._pushing.pop(number, None)

    async def _push_once(self, body: bytes) -> int:
        if self._session is None:
            return 0
        headers = {"Content-Type": "application/json"}
        if secret := self.webhook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        try:
            timeout = aiohttp.ClientTimeout(total=30)
            async with self._session.post(self.webhook["url"], data=body, headers=headers, timeout=timeout) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def close(self) -> None:
        """End every push, and let a poller go."""
        for task in list(self._pushing.values()):
            task.cancel()
        await asyncio.gather(*self._pushing.values(), return_exceptions=True)
        self._pushing.clear()
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
        if self._session is not None:
            await self._session.close()
            self._session = None
