"""A real Chromium, a real bot behind the widget, and a sink that must hear nothing."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

if TYPE_CHECKING:
    from live import Bot

WEB_TESTS = Path(__file__).parent.parent / "adapters" / "web"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=10_000)


def load_live() -> Any:
    """The bot that the tests of the API use too."""
    if "live" not in sys.modules:
        spec = importlib.util.spec_from_file_location("live", WEB_TESTS / "live.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["live"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["live"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file, each of which has its own context.

    Not for the whole run: while playwright is open its event loop runs, and later async tests of this worker fail.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"NO BROWSER: none of {', '.join(BROWSERS)} is installed, so the widget was NOT tested")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def make_bot(tmp_path: Path) -> Iterator[Callable[..., Bot]]:
    """Start bots: `make_bot(**settings)`."""
    from botcore_web import WebSettings

    running: list[Bot] = []

    def make(**settings: Any) -> Bot:
        folder = tmp_path / f"bot{len(running)}"
        folder.mkdir()
        generous = {"message_rate_per_s": 100, "message_burst": 1000, "sessions_per_minute": 1000, **settings}
        running.append(load_live().Bot(folder, WebSettings(**generous)).start())
        return running[-1]

    yield make
    for bot in running:
        bot.stop()


@pytest.fixture
def bot(make_bot: Callable[..., Bot]) -> Bot:
    """A bot that echoes, with the example shop as its page."""
    return make_bot()


@dataclass
class Sink:
    """A server that stands for an attacker's: it notes who calls."""

    url: str
    requests: list[str]


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Where stolen words would go."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815, the base class wants these names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Sink(f"http://127.0.0.1:{server.server_port}", requests)
    server.shutdown()
    server.server_close()
    thread.join()


class Chat:
    """The widget on a page, as a user sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        self.launcher = page.locator(".launcher")
        self.panel = page.get_by_role("dialog")
        self.field = page.locator("botcore-chat textarea")
        self.banner = page.locator(".banner")
        self.words = page.locator(".list .words")
        page.on("dialog", lambda dialog: (self.problems.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.problems.append(f"error {error}"))
        page.on("console", self._on_console)

    def _on_console(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "TrustedScript" in message.text:
            self.problems.append(message.text)

    def open(self, url: str) -> Chat:
        self.page.goto(url)
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text: str) -> None:
        """Say something and wait for the echo."""
        self.say(text)
        expect(self.words.last).to_have_text(f"Echo: {text}")

    def expect_words(self, *texts: str) -> None:
        expect(self.words).to_have_text(list(texts))


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh browser profile: `open_context(locale=..., viewport=...)`."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        contexts.append(
            browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1200, "height": 800}, **options})
        )
        contexts[-1].set_default_timeout(10_000)
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def chat(open_context: Callable[..., BrowserContext], bot: Bot) -> Chat:
    """The widget, opened on the example shop."""
    return Chat(open_context().new_page()).open(bot.url)


@pytest.fixture
def new_chat() -> type[Chat]:
    """Put a widget's handle on a page of one's own."""
    return Chat
