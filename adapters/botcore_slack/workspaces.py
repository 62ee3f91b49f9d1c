"""The workspaces the bot speaks in: for each its token, who the bot is there, and whom it met."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import AuthFailed, NotReady, User
from botcore_slack.errors import CALL_ERRORS, TOKEN_ERRORS, trouble_of
from botcore_slack.installs import Installs
from botcore_slack.parse import Me
from botcore_slack.settings import SlackSettings

log = structlog.get_logger("botcore.slack")
CALL_TIMEOUT_S = 20
LOOKUP_S = 0.8  # what a message may wait for the name of who wrote it
PEOPLE_MAX = 5000
PEOPLE_LIFETIME_S = 3600.0


@dataclass(slots=True, eq=False)
class Workspace:
    """One workspace."""

    team: str
    me: Me
    client: AsyncWebClient
    people: OrderedDict[str, tuple[float, User]] = field(default_factory=OrderedDict)
    directs: dict[str, str] = field(default_factory=dict)

    async def users(self, ids: list[str], limit_s: float = LOOKUP_S) -> dict[str, User]:
        """Those of these people whose names are known within the time; the others are looked up next time."""
        now = time.monotonic()
        missing = [id_ for id_ in ids if id_ != self.me.user and self._age(id_, now) > PEOPLE_LIFETIME_S]
        if missing:
            tasks = [asyncio.create_task(self._look_up(id_)) for id_ in missing]
            _, late = await asyncio.wait(tasks, timeout=limit_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return {id_: self.people[id_][1] for id_ in ids if id_ in self.people}

    async def direct(self, user: str) -> str:
        """The channel of the direct messages with this person. Raises what the SDK raises."""
        if user not in self.directs:
            opened = await self.client.conversations_open(users=user)
            self.directs[user] = opened["channel"]["id"]
        return self.directs[user]

    def _age(self, id_: str, now: float) -> float:
        return now - self.people[id_][0] if id_ in self.people else float("inf")

    async def _look_up(self, id_: str) -> None:
        try:
            found = (await self.client.users_info(user=id_, include_locale=True))["user"]
        except CALL_ERRORS:
            # A name is a courtesy: without it the message is answered all the same.
            self._keep(id_, User(id_), lifetime_s=60)
            return
        profile = found.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or found.get("real_name") or found.get("name")
        self._keep(id_, User(id_, name=name or None, locale=found.get("locale")))

    def _keep(self, id_: str, user: User, lifetime_s: float = PEOPLE_LIFETIME_S) -> None:
        self.people[id_] = (time.monotonic() - PEOPLE_LIFETIME_S + lifetime_s, user)
        while len(self.people) > PEOPLE_MAX:
            self.people.popitem(last=False)


class Workspaces:
    """Finds the workspace of a payload or a conversation."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._known: dict[str, Workspace] = {}
        self._only: Workspace | None = None
        self._finding = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None
        self.installs: Installs | None = None

    def client(self, token: str | None) -> AsyncWebClient:
        """A client that sends each call once: what to do about a lost one is decided by us."""
        return AsyncWebClient(
            token=token,
            base_url=self._settings.base_url,
            timeout=CALL_TIMEOUT_S,
            session=self._session,
            retry_handlers=[],
        )

    async def open(self, session: aiohttp.ClientSession, installs: Installs | None) -> None:
        """Begin. Raises AuthFailed if the token of the only workspace is worth nothing."""
        self._session = session
        self.installs = installs
        if not self._settings.is_shared:
            try:
                await self.only()
            except NotReady as wait:
                # Slack itself is away: the bot starts, and asks again when it has something to do.
                log.warning("slack_unreachable", error=str(wait))

    async def only(self) -> Workspace:
        """The one workspace of a bot with `bot_token`.

        Raises:
            AuthFailed: the token is worth nothing.
            NotReady: Slack cannot be reached.
        """
        token = self._settings.bot_token
        assert token is not None  # noqa: S101  # settings see to it
        async with self._finding:
            if self._only is None:
                self._only = await self._identified(token.get_secret_value())
            return self._only

    async def of(self, team: str, enterprise: str | None = None) -> Workspace | None:
        """The workspace with this id; None if the app is not installed there. Raises NotReady or AuthFailed."""
        if self.installs is None:
            return await self.only()
        if team in self._known:
            return self._known[team]
        bot = await self.installs.async_find_bot(enterprise_id=enterprise, team_id=team)
        if bot is None:
            bot = await self.installs.of_team(team)
        if bot is None:
            return None
        if bot.is_enterprise_install and bot.enterprise_id:
            await self.installs.belongs(team, bot.enterprise_id)
        me = Me(bot.bot_user_id or "", bot.bot_id or "")
        found = self._known[team] = Workspace(team, me, self.client(bot.bot_token))
        return found

    async def forget(self, team: str, enterprise: str | None) -> None:
        """The app was removed from this workspace."""
        self._known.pop(team, None)
        if self.installs is not None:
            await self.installs.async_delete_bot(enterprise_id=enterprise, team_id=team)
            await self.installs.async_delete_bot(enterprise_id=None, team_id=team)

    def renew(self) -> None:
        """An installation was made or changed: ask again for every token."""
        self._known.clear()

    async def _identified(self, token: str) -> Workspace:
        client = self.client(token)
        try:
            found = await client.auth_test()
        except CALL_ERRORS as wrong:
            trouble = trouble_of(wrong)
            if trouble.error in TOKEN_ERRORS:
                what = f"Slack refused the bot token: {trouble.error}."
                raise AuthFailed(what, fix=TOKEN_ERRORS[trouble.error]) from None
            if trouble.kind == "refused":
                raise AuthFailed(f"Slack refused auth.test: {trouble.error}.", fix="Check bot_token.") from None
            raise NotReady(f"Slack cannot be reached: {trouble.error}.", fix="Check the network.") from None
        return Workspace(found["team_id"], Me(found["user_id"], found.get("bot_id") or ""), client)
