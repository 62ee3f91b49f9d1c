"""`/slack/events`: where Slack delivers in HTTP mode; events, interactions and commands alike."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from starlette.requests import Request
from starlette.responses import Response

from botcore_slack.door import Door
from botcore_slack.signing import flaw

log = structlog.get_logger("botcore.slack")
BODY_MAX = 1024 * 1024


class Endpoint:
    """Checks the signature, then hands the request to the door."""

    def __init__(self, signing_secret: str, door: Callable[[], Door | None]) -> None:
        self._secret = signing_secret
        self._door = door

    async def __call__(self, request: Request) -> Response:
        """Answer one request; 401 for whatever is not certainly from Slack."""
        body = await _read(request)
        if body is None:
            return Response("too large", 413)
        why = flaw(request.headers.raw, body, self._secret, time.time())
        if why is None:
            try:
                text = body.decode()
            except UnicodeDecodeError:
                why = "not UTF-8"
        if why is not None:
            log.warning("slack_request_refused", why=why, bytes=len(body))
            return Response("not from Slack", 401)
        door = self._door()
        if door is None:
            return Response("starting", 503)
        answer = await door.http(text, {"content-type": request.headers.get("content-type", "")})
        kind = answer.headers.get("content-type", ["text/plain"])[0]
        return Response(answer.body, answer.status, media_type=kind)


async def _read(request: Request) -> bytes | None:
    """The body; None if it is too large."""
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:12]) > BODY_MAX:
        return None
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_MAX:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
