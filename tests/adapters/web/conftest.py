"""A real bot with a web channel on loopback, and a client that speaks its API."""

from __future__ import annotations

import importlib.util
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from live import Bot

HERE = Path(__file__).parent


def load_live() -> Any:
    """The module `live.py`, which the browser tests load too."""
    if "live" not in sys.modules:
        spec = importlib.util.spec_from_file_location("live", HERE / "live.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["live"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["live"]


@dataclass
class Visitor:
    """Someone with a session, over plain HTTP."""

    http: httpx.Client
    session: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['token']}"}

    def send(self, text: str, **fields: Any) -> httpx.Response:
        body = {"id": str(uuid.uuid4()), "text": text, **fields}
        return self.http.post("/web/messages", json=body, headers=self.headers)

    def history(self, **params: Any) -> dict[str, Any]:
        answer = self.http.get("/web/messages", params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_for(self, count: int, timeout_s: float = 10) -> list[dict[str, Any]]:
        """The lines of the conversation, as soon as there are `count`."""
        lines: list[dict[str, Any]] = []
        for event in self.follow(timeout_s=timeout_s):
            if event["event"] == "message":
                lines.append(event["data"])
            if len(lines) >= count:
                break
        return lines

    @contextmanager
    def stream(self, after: int | str | None = None, timeout_s: float = 10, **params: Any) -> Iterator[httpx.Response]:
        headers = dict(self.headers)
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        with self.http.stream("GET", "/web/events", headers=headers, params=params, timeout=timeout_s) as answer:
            yield answer

    def follow(self, after: int | str | None = None, timeout_s: float = 10, **params: Any) -> Iterator[dict[str, Any]]:
        """Server-sent events, parsed, until the stream ends or is silent for `timeout_s`."""
        with self.stream(after, timeout_s, **params) as answer:
            assert answer.status_code == 200, answer.read()
            yield from events_in(answer)


def events_in(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            if "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
            fields = {}


@pytest.fixture
def make_bot(tmp_path: Path) -> Iterator[Callable[..., Bot]]:
    """Start bots: `make_bot(settings?, options?, folder?)`, each in a folder of its own unless told otherwise."""
    running: list[Bot] = []

    def make(settings: Any = None, options: Any = None, folder: Path | None = None) -> Bot:
        place = folder or tmp_path / f"bot{len(running)}"
        place.mkdir(exist_ok=True)
        running.append(load_live().Bot(place, settings or fast_settings(), options).start())
        return running[-1]

    yield make
    for bot in running:
        bot.stop()


@pytest.fixture
def bot(make_bot: Callable[..., Bot]) -> Bot:
    """A bot with default settings that echoes."""
    return make_bot()


@pytest.fixture
def http(bot: Bot) -> Iterator[httpx.Client]:
    """A client of the bot's server, from no page."""
    with httpx.Client(base_url=bot.url, timeout=10) as client:
        yield client


@pytest.fixture
def visit(http: httpx.Client) -> Callable[..., Visitor]:
    """Begin a session: `visit()` or `visit(token=...)`."""

    def begin(**body: Any) -> Visitor:
        answer = http.post("/web/sessions", json=body)
        assert answer.status_code == 200, answer.text
        return Visitor(http, answer.json())

    return begin


def fast_settings(**changes: Any) -> Any:
    """Settings whose limits are out of the way of a test that is not about them."""
    from botcore_web import WebSettings

    return WebSettings(**{"message_rate_per_s": 1000, "message_burst": 1000, "sessions_per_minute": 1000, **changes})
