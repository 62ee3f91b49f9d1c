"""The Slack channel as the bot sees it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

import aiohttp
import structlog
from starlette.routing import BaseRoute, Route

from botcore import Attachment, BadInput, Delivery, Host, Preview, Retry, SendResult
from botcore_slack.assistant import Assistant
from botcore_slack.door import Door
from botcore_slack.errors import CALL_ERRORS, trouble_of
from botcore_slack.files import Files
from botcore_slack.http import Endpoint
from botcore_slack.installs import Installs
from botcore_slack.oauth import Install
from botcore_slack.pace import Pace
from botcore_slack.parse import Rules
from botcore_slack.places import CHANNEL
from botcore_slack.previews import UPDATE_EVERY_S, Previews
from botcore_slack.receiving import Receiver
from botcore_slack.sending import Sender
from botcore_slack.settings import SlackSettings
from botcore_slack.sockets import Sockets
from botcore_slack.workspaces import Workspaces

log = structlog.get_logger("botcore.slack")
# At DEBUG the SDK writes every body it sends and gets.
SDK_LOGGERS = {"slack_sdk": logging.WARNING, "slack_bolt": logging.ERROR}  # Bolt warns of what is meant so here
PING_S = 10.0
LATER_MAX = 1000
AT_ONCE = 20


class SlackAdapter:
    """Talks with one workspace, or with every workspace that installed the app."""

    name = CHANNEL
    replay_safe = False

    def __init__(
        self, settings: SlackSettings, *, ping_s: float = PING_S, preview_every_s: float = UPDATE_EVERY_S
    ) -> None:
        self.settings = settings
        self._ping_s = ping_s
        self._preview_every_s = preview_every_s
        self._workspaces = Workspaces(settings)
        self._later: asyncio.Queue[Coroutine[Any, Any, None]] = asyncio.Queue(LATER_MAX)
        self._session: aiohttp.ClientSession | None = None
        self._door: Door | None = None
        self._sockets: Sockets | None = None
        self._sender: Sender | None = None
        self._previews: Previews | None = None
        self._assistant: Assistant | None = None
        self._files: Files | None = None
        self._install = Install(settings, self._workspaces) if settings.is_shared else None

    def routes(self) -> Sequence[BaseRoute]:
        """`/slack/events` in HTTP mode; `/slack/install` and `/slack/oauth_redirect` when others may install."""
        routes: list[BaseRoute] = []
        if self.settings.mode == "http":
            assert self.settings.signing_secret is not None  # noqa: S101  # settings see to it
            endpoint = Endpoint(self.settings.signing_secret.get_secret_value(), lambda: self._door)
            routes.append(Route("/slack/events", endpoint.__call__, methods=["POST"]))
        if self._install is not None:
            routes.append(Route("/slack/install", self._install.begin, methods=["GET"]))
            routes.append(Route("/slack/oauth_redirect", self._install.end, methods=["GET"]))
        return routes

    async def start(self, host: Host) -> None:
        """Check the tokens and get ready.

        Raises:
            AuthFailed: Slack refuses a token.
        """
        for name, level in SDK_LOGGERS.items():
            logging.getLogger(name).setLevel(level)
        settings, kept = self.settings, host.kept(CHANNEL)
        self._session = session = aiohttp.ClientSession(auto_decompress=True)
        try:
            installs = Installs(kept, host.secret("slack_installs")) if settings.is_shared else None
            await self._workspaces.open(session, installs)
            pace = Pace()
            self._previews = Previews(kept, self._workspaces, pace, every_s=self._preview_every_s)
            self._sender = Sender(
                host, self._workspaces, pace, self._previews, session, settings.agents, settings.base_dir
            )
            self._files = Files(settings, self._workspaces, session)
            self._assistant = Assistant(host, self._workspaces, settings.suggestions)
            rules = Rules(edits=settings.edits == "answer", other_bots=settings.other_bots == "answer")
            receiver = Receiver(host, self._workspaces, rules, self._do_later)
            receiver.opened, receiver.first_words = self._assistant.welcome, self._assistant.entitle
            door = Door(receiver)
            if settings.mode == "socket":
                assert settings.app_token is not None  # noqa: S101  # settings see to it
                web = self._workspaces.client(settings.app_token.get_secret_value())
                self._sockets = Sockets(web, session, door, count=settings.connections, ping_s=self._ping_s)
                await self._sockets.check()
            if self._install is not None:
                self._install.open(kept)
            self._door = door
        except BaseException:
            await session.close()
            raise

    async def listen(self) -> None:
        """Hold the WebSockets, and do what may be done after an acknowledgement."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._work())
            if self._sockets is not None:
                tasks.create_task(self._sockets.run())

    async def send(self, delivery: Delivery) -> SendResult:
        """Post one reply."""
        if self._sender is None:
            return Retry(1.0, "The Slack channel has not started.")
        return await self._sender.send(delivery)

    async def preview(self, preview: Preview) -> None:
        """Show a reply as far as it is made."""
        if self._previews is not None:
            await self._previews.show(preview)

    async def typing(self, conversation: str, is_on: bool) -> None:
        """Show in an assistant thread that the bot is thinking; Slack takes it away when the reply comes."""
        if self._assistant is not None and is_on:
            await self._assistant.think(conversation)

    async def fetch(self, attachment: Attachment, *, limit_bytes: int) -> bytes:
        """The bytes of a file that somebody sent.

        Raises:
            BadInput: it is gone, larger than the limit, or not from Slack.
        """
        if self._files is None:
            raise BadInput("no_file", "The Slack channel has not started.")
        return await self._files.fetch(attachment, limit_bytes)

    async def stop(self) -> None:
        """End the streams, take nothing more, close the connections."""
        self._door = None
        if self._sockets is not None:
            self._sockets.close()
        if self._previews is not None:
            await self._previews.close()
        while not self._later.empty():
            self._later.get_nowait().close()
        if self._session is not None:
            await self._session.close()

    def _do_later(self, work: Coroutine[Any, Any, None]) -> None:
        """Courtesies, beside the acknowledgement: prompts, titles, a word to the one who pressed."""
        try:
            self._later.put_nowait(work)
        except asyncio.QueueFull:
            work.close()

    async def _work(self) -> None:
        while True:
            work = await self._later.get()
            try:
                await work
            except CALL_ERRORS as wrong:
                log.warning("slack_courtesy_failed", error=trouble_of(wrong).why)
            except Exception as wrong:  # a task border: a courtesy must not end the connections beside it
                log.warning("slack_courtesy_failed", error=f"{type(wrong).__name__}: {wrong}")
