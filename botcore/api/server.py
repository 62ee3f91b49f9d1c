"""One Starlette application and one uvicorn server a process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from botcore.api.metrics import Metrics
from botcore.errors import NotReady

HealthReport = Callable[[], Awaitable[Mapping[str, Any]]]
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def build_app(routes: Sequence[BaseRoute], health: HealthReport, metrics: Metrics) -> Starlette:
    """The routes of channels and plugins, with `/health` and `/metrics` before them."""

    async def show_health(_request: Request) -> Response:
        report = await health()
        status = 200 if report["status"] == "ready" else 503
        return JSONResponse(dict(report), status, HEADERS)

    async def show_metrics(_request: Request) -> Response:
        await health()  # it sets the gauges
        await health()  # it sets the journal's gauges
        return Response(metrics.page(), media_type="text/plain; version=0.0.4", headers=HEADERS)

    own = [Route("/health", show_health), Route("/metrics", show_metrics)]
    return Starlette(routes=[*own, *routes], exception_handlers={500: _internal_error})


async def _internal_error(_request: Request, _error: Exception) -> Response:
    """No traceback, path or version leaves the house."""
    body = {"error": {"code": "internal", "message": "Something went wrong on our side."}}
    return Response(json.dumps(body), 500, HEADERS, "application/json")


class _Server(uvicorn.Server):
    """uvicorn without its own hand on signals: the bot stops in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """Serves an application until stopped. `port` 0 takes a free one; `url` tells where it listens."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self._socket = _bind(host, port)
        bound = self._socket.getsockname()
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{bound[1]}"
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=64 * 1024,
            limit_concurrency=4096,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return once requests are taken."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise NotReady("The HTTP server ended while starting.")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Take no more requests, let those under way finish for 3 s, close."""
        if self._task is not None:
            self._server.should_exit = True
            await self._task
            self._task = None
        self._socket.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as wrong:
        listening.close()
        why = wrong.strerror or str(wrong)
        fix = "Choose another `port:` under `channels:`, or end the program that has it."
        raise NotReady(f"{host}:{port} cannot be listened on: {why}.", fix=fix) from wrong
    listening.setblocking(False)
    return listening
