"""The fake as tests use it: an async context manager with everything at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiohttp import web

from botcore.testing.fake_slack.chat import Chat
from botcore.testing.fake_slack.control import control_routes
from botcore.testing.fake_slack.faults import Fault
from botcore.testing.fake_slack.methods import Methods
from botcore.testing.fake_slack.oauth import OAuth
from botcore.testing.fake_slack.people import People
from botcore.testing.fake_slack.pushes import Pushes
from botcore.testing.fake_slack.server import MAX_BODY, Api
from botcore.testing.fake_slack.sockets import Sockets
from botcore.testing.fake_slack.state import Call, Clock, Person, Team
from botcore.testing.fake_slack.waiting import Bell
from botcore.testing.fake_slack.wire import Wire

# Words for a server on loopback that nothing else would take.
BOT_TOKEN = "xoxb-fake-bot-token"  # noqa: S105
APP_TOKEN = "xapp-fake-app-token"  # noqa: S105
SIGNING_SECRET = "fake-signing-secret"  # noqa: S105
CLIENT_SECRET = "fake-client-secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Setup:
    """How a fake begins.

    Attributes:
        port: 0 takes a free one.
        ack_timeout_s: how long the app may take to acknowledge.
        time_scale: what the pauses before retries (0, 60 and 300 s) are multiplied with.
        stream_lifetime_s: after which a stream takes nothing more.
        events_url: where events are pushed to; empty for Socket Mode.
    """

    port: int = 0
    bot_token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    signing_secret: str = SIGNING_SECRET
    client_id: str = "111.222"
    client_secret: str = CLIENT_SECRET
    ack_timeout_s: float = 3.0
    time_scale: float = 0.01
    stream_lifetime_s: float = 300.0
    events_url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as people see it."""

    ts: str
    user: str
    text: str
    buttons: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    thread_ts: str | None = None
    is_streaming: bool = False


