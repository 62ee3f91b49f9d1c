"""The Bot API over aiohttp: a light `BaseRequest` for the SDK, and a `Bot` that takes and returns plain values.

The SDK's own HTTP layer (httpx) logs every address, which holds the token, and costs more CPU a call than all the rest.
Its mapping of errors is kept: RetryAfter, Forbidden, BadRequest, ChatMigrated, InvalidToken, Conflict, NetworkError.
"""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
UPLOAD_TIMEOUT_S = 50.0
JSON_HEADERS = {"Content-Type": "application/json"}
TOO_MANY = 429
# The last: a proxy that opens no way to Telegram.
UNSENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.ClientHttpProxyError,
)
TOO_LARGE = 413


class NotReached(NetworkError):
    """The request never left: it is safe to send it again."""


class AnswerLost(TimedOut):
    """The request was written, and no answer came that could be read: it may have been carried out."""


class Garbled(AnswerLost):
    """The answer is no JSON; `payload` holds it."""

    def __init__(self, payload: bytes) -> None:
        super().__init__("The answer is no JSON")
        self.payload = payload


class Flood(RetryAfter):
    """Too many requests: wait for `after_s` seconds."""

    def __init__(self, after_s: float) -> None:  # the SDK's own one warns of its future type
        TelegramError.__init__(self, f"Too many requests: retry after {after_s:g} s")
        self._retry_after = timedelta(seconds=after_s)

    @property
    def after_s(self) -> float:
        """The wait in seconds."""
        return self._retry_after.total_seconds()


class AiohttpRequest(BaseRequest):
    """One pool of connections to the Bot API."""

    __slots__ = ("_limit", "_proxy", "_session", "_timeouts")

    def __init__(self, base_url: str, *, connections: int = 100) -> None:
        self._limit = connections
        self._proxy = _proxy_for(base_url)
        self._session: aiohttp.ClientSession | None = None
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    @property
    def read_timeout(self) -> float | None:
        """How long an answer may take, in seconds."""
        return READ_TIMEOUT_S

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session. Raises NotReached when it is closed."""
        if self._session is None or self._session.closed:
            raise NotReached("The channel is stopped")
        return self._session

    @property
    def proxy(self) -> str | None:
        """The proxy that the environment names for the Bot API."""
        return self._proxy

    async def initialize(self) -> None:
        """Open the session."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._limit, ttl_dns_cache=300)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request. Raises NotReached, AnswerLost, Flood or BadRequest; no error's text holds the address."""
        body: Any = None
        headers = None
        wait_s = read_timeout if isinstance(read_timeout, int | float) else READ_TIMEOUT_S
        if request_data is not None and request_data.contains_files:
            body, wait_s = _form(request_data), max(wait_s, UPLOAD_TIMEOUT_S)
        elif request_data is not None:
            body, headers = json.dumps(request_data.parameters).encode(), JSON_HEADERS
        timeout = self._timeouts.get(wait_s)
        if timeout is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=wait_s)
            self._timeouts[wait_s] = timeout
        try:
            async with self.session.request(
                method, url, data=body, headers=headers, timeout=timeout, proxy=self._proxy
            ) as answer:
                status, payload = answer.status, await answer.read()
        except UNSENT as wrong:
            raise NotReached(f"Telegram cannot be reached ({_named(wrong)})") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise AnswerLost(f"No answer from Telegram ({type(wrong).__name__})") from None
        if status == TOO_LARGE:
            raise BadRequest("The file is too large for Telegram")
        if status == TOO_MANY:
            raise Flood(_retry_after(payload) or 1.0)
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """The JSON. Raises Garbled, and unlike the SDK's own does not log what users wrote."""
        try:
            return json.loads(payload)
        except (ValueError, RecursionError):
            try:
                return json.loads(payload.decode("utf-8", "replace"))
            except (ValueError, RecursionError):
                raise Garbled(payload) from None


class Client(Bot):
    """The SDK's Bot with one more method, which skips the building of objects that nothing reads."""

    def __init__(self, token: str, base_url: str) -> None:
        self._polls = AiohttpRequest(base_url, connections=2)
        self._calls = AiohttpRequest(base_url)
        super().__init__(
            token,
            base_url=f"{base_url}/bot",
            base_file_url=f"{base_url}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )

    def __repr__(self) -> str:
        return "Client()"

    async def open(self) -> None:
        """Open the connections; unlike `initialize` without a call."""
        await self._polls.initialize()
        await self._calls.initialize()

    async def close_all(self) -> None:
        """Close the connections."""
        await self._polls.shutdown()
        await self._calls.shutdown()

    async def call(self, method: str, values: dict[str, Any] | None = None, *, timeout_s: float | None = None) -> Any:
        """The `result` of a method, as plain values. Raises TelegramError."""
        if timeout_s is None:
            return await self._post(method, values)
        return await self._post(method, values, read_timeout=timeout_s)

    async def download(self, file_path: str, limit_bytes: int) -> bytes | None:
        """The bytes of a file that `getFile` told of; None when there are more than the limit."""
        timeout = aiohttp.ClientTimeout(total=UPLOAD_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S)
        url = f"{self._base_file_url}/{file_path}"
        found = bytearray()
        try:
            async with self._calls.session.get(url, timeout=timeout, proxy=self._calls.proxy) as answer:
                if answer.status != 200:
                    raise NetworkError(f"The file cannot be fetched: status {answer.status}")
                async for chunk in answer.content.iter_chunked(64 * 1024):
                    found += chunk
                    if len(found) > limit_bytes:
                        return None
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise NetworkError(f"The file cannot be fetched ({type(wrong).__name__})") from None
        return bytes(found)


def _form(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in request_data.multipart_data.items():
        shown = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, shown, filename=filename, content_type=media_type)
    return form


def _retry_after(payload: bytes) -> float:
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 0.0


def _named(wrong: Exception) -> str:
    """What went wrong, without an address."""
    inner = getattr(wrong, "os_error", None)
    return getattr(inner, "strerror", None) or type(wrong).__name__


def _proxy_for(base_url: str) -> str | None:
    """Looked up once: asking the environment at every request costs more than the rest of it."""
    parts = urlsplit(base_url)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)
