"""What Slack delivers, in either mode: journalled, and only then acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import itertools
import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from botcore import AuthFailed, BadInput, Host, Message, NotReady, User
from botcore_slack.errors import CALL_ERRORS, trouble_of
from botcore_slack.mrkdwn import plain
from botcore_slack.parse import (
    POISON,
    Asked,
    Heard,
    Opened,
    Removed,
    Rules,
    command_of,
    event_of,
    interaction_of,
    team_of,
)
from botcore_slack.places import CHANNEL, Place, is_callback, read_callback, time_of
from botcore_slack.workspaces import Workspace, Workspaces

log = structlog.get_logger("botcore.slack")
ACCEPT_S = 2.5  # Slack waits 3 s for the acknowledgement
THREADS_MAX = 20_000
THREAD_DAYS = 90
Later = Callable[[Coroutine[Any, Any, None]], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the acknowledgement carries; None for an empty one."""

    body: dict[str, Any] | None = None


class Receiver:
    """Takes payloads one by one; those of one conversation in the order in which they came."""

    def __init__(self, host: Host, workspaces: Workspaces, rules: Rules, later: Later) -> None:
        self.opened: Callable[[Workspace, Opened], Coroutine[Any, Any, None]] | None = None
        self.first_words: Callable[[Workspace, Place, str], Coroutine[Any, Any, None]] | None = None
        self._host = host
        self._workspaces = workspaces
        self._rules = rules
        self._later = later
        self._kept = host.kept(CHANNEL)
        self._secret = host.secret(CHANNEL)
        self._order = Order()
        self._threads: OrderedDict[str, bool] = OrderedDict()

    async def take(self, kind: str, body: Mapping[str, Any]) -> Answer:
        """Take a payload (`events_api`, `interactive`, `slash_commands`); on return it may be acknowledged.

        Raises:
            NotReady: it is not safe yet, and must not be acknowledged.
        """
        try:
            async with asyncio.timeout(ACCEPT_S):
                return await self._take(kind, body)
        except TimeoutError:
            raise NotReady("The journal did not take the message in time.") from None
        except AuthFailed as wrong:
            # Known only now, if Slack could not be asked at the start.
            raise NotReady(wrong.what, fix=wrong.fix) from None
        except BadInput as bad:
            await self._bury(body, f"{bad.code}: {bad}")
        except POISON as poison:
            await self._bury(body, f"{type(poison).__name__}: {poison}")
        return Answer()

    async def _take(self, kind: str, body: Mapping[str, Any]) -> Answer:
        if kind == "events_api" and body.get("type") == "app_rate_limited":
            log.error("slack_events_dropped", team=str(body.get("team_id")), minute=body.get("minute_rate_limited"))
            return Answer()
        team, enterprise = team_of(body)
        workspace = await self._workspaces.of(team, enterprise)
        if workspace is None:
            log.warning("slack_not_installed", team=team)
            return Answer()
        if kind == "slash_commands":
            return await self._ask(workspace, command_of(body, workspace.team))
        if kind == "interactive":
            asked = interaction_of(body, workspace.team)
            return await self._ask(workspace, asked) if asked else Answer()
        await self._hear(workspace, body, enterprise)
        return Answer()

    # --- events ---

    async def _hear(self, workspace: Workspace, body: Mapping[str, Any], enterprise: str | None) -> None:
        # The team is that of the installation, so that one conversation has one name wherever its people are from.
        match event_of(body, workspace.team, workspace.me, self._rules):
            case Heard() as heard:
                async with self._order.of(heard.place.conversation, heard.ts):
                    await self._accept_heard(workspace, heard)
            case Opened() as opened:
                user = User(f"{workspace.team}:{opened.user}", verified=True)
                await self._host.accept(
                    Message(
                        key=opened.key,
                        channel=CHANNEL,
                        conversation=opened.place.conversation,
                        user=await self._known(workspace, opened.user, user),
                        text="",
                        sent_at=time_of(opened.ts),
                        choice="start",
                        ref=opened.ts,
                    )
                )
                if self.opened is not None:
                    self._later(self.opened(workspace, opened))
            case Removed():
                await self._workspaces.forget(workspace.team, enterprise)
                log.warning("slack_uninstalled", team=workspace.team)

    async def _accept_heard(self, workspace: Workspace, heard: Heard) -> None:
        place = heard.place
        is_channel_thread = not place.is_direct and place.thread is not None
        if is_channel_thread and not heard.is_addressed and not await self._takes_part(place):
            return
        users = await workspace.users(heard.named)
        message = heard.message(users, workspace.me.user)
        if not message.text and not message.attachments:
            # A bare mention: somebody calls the bot.
            message = _with_choice(message, "start")
        if is_channel_thread and heard.is_addressed:
            await self._join(place)
        is_new = await self._host.accept(message)
        if is_new and place.is_direct and place.thread is not None and message.text and self.first_words is not None:
            self._later(self.first_words(workspace, place, message.text))

    async def _takes_part(self, place: Place) -> bool:
        name = place.conversation
        if name not in self._threads:
            self._remember(name, await self._kept.get(f"thread:{name}") is not None)
        return self._threads[name]

    async def _join(self, place: Place) -> None:
        """From now on the thread's messages are for the bot too; durable before its first message is."""
        name = place.conversation
        if not self._threads.get(name):
            await self._kept.put(f"thread:{name}", 1, expires_s=THREAD_DAYS * 86_400, conversation=name)
            self._remember(name, True)

    def _remember(self, name: str, takes_part: bool) -> None:
        self._threads[name] = takes_part
        self._threads.move_to_end(name)
        while len(self._threads) > THREADS_MAX:
            self._threads.popitem(last=False)

    # --- interactions ---

    async def _ask(self, workspace: Workspace, asked: Asked) -> Answer:
        if asked.kind == "press":
            return await self._press(workspace, asked)
        user = await self._known(workspace, asked.user, User(f"{workspace.team}:{asked.user}", verified=True))
        place = asked.place or Place(workspace.team, await self._direct(workspace, asked.user))
        await self._accept_asked(asked, place, user, asked.choice)
        if asked.kind == "view":
            return Answer({"response_action": "clear"})
        told = self._host.say("answer_in_private", self._host.language_of(user.locale))
        if asked.kind == "command":
            is_here = asked.channel == place.channel
            return Answer() if is_here else Answer({"response_type": "ephemeral", "text": told})
        return Answer()

    async def _press(self, workspace: Workspace, asked: Asked) -> Answer:
        assert asked.place is not None  # noqa: S101  # every press has a place
        conversation = asked.place.conversation
        if not is_callback(asked.callback):
            return Answer()  # a link, or a button that is not ours
        user = await self._known(workspace, asked.user, User(f"{workspace.team}:{asked.user}", verified=True))
        found = read_callback(self._secret, conversation, asked.callback)
        button = await self._host.choice(conversation, *found) if found else None
        if button is None:
            key = "button_expired" if found else "button_not_yours"
            words = self._host.say(key, self._host.language_of(user.locale))
            self._later(self._tell(workspace, asked, words))
            return Answer()
        async with self._order.of(conversation, asked.ts):
            await self._accept_asked(asked, asked.place, user, button.value, button.label)
        return Answer()

    async def _accept_asked(
        self, asked: Asked, place: Place, user: User, choice: str | None, text: str | None = None
    ) -> None:
        at = time_of(asked.ts) if asked.ts else datetime.now(UTC)
        words = asked.text if text is None else text
        if asked.kind in ("command", "shortcut"):
            words = plain(words, {}, "")  # these come with the same escapes as messages
        message = Message(asked.key, CHANNEL, place.conversation, user, words, at, choice, ref=asked.ts or None)
        await self._host.accept(message)

    async def _tell(self, workspace: Workspace, asked: Asked, words: str) -> None:
        """Tell only the one who pressed."""
        assert asked.place is not None  # noqa: S101
        await workspace.client.chat_postEphemeral(
            channel=asked.channel, user=asked.user, text=words, thread_ts=asked.place.thread
        )

    async def _direct(self, workspace: Workspace, user: str) -> str:
        try:
            return await workspace.direct(user)
        except CALL_ERRORS as wrong:
            raise NotReady(f"No direct message could be opened. {trouble_of(wrong).why}") from None

    async def _known(self, workspace: Workspace, id_: str, user: User) -> User:
        found = (await workspace.users([id_])).get(id_)
        return User(user.id, found.name, found.locale, user.verified) if found else user

    async def _bury(self, body: Mapping[str, Any], error: str) -> None:
        """Keep what nobody could read, so that Slack does not send it again and again."""
        raw = json.dumps(body, sort_keys=True, default=str)
        key = str(body.get("event_id") or hashlib.sha256(raw.encode()).hexdigest()[:32])
        await self._host.bury(CHANNEL, f"poison:{key}", error[:500], dict(body))
        log.warning("slack_poison", key=key, error=error[:200], bytes=len(raw), at=int(time.time()))
        self._host.observe("slack_poison_total")


class Order:
    """One at a time per name. Of those who wait, the one with the lowest ts goes first.

    Slack promises no order between its connections, so a later message may be read before an earlier one.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[float, int, asyncio.Future[None]]]] = {}
        self._serial = itertools.count()

    @asynccontextmanager
    async def of(self, name: str, ts: str) -> AsyncIterator[None]:
        """Wait for one's turn."""
        waiting = self._waiting.get(name)
        if waiting is None:
            self._waiting[name] = []
        else:
            turn = asyncio.get_running_loop().create_future()
            heapq.heappush(waiting, (float(ts), next(self._serial), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._pass_on(name)
                raise
        try:
            yield
        finally:
            self._pass_on(name)

    def _pass_on(self, name: str) -> None:
        waiting = self._waiting[name]
        while waiting:
            _, _, turn = heapq.heappop(waiting)
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[name]


def _with_choice(message: Message, choice: str) -> Message:
    return Message(
        message.key,
        message.channel,
        message.conversation,
        message.user,
        message.text,
        message.sent_at,
        choice,
        message.attachments,
        message.ref,
    )
