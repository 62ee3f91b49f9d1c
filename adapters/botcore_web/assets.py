"""The files that browsers get: the widget in one script, and the page at `/`."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from botcore import ConfigError, Problem
from botcore_web.guard import FixedHeaders, page_policy
from botcore_web.parse import MAX_TEXT
from botcore_web.settings import WebSettings

STATIC = Path(__file__).parent / "static"
SHOP = STATIC / "shop"
# Each module uses only those before it.
CORE = ("dom", "texts", "markdown", "storage", "stream", "session", "client")
MODULES = (*CORE, "content", "bubbles", "log", "composer", "panel", "main")
# What only readers of the source need: imports and exports, comments on lines of their own, indentation.
LEFT_OUT = re.compile(r"^(import .*\n|export (?=\w)|\s*//.*\n|\s*/\*(?:.|\n)*?\*/\n|[ \t]+|\n)", re.MULTILINE)


class Widget:
    """`widget.js`: the modules and the style sheet under `static/widget/` and this bot's settings, joined."""

    def __init__(self, settings: WebSettings, bot_name: str, languages: Sequence[str]) -> None:
        config = {
            "title": settings.title or bot_name,
            "bot": bot_name,
            "languages": list(languages),
            "colour": settings.colour,
            "greeting": settings.greeting,
            "suggestions": settings.suggestions,
            "maxText": MAX_TEXT,
            "imageOrigins": settings.image_origins,
        }
        self._plain = _join(config).encode()
        self._gzipped = gzip.compress(self._plain, mtime=0)
        self._etag = f'"{hashlib.sha256(self._plain).hexdigest()[:20]}"'

    def response(self, request: Request) -> Response:
        """The script, or 304 where the browser has it."""
        headers = {
            "ETag": self._etag,
            "Cache-Control": "public, max-age=300",
            "Vary": "Accept-Encoding",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if self._etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(self._gzipped, headers=headers, media_type="text/javascript")
        return Response(self._plain, headers=headers, media_type="text/javascript")


def _join(config: dict[str, object]) -> str:
    """One classic script, so that a plain `<script src>` works on any page and can see its own `data-` attributes."""
    folder = STATIC / "widget"
    parts = [LEFT_OUT.sub("", (folder / f"{name}.js").read_text("utf-8")) for name in MODULES]
    style = LEFT_OUT.sub("", (folder / "widget.css").read_text("utf-8"))
    head = f'"use strict";\nconst CONFIG = {json.dumps(config)};\nconst STYLE = {json.dumps(style)};\n'
    return "(() => {\n" + head + "\n".join(parts) + "})();\n"


class Page:
    """What is served at `/`: a file, a folder, or the example shop.

    Raises:
        ConfigError: `page` names nothing, or a folder without an `index.html`.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._path = settings.base_dir / settings.page.expanduser() if settings.page else SHOP
        policy = page_policy(settings.origins, settings.image_origins, with_trusted_types=settings.page is None)
        self._headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
        if not (self._path.is_file() or (self._path / "index.html").is_file()):
            fix = "Name an HTML file, or a folder with an index.html."
            raise ConfigError([Problem("config.yaml", 1, 1, f"channels.web.page: {self._path} is not there.", fix)])

    def routes(self) -> list[BaseRoute]:
        """One route for each thing in the folder, so that nothing else on this server is hidden by the page."""
        middleware = [Middleware(FixedHeaders, headers=self._headers)]
        is_file = self._path.is_file()
        index = self._path if is_file else self._path / "index.html"
        routes: list[BaseRoute] = [Route("/", _serve(index), middleware=middleware)]
        for part in [] if is_file else sorted(self._path.iterdir()):
            if part.name.startswith("."):
                continue
            if part.is_dir():
                routes.append(Mount(f"/{part.name}", StaticFiles(directory=part), middleware=middleware))
            else:
                routes.append(Route(f"/{part.name}", _serve(part), middleware=middleware))
        return routes


def _serve(path: Path) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers with one file."""

    async def endpoint(request: Request) -> Response:
        return FileResponse(path)

    return endpoint
