"""How errors look from outside: a status, a stable code, and words that are safe to show."""

from __future__ import annotations

import functools
import math
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from botcore import AuthFailed, BadInput, BotcoreError, NotReady, Overloaded

Endpoint = Callable[[Any, Request], Awaitable[Response]]
STATUS = {"text_too_long": 413, "body_too_large": 413, "not_json": 415, "too_slow": 408, "no_file": 404}
CLOSING = frozenset({408, 413})  # the rest of the body is not read
NOT_READY_RETRY_S = 5


def error_response(status: int, code: str = "", message: str = "", retry_after_s: float = 0) -> Response:
    """`{"error": {code, message}}`, or an empty body where there is no code."""
    headers = {"Cache-Control": "no-store"}
    if retry_after_s:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after_s)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in CLOSING:
        headers["Connection"] = "close"
    if not code:
        return Response(status_code=status, headers=headers)
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def as_response(error: BotcoreError) -> Response:
    """The answer to a request that ended in `error`."""
    match error:
        case BadInput():
            return error_response(STATUS.get(error.code, 400), error.code, str(error))
        case AuthFailed():
            return error_response(401, "unauthorized", error.what)
        case Overloaded():
            return error_response(429, "too_many", error.what, error.retry_after_s)
        case NotReady():
            return error_response(503, "not_ready", "The bot cannot take messages now.", NOT_READY_RETRY_S)
        case _:
            raise error


async def http_error(request: Request, error: Exception) -> Response:
    """404 and 405 in the same form as all other errors."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "bad_method"}.get(status, "failed")
    response = error_response(status, code, "There is nothing here." if status == 404 else "This cannot be done.")
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def answered(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint raise our errors: they become responses."""

    @functools.wraps(endpoint)
    async def wrapped(self: Any, request: Request) -> Response:
        try:
            return await endpoint(self, request)
        except BotcoreError as error:
            return as_response(error)
        except ClientDisconnect:
            return error_response(400, "gone", "The request broke off.")

    return wrapped
