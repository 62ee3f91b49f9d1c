"""The fake itself: an HTTP server that plays `api.telegram.org` for one bot."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from aiohttp import BodyPartReader, web

from botcore.testing.fake_telegram import control
from botcore.testing.fake_telegram.driving import Driving
from botcore.testing.fake_telegram.faults import Fault, Faults
from botcore.testing.fake_telegram.methods import Methods
from botcore.testing.fake_telegram.parameters import BY_LOWER_CASE, Upload, read, refuse_lone_surrogates
from botcore.testing.fake_telegram.refusals import Refused
from botcore.testing.fake_telegram.updates import Updates
from botcore.testing.fake_telegram.world import World

TOKEN = "123456:TEST-token-of-the-fake-telegram-AAAA"  # noqa: S105  # of no real bot
TOKEN_SHAPE = re.compile(r"[0-9]+:[A-Za-z0-9_-]{30,}")
MAX_REQUEST_BYTES = 52 * 1024 * 1024
UNAUTHORIZED = Refused(401, "Unauthorized")
NOT_FOUND = Refused(404, "Not Found")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot: what it gave, and what it was told."""

    method: str
    parameters: dict[str, Any]
    status: int
    body: bytes
    at: float

    @property
    def reply(self) -> Any:
        """The reply, parsed."""
        return json.loads(self.body)


