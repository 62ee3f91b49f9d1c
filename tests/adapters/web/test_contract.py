"""The web channel keeps the contract of all channels, seen from a browser's side of its HTTP API."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from contextlib import suppress
from typing import Any

import httpx

from botcore import read_markdown
from botcore.testing.adapter_contract import AdapterContract, Platform, Shown


class Browser:
    """One visitor: sends each message until it is taken, follows the conversation over every break."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._headers: dict[str, str] = {}
        self._unsent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.lines: list[dict[str, Any]] = []
        self.previews: list[str] = []
        self.last: dict[str, Any] = {}
        self.is_confirmed = True
        self.news = asyncio.Event()

    async def live(self) -> None:
        """Begin a session, then send and follow until cancelled."""
        while not self._headers:
            with suppress(httpx.TransportError):
                answer = await self._http.post("/web/sessions", json={})
                if answer.status_code == 200:
                    self._headers = {"Authorization": f"Bearer {answer.json()['token']}"}
                    break
            await asyncio.sleep(0.02)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_all())
            tasks.create_task(self._follow())

    def send(self, text: str, choice: str | None = None) -> None:
        self.last = {"id": str(uuid.uuid4()), "text": text} | ({"choice": choice} if choice is not None else {})
        self.is_confirmed = False
        self._unsent.put_nowait(self.last)

    async def post(self, body: dict[str, Any]) -> httpx.Response:
        return await self._http.post("/web/messages", json=body, headers=self._headers)

    async def _send_all(self) -> None:
        while True:
            body = await self._unsent.get()
            while True:
                with suppress(httpx.TransportError):
                    answer = await self.post(body)
                    if answer.status_code in (202, 400, 422):
                        break
                    assert answer.status_code == 503, answer.text
                await asyncio.sleep(0.02)
            if body is self.last:
                self.is_confirmed = True

    async def _follow(self) -> None:
        while True:
            with suppress(httpx.TransportError):
                after = str(self.lines[-1]["seq"]) if self.lines else "0"
                headers = {**self._headers, "Last-Event-ID": after}
                async with self._http.stream("GET", "/web/events", headers=headers) as stream:
                    await self._read(stream)
            await asyncio.sleep(0.02)

    async def _read(self, stream: httpx.Response) -> None:
        kind = ""
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind == "message":
                self.lines.append(json.loads(value))
            elif name == "data" and kind == "preview":
                self.previews.append(json.loads(value)["text"])
            self.news.set()


class WebPlatform(Platform):
    channel = "web"
    marks = frozenset({"bold", "italic", "code", "pre", "link"})
    keeps_buttons = False  # the widget takes them away
    can_rate_limit = False  # replies are read, not sent
    can_poison = False  # what cannot be understood is refused to who sent it
    repeats_per_kill = 0

    async def __aenter__(self) -> WebPlatform:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        limits = httpx.Limits(max_connections=None)
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=15, limits=limits)
        self._browsers: dict[str, Browser] = {}
        self._living: list[asyncio.Task[None]] = []
        self._last: Browser | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._living:
            task.cancel()
        results = await asyncio.gather(*self._living, return_exceptions=True)
        await self._http.aclose()
        assert [result for result in results if not isinstance(result, asyncio.CancelledError)] == []

    def section(self) -> dict[str, Any]:
        return {
            "port": self.port,
            "message_rate_per_s": 1000,
            "message_burst": 1000,
            "sessions_per_minute": 1000,
        }

    async def connected(self) -> None:
        while True:
            with suppress(httpx.TransportError):
                if (await self._http.get("/health")).status_code == 200:
                    return
            await asyncio.sleep(0.02)

    def browser(self, user: str) -> Browser:
        if user not in self._browsers:
            self._browsers[user] = Browser(self._http)
            self._living.append(asyncio.create_task(self._browsers[user].live()))
        return self._browsers[user]

    async def say(self, user: str, text: str) -> None:
        self._last = self.browser(user)
        self._last.send(text)

    async def is_confirmed(self) -> bool:
        return self._last is None or self._last.is_confirmed

    async def redeliver(self) -> None:
        assert self._last is not None
        while not self._last.is_confirmed:
            await self.changed()
        assert (await self._last.post(self._last.last)).json()["repeat"]

    async def press(self, user: str, label: str) -> None:
        browser = self.browser(user)
        for line in reversed(browser.lines):
            for button in buttons_of(line):
                if button["label"] == label:
                    return browser.send(label, button["value"])
        raise AssertionError(f"no button {label!r}")

    async def forge(self, user: str) -> None:
        self.browser(user).send("forged", "forged")

    async def previewed(self, user: str) -> list[str]:
        return self.browser(user).previews

    async def shown(self, user: str) -> list[Shown]:
        return [as_shown(line) for line in self.browser(user).lines if line["from"] == "bot"]


def parts_of(line: dict[str, Any]) -> list[dict[str, Any]]:
    """The images, files and cards of a line, those of carousels too."""
    found = []
    for part in line.get("content", []):
        cards = part["cards"] if part["kind"] == "carousel" else [part] if part["kind"] == "card" else []
        found += cards or [part]
        found += [card["image"] for card in cards if card.get("image")]
    return found


def all_buttons(line: dict[str, Any]) -> list[dict[str, Any]]:
    cards = [part for part in parts_of(line) if part["kind"] == "card"]
    return [button for card in cards for button in card["buttons"]] + line["buttons"]


def buttons_of(line: dict[str, Any]) -> list[dict[str, Any]]:
    return [button for button in all_buttons(line) if not button.get("url")]


def as_shown(line: dict[str, Any]) -> Shown:
    """What the widget makes of a line; that it does is tested in a browser."""
    read = read_markdown(line["text"])
    words, links = [read.text], [span.url for span in read.spans if span.url]
    parts = parts_of(line)
    for card in [part for part in parts if part["kind"] == "card"]:
        words += [card["title"], read_markdown(card["text"]).text]
        words += [f"{fact['label']}: {fact['value']}" for fact in card["facts"]]
    opening = [button for button in all_buttons(line) if button.get("url")]
    return Shown(
        text="\n".join([word for word in words if word] + [button["label"] for button in opening]),
        buttons=tuple(button["label"] for button in buttons_of(line)),
        links=(*links, *(button["url"] for button in opening)),
        files=tuple(part.get("alt") or part.get("name") or "" for part in parts if part["kind"] in ("image", "file")),
        marks=tuple((span.kind, read.text[span.start : span.end]) for span in read.spans),
    )


class TestWeb(AdapterContract):
    platform_type = WebPlatform
