"""The webhook: Telegram calls the bot's own server. 200 says that an update is stored; else it is sent again."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from botcore import Host, NotReady
from botcore_telegram.albums import album_of, chat_of
from botcore_telegram.intake import Intake
from botcore_telegram.parse import update_id_of

log = structlog.get_logger("botcore.telegram")
HEADER = "x-telegram-bot-api-secret-token"
MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 10.0
ALBUM_PAUSE_S = 0.4
ALBUM_LIMIT_S = 3.0


class Refused(Exception):
    """The request is answered with this status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Webhook:
    """The endpoint. Until `begin` it answers 503."""

    def __init__(self) -> None:
        self._secret = b""
        self._intake: Intake | None = None
        self._host: Host | None = None
        self._albums: dict[str, _Album] = {}
        self._last: dict[int | None, asyncio.Future[None]] = {}  # chat -> the end of its last album

    def begin(self, intake: Intake, host: Host, secret: str) -> None:
        """Take updates from now on."""
        self._intake, self._host, self._secret = intake, host, secret.encode()

    async def end(self) -> None:
        """Take no more; albums that were begun are stored."""
        self._intake = None
        if closing := [album.task for album in self._albums.values() if album.task]:
            await asyncio.wait(closing, timeout=ALBUM_LIMIT_S)

    async def answer(self, request: Request) -> Response:
        """Answer one call."""
        try:
            await self._take(request)
        except Refused as refused:
            if self._host is not None:
                self._host.observe("telegram_webhook_refused_total", labels={"why": refused.why})
            return JSONResponse({"ok": False, "error": refused.why}, refused.status)
        except NotReady:
            return JSONResponse({"ok": False, "error": "not_ready"}, 503, {"Retry-After": "2"})
        except Exception as wrong:  # the border to the network: it is sent again, and no traceback leaves the house
            log.error("telegram_webhook_failed", error=f"{type(wrong).__name__}: {wrong}")
            return JSONResponse({"ok": False, "error": "failed"}, 503, {"Retry-After": "2"})
        return JSONResponse({"ok": True})

    async def _take(self, request: Request) -> None:
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if self._intake is None:
            raise NotReady("The Telegram channel is not running.")
        if not hmac.compare_digest(given, self._secret):
            raise Refused(403, "secret")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(400, "content_type")
        update = _read(await _body(request))
        if album_of(update) is not None:
            await self._take_album(update, self._intake)
        else:
            if (album := self._last.get(chat_of(update))) is not None:
                await asyncio.shield(album)  # what is written after an album is answered after it
            await self._intake.take([update])

    async def _take_album(self, update: Any, intake: Intake) -> None:
        """Hold the parts of an album until no more come, then store them as one; each call waits for that."""
        key = album_of(update) or ""
        album = self._albums.get(key)
        if album is None:
            album = self._albums[key] = _Album(asyncio.get_running_loop().create_future())
            self._last[chat_of(update)] = album.stored
            album.task = asyncio.create_task(self._close_album(key, album, intake), name="telegram-album")
        album.updates.append(update)
        album.grew.set()
        await asyncio.shield(album.stored)

    async def _close_album(self, key: str, album: _Album, intake: Intake) -> None:
        try:
            try:
                async with asyncio.timeout(ALBUM_LIMIT_S):
                    while True:
                        album.grew.clear()
                        async with asyncio.timeout(ALBUM_PAUSE_S):
                            await album.grew.wait()
            except TimeoutError:
                pass
            self._albums.pop(key, None)
            await intake.take(sorted(album.updates, key=lambda update: update_id_of(update) or 0))
            album.stored.set_result(None)
        except NotReady:
            pass  # said below
        except Exception as wrong:  # the border to the network, as in `answer`
            log.error("telegram_webhook_failed", error=f"{type(wrong).__name__}: {wrong}")
        finally:
            chat = chat_of(album.updates[0])
            if self._last.get(chat) is album.stored:
                del self._last[chat]
            if not album.stored.done():  # every call that waits is told to come again
                album.stored.set_exception(NotReady("The album could not be stored."))
                album.stored.exception()  # seen, even if nobody waits any more


class _Album:
    """The parts of one album that have come so far."""

    def __init__(self, stored: asyncio.Future[None]) -> None:
        self.updates: list[Any] = []
        self.grew = asyncio.Event()
        self.stored = stored
        self.task: asyncio.Task[None] | None = None


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:18]) > MAX_BODY_BYTES:
        raise Refused(413, "too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise Refused(413, "too_large")
    except TimeoutError:
        raise Refused(408, "too_slow") from None
    return bytes(body)


def _read(body: bytes) -> Any:
    """The update. One whose number cannot be read is refused: it is not from Telegram."""
    try:
        update = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "bad_json") from None
    if update_id_of(update) is None:
        raise Refused(400, "no_update")
    return update
