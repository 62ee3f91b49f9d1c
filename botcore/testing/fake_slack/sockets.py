"""Socket Mode: up to ten WebSockets, each envelope on any one of them, sent again until it is acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from botcore.testing.fake_slack.waiting import Bell

MAX_CONNECTIONS = 10
RETRIES_S = (0.0, 60.0, 300.0)
FOR_EVER_S = 1e9


@dataclass(slots=True, eq=False)
class Connection:
    """One WebSocket of the app."""

    socket: web.WebSocketResponse
    number: int
    is_leaving: bool = False  # told to go: nothing new is sent on it
    is_awake: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: set[str] = field(default_factory=set)
    received: list[dict[str, Any]] = field(default_factory=list)


class Sockets:
    """Carries events and interactions over the app's WebSockets."""

    def __init__(self, bell: Bell, *, ack_timeout_s: float, time_scale: float) -> None:
        self._bell = bell
        self.connections: list[Connection] = []
        self.envelopes: list[dict[str, Any]] = []
        self.acks: list[dict[str, Any]] = []
        self.unacknowledged: list[dict[str, Any]] = []
        self.violations: list[str] = []
        self.opened = 0
        self._ack_timeout_s = ack_timeout_s
        self._delays_s = [delay * time_scale for delay in RETRIES_S]
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def live(self) -> Sequence[Connection]:
        """The connections on which something may be sent."""
        return [connection for connection in self.connections if not connection.is_leaving]

    def ticket(self) -> str:
        """A word with which one WebSocket can be opened, once."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket's end here."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            self.violations.append("a Socket Mode URL was used twice, or is unknown")
            return web.Response(status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self.connections) >= MAX_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.opened += 1
        connection = Connection(socket, self.opened)
        connection.is_awake.set()
        self.connections.append(connection)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {
                    "host": "fake",
                    "started": "now",
                    "build_number": 1,
                    "approximate_connection_time": 3600,
                },
                "connection_info": {"app_id": "A0FAKE"},
            }
        )
        self._bell.ring()
        try:
            await self._listen(connection)
        finally:
            self.connections.remove(connection)
            for envelope_id in connection.waiting:
                self._settle(envelope_id, None)
            self._bell.ring()
        return socket

    async def _listen(self, connection: Connection) -> None:
        while True:
            await connection.is_awake.wait()
            message = await connection.socket.receive()
            if message.type is WSMsgType.PING and connection.is_awake.is_set():
                await connection.socket.pong(message.data)
            if message.type in (WSMsgType.PING, WSMsgType.PONG):
                continue
            if message.type is not WSMsgType.TEXT:
                return
            try:
                ack = json.loads(message.data)
                envelope_id = ack["envelope_id"]
            except (ValueError, KeyError, TypeError):
                self.violations.append(f"not an acknowledgement: {message.data[:100]!r}")
                continue
            self.acks.append(ack)
            self._bell.ring()
            connection.received.append(ack)
            connection.waiting.discard(envelope_id)
            if envelope_id not in self._waiting:
                # Too late, or twice; the platform says nothing either.
                continue
            self._settle(envelope_id, ack)

    def event(self, payload: dict[str, Any]) -> None:
        """Deliver an event until it is acknowledged, at most four times. Without any connection it waits for one."""
        task = asyncio.get_running_loop().create_task(self._deliver(payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, payload: dict[str, Any]) -> None:
        for attempt in range(len(self._delays_s) + 1):
            if attempt:
                await asyncio.sleep(self._delays_s[attempt - 1])
            retry = {"retry_attempt": attempt, "retry_reason": "timeout"} if attempt else {}
            if await self._send("events_api", payload, accepts_response_payload=False, **retry) is not None:
                return
        self.unacknowledged.append(payload)
        self._bell.ring()

    async def interact(self, kind: str, payload: dict[str, Any]) -> Any:
        """Deliver an interaction or a command, once; the acknowledgement's payload, None if none came in time."""
        ack = await self._send(kind, payload, accepts_response_payload=True)
        if ack is None:
            self.unacknowledged.append(payload)
            return None
        return ack.get("payload", {})

    async def _send(self, kind: str, payload: dict[str, Any], **fields: Any) -> Any:
        await self._bell.until(lambda: self.live, timeout_s=FOR_EVER_S)
        connection = self.live[next(self._turn) % len(self.live)]
        envelope = {"envelope_id": str(uuid.uuid4()), "type": kind, "payload": payload, **fields}
        answer = self._waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        connection.waiting.add(envelope["envelope_id"])
        self.envelopes.append(envelope)
        self._bell.ring()
        try:
            await connection.socket.send_json(envelope)
            async with asyncio.timeout(self._ack_timeout_s):
                return await answer
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._waiting.pop(envelope["envelope_id"], None)
            connection.waiting.discard(envelope["envelope_id"])

    async def again(self, payload: dict[str, Any]) -> None:
        """The same event once more on every connection, each in an envelope of its own."""
        for connection in self.live:
            envelope = {"envelope_id": str(uuid.uuid4()), "type": "events_api", "payload": payload}
            await connection.socket.send_json({**envelope, "retry_attempt": 1, "retry_reason": "timeout"})

    async def disconnect(self, reason: str, *, number: int = 0, close_after_s: float = 0.5) -> None:
        """Tell the app to open a new connection (`warning`, `refresh_requested`, `link_disabled`), then close this."""
        found = [c for c in self.live if c.number == number] if number else list(self.live)[:1]
        for connection in found:
            connection.is_leaving = True
            info = {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}
            await connection.socket.send_json(info)
            task = asyncio.get_running_loop().create_task(self._close(connection, close_after_s))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _close(connection: Connection, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await connection.socket.close()

    def cut(self, number: int = 0) -> None:
        """End a connection without a word."""
        for connection in list(self.connections):
            if number in (0, connection.number):
                transport = connection.socket._req.transport if connection.socket._req else None
                if transport is not None:
                    transport.abort()
                return

    def fall_silent(self, number: int = 0) -> None:
        """A connection stays open and answers nothing more, not even pings."""
        for connection in self.connections:
            if number in (0, connection.number):
                connection.is_awake.clear()
                connection.is_leaving = True
                return

    async def wait_for(self, count: int, timeout_s: float = 15) -> None:
        """Wait until so many connections are open."""
        await self._bell.until(lambda: len(self.live) >= count, timeout_s)

    async def close(self) -> None:
        """End everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self.connections):
            connection.is_awake.set()
            await connection.socket.close()

    def _settle(self, envelope_id: str, ack: Any) -> None:
        future = self._waiting.get(envelope_id)
        if future is not None and not future.done():
            future.set_result(ack)
