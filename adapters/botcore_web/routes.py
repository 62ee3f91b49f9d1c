"""The HTTP API behind the widget: sessions, messages, history, events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from botcore import AuthFailed, BadInput, Event, Host, NotReady, Overloaded
from botcore_web.files import HEADERS, Files
from botcore_web.format import BUILT_IN_CHOICES, VISIBLE, choices_of, frame, visible
from botcore_web.identity import Identities, Visitor
from botcore_web.limits import Rate, network_of
from botcore_web.parse import MAX_TEXT, parse
from botcore_web.replies import answered
from botcore_web.settings import WebSettings
from botcore_web.streams import Stream, Streams
from botcore_web.strict_json import read_object

BODY_TIMEOUT_S = 10.0
PING_S = 10.0
STREAM_LIFE_S = 3600.0
BATCH = 100
PAGE = 50
REMEMBERED_REPLIES = 100  # in which a choice that comes back must have been offered
CLIENT_RETRY_MS = 2000
SESSION_FIELDS = frozenset({"token", "identity", "user_id", "user_hash"})
NO_STORE = {"Cache-Control": "no-store"}
STREAM_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


class Api:
    """The endpoints, with what they work on."""

    def __init__(self, settings: WebSettings, host: Host, streams: Streams) -> None:
        secret = settings.identity_secret.get_secret_value() if settings.identity_secret else None
        self._settings = settings
        self._host = host
        self._streams = streams
        self._files = Files(host, settings.base_dir)
        self._identities = Identities(host.secret("web"), secret, is_required=settings.identity_required)
        self._sessions = Rate(settings.sessions_per_minute / 60, settings.sessions_per_minute)
        self._messages = Rate(settings.message_rate_per_s, settings.message_burst)

    @answered
    async def begin(self, request: Request) -> Response:
        """`POST /web/sessions`: a new visitor, one who comes back, or one whom the shop has signed."""
        with self._counting("sessions"):
            self._sessions.take(network_of(request.client.host if request.client else ""))
        visitor = self._visitor(await self._body(request))
        settings = self._settings
        answer = {
            "token": self._identities.issue(visitor),
            "conversation": visitor.conversation,
            "verified": visitor.user.verified,
            "user": {"name": visitor.user.name},
            "bot": {"name": self._host.bot_name},
            "languages": list(self._host.languages),
            "limits": {"text": MAX_TEXT},
            "greeting": settings.greeting,
        }
        return JSONResponse(answer, headers=NO_STORE)

    @answered
    async def post(self, request: Request) -> Response:
        """`POST /web/messages`: taken once it is stored; the same id again is the same message."""
        visitor = self._authenticated(request)
        with self._counting("messages"):
            self._messages.take(visitor.id)
        message = parse(await self._body(request), visitor, datetime.now(UTC))
        if message.choice is not None and message.choice not in BUILT_IN_CHOICES:
            await self._check_offered(visitor.conversation, message.choice)
        is_new = await self._host.accept(message)
        self._streams.wake(visitor.conversation)
        answer = {"id": message.key.rpartition(":")[2], "repeat": not is_new}
        return JSONResponse(answer, 202, NO_STORE)

    @answered
    async def history(self, request: Request) -> Response:
        """`GET /web/messages`: the last lines, those before `before`, or those after `after`; rising by `seq`."""
        visitor = self._authenticated(request)
        before = _number(request.query_params.get("before"))
        after = _number(request.query_params.get("after"))
        limit = min(PAGE, max(1, _number(request.query_params.get("limit")) or PAGE))
        if before is not None:
            after = None
        events = await self._host.events(
            visitor.conversation, before=before, after=after, limit=limit + 1, kinds=VISIBLE
        )
        has_more = len(events) > limit
        shown = events[:limit] if after is not None else events[-limit:]
        return JSONResponse({"messages": [self._line(event) for event in shown], "more": has_more}, headers=NO_STORE)

    @answered
    async def events(self, request: Request) -> Response:
        """`GET /web/events`: the log from a position on, and whatever comes, as server-sent events."""
        visitor = self._authenticated(request)
        wanted = _number(request.headers.get("last-event-id") or request.query_params.get("after")) or 0
        tab = request.query_params.get("tab", "")
        with self._counting("streams"):
            stream = self._streams.open(visitor.conversation, tab if re.fullmatch(r"[\w-]{8,64}", tab) else None)
        try:
            newest = await self._host.events(visitor.conversation, limit=1, kinds=VISIBLE)
        except BaseException:
            self._streams.close(stream)
            raise
        after = min(wanted, newest[-1].seq if newest else 0)
        return EventStream(self._follow(stream, after), self._streams, stream)

    @answered
    async def file(self, request: Request) -> Response:
        """`GET /web/files/...`: a picture or file of a reply that lies on this machine."""
        response = await self._files.answer(request.path_params["token"])
        response.headers.update(HEADERS)
        return response

    def _line(self, event: Event) -> dict[str, Any]:
        return visible(event, self._files.address, self._settings.image_origins)

    async def _check_offered(self, conversation: str, choice: str) -> None:
        """Raises BadInput for the value of a button that was never shown in this conversation."""
        said = await self._host.events(conversation, limit=REMEMBERED_REPLIES, kinds=("said",))
        if not any(choice in choices_of(event.body) for event in said):
            raise BadInput("unknown_choice", "This choice was not offered.")

    async def _follow(self, stream: Stream, after: int) -> AsyncIterator[bytes]:
        """The frames of one stream, without gap or double: it reads on in the log whenever it is woken.

        It also reads when it was not woken for a while: another process may have written.
        """
        yield f"retry: {CLIENT_RETRY_MS}\n\n".encode()
        is_typing = False
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + STREAM_LIFE_S
        while not stream.is_closed and loop.time() < ends_at:
            stream.news.clear()
            if stream.preview is not None:
                # Before the lines: the one that replaces it may be there already.
                yield frame("preview", stream.preview)
                stream.preview = None
            while events := await self._read_on(stream, after):
                for event in events:
                    yield frame("message", self._line(event), event.seq)
                after = events[-1].seq
            if is_typing != self._streams.is_typing(stream.conversation):
                is_typing = not is_typing
                yield frame("typing", {"on": is_typing})
            try:
                async with asyncio.timeout(PING_S):
                    await stream.news.wait()
            except TimeoutError:
                yield b": ping\n\n"

    async def _read_on(self, stream: Stream, after: int) -> list[Event]:
        """The next lines of a stream; a log that cannot be read ends it, and its client asks again."""
        try:
            return await self._host.events(stream.conversation, after=after, limit=BATCH, kinds=VISIBLE)
        except NotReady:
            self._streams.close(stream)
            return []

    def _visitor(self, body: dict[str, Any]) -> Visitor:
        """Whose session it is. What the shop signed outranks a token; nothing at all means someone new."""
        if unknown := body.keys() - SESSION_FIELDS:
            raise BadInput("unknown_field", f"Unknown field {ascii(min(unknown))[:40]}.")
        if not all(isinstance(value, str) for value in body.values()):
            raise BadInput("bad_session", "Every field of a session is a string.")
        if "identity" in body:
            return self._identities.from_jwt(body["identity"])
        if "user_id" in body or "user_hash" in body:
            return self._identities.from_hash(body.get("user_id", ""), body.get("user_hash", ""))
        if "token" in body:
            return self._identities.resume(body["token"])
        return self._identities.anonymous()

    def _authenticated(self, request: Request) -> Visitor:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise AuthFailed("Begin a session first.")
        return self._identities.resume(token.strip())

    @contextmanager
    def _counting(self, what: str) -> Iterator[None]:
        """Count what is refused for being too much."""
        try:
            yield
        except Overloaded:
            self._host.observe("rate_limited_total", labels={"what": what})
            raise

    async def _body(self, request: Request) -> dict[str, Any]:
        """The JSON object of a request; too much or too slow is not waited for."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise BadInput("not_json", "Send Content-Type: application/json.")
        limit = self._settings.max_body_bytes
        too_large = BadInput("body_too_large", f"The body may have {limit} bytes.")
        if (_number(request.headers.get("content-length")) or 0) > limit:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > limit:
                        raise too_large
        except TimeoutError as error:
            raise BadInput("too_slow", "The body did not arrive in time.") from error
        return read_object(bytes(body))


class EventStream(StreamingResponse):
    """A response that frees its place when it ends, however it ends."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[bytes], streams: Streams, stream: Stream) -> None:
        super().__init__(frames, headers=STREAM_HEADERS)
        self._streams = streams
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.close(self._stream)


def _number(text: str | None) -> int | None:
    """A whole number from outside, clamped to what a seq can be; None for anything that is no number."""
    if text is None or not re.fullmatch(r"-?[0-9]{1,18}", text):
        return None
    return max(0, int(text))