class FakeSlack:
    """A Slack of your own on loopback: `async with FakeSlack() as slack: ...`.

    One workspace is there from the start (`slack.team`); `add_team` makes more. Methods of people (`say`, `mention`,
    `press`...) act in the first workspace unless given `team=`.
    """

    def __init__(self, setup: Setup | None = None, **changes: Any) -> None:
        self.setup = setup or Setup(**changes)
        self._clock = Clock()
        limits = {"ack_timeout_s": self.setup.ack_timeout_s, "time_scale": self.setup.time_scale}
        self.bell = Bell()
        self.sockets = Sockets(self.bell, **limits)
        self.pushes = Pushes(self.setup.signing_secret, self.bell, **limits)
        self.pushes.url = self.setup.events_url
        self.wire = Wire(self._clock, self.pushes if self.setup.events_url else self.sockets)
        self.chat = Chat(self._clock, self.wire, self.setup.stream_lifetime_s)
        self.methods = Methods(self._clock, self.chat, lambda: self.url)
        self.oauth = OAuth(self.setup.client_id, self.setup.client_secret)
        self.people = People(self._clock, self.wire, self.chat, self.methods, lambda: self.url)
        self.teams: dict[str, Team] = {}
        self.team = self.add_team("T0SHOP", self.setup.bot_token)
        self.oauth.install_into = self.team
        self.api = Api(
            teams=self.teams,
            app_token=self.setup.app_token,
            chat=self.chat,
            methods=self.methods,
            sockets=self.sockets,
            oauth=self.oauth,
            responses=self.people.responses,
            base=lambda: self.url,
            bell=self.bell,
        )
        self._runner: web.AppRunner | None = None
        self._port = self.setup.port

    # --- running ---

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """What an SDK wants as its base URL."""
        return f"{self.url}/api/"

    async def start(self) -> FakeSlack:
        """Listen."""
        app = web.Application(client_max_size=MAX_BODY)
        app.add_routes([*self.api.routes(), *control_routes(self)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """End every connection and delivery."""
        await self.sockets.close()
        await self.pushes.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> FakeSlack:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def push_to(self, url: str) -> None:
        """Deliver over HTTP to this request URL from now on; over Socket Mode if it is empty."""
        self.pushes.url = url
        self.wire.carrier = self.pushes if url else self.sockets

    # --- what there is ---

    def add_team(self, id_: str, bot_token: str, *, enterprise: str | None = None) -> Team:
        """Another workspace with the app in it."""
        team = Team(id_, bot_token, f"U{id_[1:]}BOT", f"B{id_[1:]}BOT", enterprise=enterprise)
        team.people[team.bot_user] = Person(team.bot_user, "Ada", is_bot=True)
        self.teams[id_] = team
        return team

    def add_person(self, id_: str, name: str, locale: str = "en-US", *, team: Team | None = None) -> Person:
        """A person with a name and a locale."""
        person = (team or self.team).people[id_] = Person(id_, name, locale, (team or self.team).id)
        return person

    def add_channel(self, id_: str, *, team: Team | None = None, **fields: Any) -> str:
        """A channel, with the bot in it unless `is_member=False`."""
        return self.people.channel(team or self.team, id_, **fields).id

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API and its answer."""
        return self.api.calls

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [call for call in self.calls if call.method == method]

    @property
    def violations(self) -> list[str]:
        """What the app did that the platform does not know; tests want it empty."""
        return [*self.api.violations, *self.sockets.violations]

    @property
    def live_markup(self) -> list[str]:
        """Mentions and links that were live in what the app sent."""
        return self.api.live_markup

    def shown(self, channel: str, thread_ts: str | None = None, *, team: Team | None = None) -> list[Shown]:
        """The messages of a channel outside of threads, or of one thread, oldest first."""
        place = (team or self.team).channels.get(channel)
        if place is None:
            return []
        found = place.thread(thread_ts) if thread_ts else place.top_level()
        return [seen(message) for message in found]

    def bot_said(self, channel: str, thread_ts: str | None = None, *, team: Team | None = None) -> list[Shown]:
        """Those that the bot wrote."""
        bot = (team or self.team).bot_user
        return [shown for shown in self.shown(channel, thread_ts, team=team) if shown.user == bot]

    def ephemeral(self, user: str) -> list[str]:
        """What only this person saw."""
        return [str(message.get("text")) for message in self.chat.ephemeral if message["to"] == user]

    # --- waiting and faults ---

    async def until(self, holds: Callable[[], Any], timeout_s: float = 15) -> Any:
        """Wait until `holds()` is true, looked at after everything the app did; returns what it returned."""
        return await self.bell.until(holds, timeout_s)

    async def answers(
        self, channel: str, thread_ts: str | None = None, *, count: int = 1, team: Team | None = None
    ) -> list[Shown]:
        """Wait until the bot has said so many messages there."""

        def enough() -> list[Shown] | None:
            said = self.bot_said(channel, thread_ts, team=team)
            return said if len(said) >= count else None

        found: list[Shown] = await self.until(enough)
        return found

    def fail(self, kind: str, method: str = "", **how: Any) -> None:
        """Let the next calls go wrong (see `Fault`)."""
        self.api.faults.add(Fault(kind, method, **how))

    # --- people ---

    def direct(self, user: str, *, team: Team | None = None) -> str:
        """The direct message channel of this person and the bot."""
        (team or self.team).person(user)
        return (team or self.team).direct(user).id

    def say(self, text: str, *, user: str = "U1", team: Team | None = None, **where: Any) -> str:
        """A person writes (see `People.say`); returns the ts."""
        return self.people.say(team or self.team, text, user=user, **where)

    def mention(self, text: str, *, channel: str, user: str = "U1", team: Team | None = None, **where: Any) -> str:
        """A person mentions the bot in a channel; returns the ts."""
        return self.people.mention(team or self.team, text, user=user, channel=channel, **where)

    async def press(
        self, channel: str, ts: str, button: str, *, user: str = "U1", team: Team | None = None, **how: Any
    ) -> Any:
        """A person presses a button (see `People.press`)."""
        return await self.people.press(team or self.team, channel, ts, button, user=user, **how)

    async def command(
        self, command: str, text: str = "", *, channel: str = "C1", user: str = "U1", team: Team | None = None
    ) -> Any:
        """A person types a slash command."""
        return await self.people.command(team or self.team, command, text, user=user, channel=channel)

    def push_raw(self, event: Mapping[str, Any], *, team: Team | None = None) -> dict[str, Any]:
        """Deliver any event, however odd."""
        return self.wire.event(team or self.team, event)


def seen(message: Mapping[str, Any]) -> Shown:
    """What people see of a message: its blocks if it has any, else its text."""
    blocks = message.get("blocks") or []
    texts, buttons, images = [], [], []
    for block in blocks:
        text = block.get("text")
        if isinstance(text, str):
            texts.append(text)
        elif text:
            texts.append(text["text"])
        texts += [part["text"] for part in block.get("fields", [])]
        if block["type"] == "context":
            texts += [part["text"] for part in block["elements"] if isinstance(part.get("text"), str)]
        if block["type"] == "actions":
            buttons += [part["text"]["text"] for part in block["elements"] if part["type"] == "button"]
        if block["type"] == "image" and "image_url" in block:
            images.append(block["image_url"])
    return Shown(
        ts=message["ts"],
        user=message.get("user", ""),
        text="\n".join(texts) if blocks else message.get("text", ""),
        buttons=tuple(buttons),
        images=tuple(images),
        files=tuple(file["name"] for file in message.get("files", [])),
        metadata=message.get("metadata") or {},
        thread_ts=message.get("thread_ts"),
        is_streaming=message.get("streaming_state") == "in_progress",
    )
