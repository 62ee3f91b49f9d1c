"""The one door for both modes: a Bolt app whose first middleware takes the payload, before anything is acknowledged.

Bolt acknowledges an event before its listener runs, and repeats nothing: a crash in between loses it. So there are no
listeners here. Bolt reads the bodies (JSON, forms, `payload=`); the middleware answers 200 once the journal has it, 503
when it cannot.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from botcore import NotReady
from botcore_slack.parse import POISON
from botcore_slack.receiving import Receiver

log = structlog.get_logger("botcore.slack")
JSON_TYPE: dict[str, str | Sequence[str]] = {"content-type": ["application/json"]}


class Door:
    """Hands payloads to the receiver, by way of Bolt."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._app = AsyncApp(
            logger=logging.getLogger("slack_bolt"),
            before_authorize=_Take(receiver),
            authorize=_authorize,
            request_verification_enabled=False,  # `signing.py` is in front, which answers 401 to everything odd
            ssl_check_enabled=False,
            url_verification_enabled=False,
        )

    async def socket(self, kind: str, payload: Mapping[str, Any]) -> BoltResponse:
        """A payload from Socket Mode."""
        return await self._through(kind, "socket_mode", dict(payload), {})

    async def http(self, text: str, headers: Mapping[str, str]) -> BoltResponse:
        """A request whose signature is good."""
        return await self._through("", "http", text, headers)

    async def _through(
        self, kind: str, mode: str, body: str | dict[str, Any], headers: Mapping[str, str]
    ) -> BoltResponse:
        try:
            request = AsyncBoltRequest(body=body, headers=dict(headers), mode=mode)
        except POISON:
            # Bolt looks for ids in the payload and trips over odd ones; the receiver keeps these.
            raw = body if isinstance(body, dict) else {"raw": body[:20_000]}
            await self._receiver.take(kind or "events_api", raw)
            return BoltResponse(status=200, body="")
        request.context["kind"] = kind
        return await self._app.async_dispatch(request)


class _Take(AsyncMiddleware):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def async_process(self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Any) -> BoltResponse:  # noqa: A002
        body = req.body
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, headers=JSON_TYPE, body=json.dumps({"challenge": body.get("challenge")}))
        if "ssl_check" in body:
            return BoltResponse(status=200, body="")
        try:
            answer = await self._receiver.take(req.context["kind"] or _kind_of(body), body)
        except NotReady as wait:
            log.warning("slack_not_taken", error=str(wait))
            return BoltResponse(status=503, body="")
        if answer.body is None:
            return BoltResponse(status=200, body="")
        return BoltResponse(status=200, headers=JSON_TYPE, body=json.dumps(answer.body))


def _kind_of(body: Mapping[str, Any]) -> str:
    if "command" in body and "trigger_id" in body:
        return "slash_commands"
    return "events_api" if "event" in body or body.get("type") in (None, "app_rate_limited") else "interactive"


async def _authorize() -> AuthorizeResult:
    """Bolt wants one, and never gets as far as asking it."""
    raise NotImplementedError