class FakeTelegram(Driving):
    """Use it as `async with FakeTelegram() as fake:`, and give the bot `fake.url` as its `base_url`.

    Attributes:
        calls: everything the bot called, oldest first, but for `getUpdates` unless `records_polls`.
        polls: how often `getUpdates` was called.
        max_poll_s: how long `getUpdates` is held at most while there is nothing; 0 answers at once.
        violations: what Telegram would have let pass, but the documentation does not allow. Tests assert it is empty.
    """

    def __init__(self, token: str = TOKEN, username: str = "test_bot", port: int = 0) -> None:
        super().__init__(World(token, username), Updates(), Faults())
        self.token = token
        self.calls: list[Call] = []
        self.polls = 0
        self.records_polls = False
        self.max_poll_s = 50.0
        self.violations: list[str] = []
        self.updates.on_change = self._tell
        self._methods = Methods(self.world, self.updates)
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._waiters: list[tuple[Callable[[], Any], asyncio.Future[None]]] = []

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:45123."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen on loopback."""
        self._runner = web.ServerRunner(
            web.Server(self._answer, access_log=None, request_factory=_request), shutdown_timeout=0.5
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening."""
        await self.updates.close()
        if self._runner is not None:
            server = self._runner.server
            await self._runner.cleanup()
            self._runner = None
            for _ in range(4):  # a connection that was accepted just now gets its handler in the next turns of the loop
                await asyncio.sleep(0)
            if isinstance(server, web.Server):
                await server.shutdown(0)

    async def until(self, is_so: Callable[[], Any], timeout_s: float = 10.0) -> None:
        """Wait until something is so; looked at after every call of the bot and every push. Raises TimeoutError."""
        if is_so():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((is_so, waiter))
        try:
            await asyncio.wait_for(waiter, timeout_s)
        except TimeoutError:
            methods = [f"{call.method} {call.status}" for call in self.calls[-10:]]
            raise TimeoutError(f"not within {timeout_s} s; the last calls: {methods}") from None
        finally:
            self._waiters = [pair for pair in self._waiters if pair[1] is not waiter]

    def called(self, method: str, chat: int | None = None) -> list[dict[str, Any]]:
        """The parameters of every call of a method, refused ones too."""
        return [
            call.parameters
            for call in self.calls
            if call.method == method and (chat is None or call.parameters.get("chat_id") == chat)
        ]

    # --- serving ---

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/bot"):
            token, _, method = path[4:].rpartition("/")
            return await self._call(request, token, method)
        if path.startswith("/file/bot"):
            return self._download(path[len("/file/bot") :])
        if path.startswith("/_control/"):
            return await control.answer(self, request, path.removeprefix("/_control/"))
        return _json_response(NOT_FOUND.body(), 404)

    async def _call(self, request: web.BaseRequest, token: str, asked: str) -> web.StreamResponse:
        method = BY_LOWER_CASE.get(asked.lower(), asked)
        parameters: dict[str, Any] = {}
        faults: list[Fault] = []
        try:
            if token != self.token:
                raise UNAUTHORIZED if TOKEN_SHAPE.fullmatch(unquote(token)) else NOT_FOUND
            given = parameters = await _given(request)
            faults = self.faults.take(method, given.get("chat_id"))
            if faults:
                await _strike_before(faults)
            if method not in BY_LOWER_CASE.values():
                raise NOT_FOUND
            refuse_lone_surrogates(given)
            parameters = read(method, given, self.violations)
            status, body = 200, await self._carry_out(method, parameters)
        except Refused as refused:
            status, body = refused.code, json.dumps(refused.body()).encode()
        except _Dropped:
            return _dropped(request)
        if method != "getUpdates" or self.records_polls:
            self.calls.append(Call(method, parameters, status, body, time.monotonic()))
        response = await _strike_after(request, faults, body) if faults else None
        self._tell()
        return response or web.Response(body=body, status=status, content_type="application/json")

    async def _carry_out(self, method: str, parameters: dict[str, Any]) -> bytes:
        if method == "getUpdates":
            self.polls += 1
            offset, limit = parameters.get("offset", 0), parameters.get("limit", 100)
            timeout_s = min(parameters.get("timeout", 0), self.max_poll_s)
            return await self.updates.poll(offset, limit, timeout_s, parameters.get("allowed_updates"))
        result = self._methods.table[method](parameters)
        if asyncio.iscoroutine(result):
            result = await result
        return json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def _tell(self) -> None:
        for is_so, waiter in self._waiters:
            if not waiter.done() and is_so():
                waiter.set_result(None)

    def _download(self, rest: str) -> web.Response:
        token, _, path = rest.partition("/")
        stored = self.world.files.get(path.removeprefix("files/"))
        if token != self.token or stored is None:
            return _json_response(NOT_FOUND.body(), 404)
        return web.Response(body=stored.content, content_type=stored.media_type)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    """A request that may be as large as an upload; the server's own bound is 1 MB."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_REQUEST_BYTES)


class _Dropped(Exception):
    """The connection ends without a word."""


async def _given(request: web.BaseRequest) -> dict[str, Any]:
    """The parameters as they came. Raises Refused for what cannot be read."""
    given: dict[str, Any] = dict(request.query) if request.query_string else {}
    if request.method not in ("GET", "POST"):
        raise Refused(405, "Method Not Allowed")
    kind = request.content_type if request.can_read_body else ""
    try:
        if kind == "application/json":
            body = json.loads(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise Refused(400, "Bad Request: object expected")
            given |= body
        elif kind == "application/x-www-form-urlencoded":
            text = (await request.read()).decode("utf-8")
            given |= dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict"))
        elif kind == "multipart/form-data":
            given |= await _parts(request)
    except (ValueError, RecursionError):
        raise Refused(400, "Bad Request: strings must be encoded in UTF-8, and the request be well-formed") from None
    return given


async def _parts(request: web.BaseRequest) -> dict[str, Any]:
    given: dict[str, Any] = {}
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refused(400, "Bad Request: nested parts are not expected")
        name, filename = part.name, part.filename
        content = bytes(await part.read())
        size += len(content)
        if size > MAX_REQUEST_BYTES:
            raise Refused(413, "Request Entity Too Large")
        kind = part.headers.get("Content-Type", "application/octet-stream")
        given[name or ""] = Upload(filename, content, kind) if filename is not None else content.decode("utf-8")
    return given


async def _strike_before(faults: list[Fault]) -> None:
    for fault in faults:
        if fault.kind == "delay_before":
            await asyncio.sleep(fault.seconds)
    for fault in faults:
        if fault.kind == "drop_before":
            raise _Dropped
        if fault.kind == "429":
            after = fault.retry_after
            raise Refused(429, f"Too Many Requests: retry after {after}", {"retry_after": after})
        if fault.kind == "status":
            raise Refused(fault.status, "Bad Gateway" if fault.status == 502 else "Internal Server Error")


async def _strike_after(request: web.BaseRequest, faults: list[Fault], body: bytes) -> web.StreamResponse | None:
    kinds = {fault.kind: fault for fault in faults}
    if "delay_after" in kinds:
        await asyncio.sleep(kinds["delay_after"].seconds)
    if "drop_after" in kinds:
        return _dropped(request)
    if "malformed" in kinds:
        return web.Response(body=body[: len(body) // 2] + b"\xff", content_type="application/json")
    return None


def _dropped(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _json_response(body: Any, status: int) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")
