"""Who may call from where, and the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from botcore_web.replies import error_response

API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
HSTS = "max-age=31536000"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
    "Access-Control-Max-Age": "600",
}


def page_policy(origins: tuple[str, ...], image_origins: tuple[str, ...], *, with_trusted_types: bool) -> str:
    """The Content-Security-Policy of our pages; `origins` may show them in a frame, pictures come from the others."""
    rules = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        " ".join(["img-src 'self' data:", *image_origins]),
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        " ".join(["frame-ancestors 'self'", *origins]),
    ]
    trusted_types = ["require-trusted-types-for 'script'", "trusted-types 'none'"] if with_trusted_types else []
    return "; ".join(rules + trusted_types)


def is_welcome(headers: Headers, scheme: str, method: str, origins: frozenset[str]) -> bool:
    """True if the request comes from one of our own pages or a listed origin.

    Browsers send Origin with every POST and every cross-site request. Where it is missing, Sec-Fetch-Site speaks; where
    both are, it was no browser: such a client may read with its token, and may write unless origins are listed.
    """
    named = headers.getlist("origin")
    if named:
        host = headers.get("host", "").lower()
        # Behind a proxy that ends TLS without saying so, our own https pages reach us as http.
        own = {f"https://{host}", f"{scheme}://{host}"}
        return len(named) == 1 and bool(host) and (named[0] in origins or named[0] in own)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return method in ("GET", "HEAD") or not origins


class FixedHeaders:
    """ASGI middleware: adds the same headers to every answer, and HSTS over TLS."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = {**ALWAYS, **headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", HSTS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Doorkeeper:
    """ASGI middleware: refuses foreign origins, answers preflights, and names the one origin that may read."""

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        method = scope["method"]

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if headers.get("origin") in self._origins:
                    answer["Access-Control-Allow-Origin"] = headers["origin"]
                    answer["Access-Control-Expose-Headers"] = "Retry-After"
                    if method == "OPTIONS":
                        answer.update(PREFLIGHT)
            await send(message)

        if not is_welcome(headers, scope.get("scheme", "http"), method, self._origins):
            refusal = error_response(403, "foreign_origin", "This site may not use this chat.")
            await refusal(scope, receive, send_with_origin)
        elif method == "OPTIONS":
            await error_response(204)(scope, receive, send_with_origin)
        else:
            await self._app(scope, receive, send_with_origin)
