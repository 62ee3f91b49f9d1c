"""Socket Mode: several WebSockets, of which one is always there.

slack_sdk's client closes the old connection before the new one is open, so that for a moment there is none. Here a
connection that has to be renewed is replaced first and closed afterwards, and one at a time.
"""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from typing import Any

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import AuthFailed
from botcore_slack.door import Door
from botcore_slack.errors import CALL_ERRORS, TOKEN_ERRORS, trouble_of

log = structlog.get_logger("botcore.slack")
AT_ONCE = 200  # envelopes in hand; beyond that nothing more is read
PAUSE_MAX_S = 30.0
LINGER_S = 12.0  # how long an old connection is still read: Slack closes it about 10 s after its warning
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
Socket = aiohttp.ClientWebSocketResponse


class Sockets:
    """Keeps the connections of one app."""

    def __init__(
        self, web: AsyncWebClient, session: aiohttp.ClientSession, door: Door, *, count: int, ping_s: float
    ) -> None:
        self._web = web
        self._session = session
        self._door = door
        self._count = count
        self._ping_s = ping_s
        self._opening = asyncio.Lock()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._first: str | None = None
        self._is_closed = False

    async def check(self) -> None:
        """Ask for a first URL, which `run` uses. Raises AuthFailed if the app token is worth nothing."""
        try:
            self._first = await self._url()
        except CALL_ERRORS as wrong:
            trouble = trouble_of(wrong)
            if trouble.kind == "refused":
                mend = TOKEN_ERRORS.get(trouble.error, "It needs the scope connections:write, and Socket Mode on.")
                raise AuthFailed(f"Slack refused the app token: {trouble.error}.", fix=mend) from None
            log.warning("slack_unreachable", error=trouble.why)

    async def run(self) -> None:
        """Hold the connections until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._count):
                tasks.create_task(self._keep(number, tasks))

    def close(self) -> None:
        """Open no further connections."""
        self._is_closed = True

    async def _keep(self, number: int, tasks: asyncio.TaskGroup) -> None:
        pause_s = 0.0
        while True:
            await asyncio.sleep(pause_s)
            if self._is_closed:
                return
            try:
                socket = await self._open()
            except CALL_ERRORS as wrong:
                pause_s = min(PAUSE_MAX_S, max(0.5, 2 * pause_s)) * random.uniform(0.7, 1.3)  # noqa: S311  # jitter
                log.warning(
                    "slack_socket_failed", number=number, error=trouble_of(wrong).why, next_try_s=round(pause_s, 1)
                )
                continue
            pause_s = 0.0
            renew = asyncio.Event()
            reading = tasks.create_task(self._read(socket, renew, tasks))
            wanted = asyncio.create_task(renew.wait())
            try:
                await asyncio.wait({reading, wanted}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                wanted.cancel()
                if not renew.is_set():
                    await _close(socket, reading)
            if renew.is_set() and not reading.done():
                # The old one is read on until Slack closes it; the loop opens the new one meanwhile.
                tasks.create_task(self._retire(socket, reading))
            elif not renew.is_set():
                pause_s = random.uniform(0, 0.2)  # noqa: S311  # both may have been cut at once

    async def _url(self) -> str:
        found = await self._web.apps_connections_open(app_token=str(self._web.token))
        return str(found["url"])

    async def _open(self) -> Socket:
        async with self._opening:
            url, self._first = self._first or await self._url(), None
            return await self._session.ws_connect(
                url,
                heartbeat=self._ping_s,
                max_msg_size=MAX_MESSAGE_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
            )

    async def _read(self, socket: Socket, renew: asyncio.Event, tasks: asyncio.TaskGroup) -> None:
        """Read until the connection ends; each envelope is a task of its own."""
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                envelope = json.loads(message.data)
                kind = envelope["type"]
            except (ValueError, TypeError, KeyError):
                log.warning("slack_socket_garbage", bytes=len(message.data))
                continue
            if kind == "disconnect":
                log.info("slack_socket_renewed", reason=str(envelope.get("reason")))
                renew.set()
            elif envelope.get("envelope_id"):
                await self._room.acquire()
                tasks.create_task(self._take(socket, kind, envelope))

    async def _take(self, socket: Socket, kind: str, envelope: dict[str, Any]) -> None:
        try:
            payload = envelope.get("payload")
            answer = await self._door.socket(kind, payload if isinstance(payload, dict) else {"payload": payload})
            if answer.status != 200:
                return  # not acknowledged: Slack sends it again
            ack: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
            if answer.body and envelope.get("accepts_response_payload"):
                ack["payload"] = json.loads(answer.body)
            with suppress(ConnectionError, RuntimeError):  # it is closed: Slack sends it again, and it is a repeat
                await socket.send_json(ack)
        except Exception as wrong:  # the border to the platform: one envelope must not end the connection
            log.error("slack_envelope_failed", error=f"{type(wrong).__name__}: {wrong}")
        finally:
            self._room.release()

    @staticmethod
    async def _retire(socket: Socket, reading: asyncio.Task[None]) -> None:
        await asyncio.wait({reading}, timeout=LINGER_S)
        await _close(socket, reading)


async def _close(socket: Socket, reading: asyncio.Task[None]) -> None:
    await socket.close()
    await asyncio.wait({reading}, timeout=2)
    reading.cancel()
