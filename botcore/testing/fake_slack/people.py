"""What people do in the workspaces: write, mention, edit, press, command, open an assistant thread."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from botcore.testing.fake_slack.chat import Chat
from botcore.testing.fake_slack.methods import Methods
from botcore.testing.fake_slack.state import Channel, Clock, Person, Team
from botcore.testing.fake_slack.wire import APP_ID, VERIFICATION_TOKEN, Wire


class People:
    """The side of the users. Channels and people are made when they are first named."""

    def __init__(self, clock: Clock, wire: Wire, chat: Chat, methods: Methods, url: Any) -> None:
        self._clock = clock
        self._wire = wire
        self._chat = chat
        self._methods = methods
        self._url = url
        self.responses: dict[str, dict[str, Any]] = {}

    def channel(self, team: Team, id_: str, *, name: str = "", kind: str = "", is_member: bool = True) -> Channel:
        """A channel; `C...` public, `G...` private. The bot is a member unless told otherwise."""
        if id_ not in team.channels:
            kind = kind or {"G": "group", "D": "im"}.get(id_[0], "channel")
            team.channels[id_] = Channel(id_, kind, name or id_.lower())
            if is_member:
                team.channels[id_].members.add(team.bot_user)
        return team.channels[id_]

    def say(
        self,
        team: Team,
        text: str,
        *,
        user: str,
        channel: str = "",
        thread_ts: str = "",
        files: Sequence[Mapping[str, Any]] = (),
        subtype: str = "",
        fields: Mapping[str, Any] | None = None,
    ) -> str:
        """A person writes; without a channel, in the direct message with the bot. Returns the message's ts."""
        team.person(user)
        place = self.channel(team, channel) if channel else team.direct(user)
        place.members.add(user)
        message: dict[str, Any] = {
            "type": "message",
            "user": user,
            "team": team.id,
            "ts": self._clock.ts(),
            "text": text,
            "client_msg_id": self._clock.id("msg"),
        }
        if thread_ts:
            message["thread_ts"] = thread_ts
            root = place.messages.get(thread_ts)
            if root is not None:
                message["parent_user_id"] = root.get("user")
                root.setdefault("thread_ts", thread_ts)
        if files:
            message["files"] = [self._file(file) for file in files]
            message["subtype"] = "file_share"
        if subtype:
            message["subtype"] = subtype
        message |= fields or {}
        self._chat.add(team, place, message)
        return str(message["ts"])

    def mention(self, team: Team, text: str, *, user: str, channel: str, thread_ts: str = "") -> str:
        """Write `@bot text` in a channel."""
        return self.say(team, f"<@{team.bot_user}> {text}", user=user, channel=channel, thread_ts=thread_ts)

    def bot_says(
        self, team: Team, text: str, *, bot: str, channel: str, thread_ts: str = "", is_mention: bool = False
    ) -> str:
        """Another app's bot posts."""
        team.people.setdefault(bot, Person(bot, "Other bot", is_bot=True))
        words = f"<@{team.bot_user}> {text}" if is_mention else text
        fields = {"bot_id": f"B{bot[1:]}", "app_id": "A0OTHER"}
        return self.say(team, words, user=bot, channel=channel, thread_ts=thread_ts, fields=fields)

    def edit(self, team: Team, channel: str, ts: str, text: str) -> None:
        """The author edits a message."""
        place = team.channel(channel)
        message = place.messages[ts]
        before = dict(message)
        message |= {"text": text, "edited": {"user": message["user"], "ts": self._clock.ts()}}
        self._wire.changed(team, place, message, before)

    def delete(self, team: Team, channel: str, ts: str) -> None:
        """The author deletes a message."""
        place = team.channel(channel)
        self._wire.deleted(team, place, place.messages.pop(ts))

    def join(self, team: Team, user: str, channel: str) -> None:
        """A person joins a channel, which is a message there and an event of its own."""
        place = self.channel(team, channel)
        self.say(team, f"<@{user}> has joined the channel", user=user, channel=place.id, subtype="channel_join")
        if "member_joined_channel" in self._wire.subscriptions:
            event = {"type": "member_joined_channel", "user": user, "channel": channel, "channel_type": "C"}
            self._wire.event(team, {**event, "team": team.id, "event_ts": self._clock.ts()})

    def open_assistant(self, team: Team, user: str) -> tuple[str, str]:
        """A person opens a new thread with the assistant: (channel, thread_ts)."""
        team.person(user)
        place, ts = team.direct(user), self._clock.ts()
        root = {
            "type": "message",
            "user": team.bot_user,
            "bot_id": team.bot_id,
            "ts": ts,
            "text": "New Assistant Thread",
        }
        place.messages[ts] = {**root, "thread_ts": ts, "subtype": "assistant_app_thread"}
        thread = {
            "user_id": user,
            "context": {"channel_id": "C0LOOKED", "team_id": team.id, "enterprise_id": team.enterprise},
            "channel_id": place.id,
            "thread_ts": ts,
        }
        self._wire.event(
            team, {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": self._clock.ts()}
        )
        return place.id, ts

    async def press(
        self, team: Team, channel: str, ts: str, button: str, *, user: str, changes: Mapping[str, Any] | None = None
    ) -> Any:
        """A person presses the button with this label or action_id. Returns the acknowledgement, None without one.

        `changes` replaces fields of the action, as a forger would.

        Raises:
            ValueError: there is no such button.
        """
        place = team.channel(channel)
        message = place.messages[ts]
        team.person(user)
        block, element = self._find(message, button)
        action = {**element, "block_id": block.get("block_id", "b"), "action_ts": self._clock.ts(), **(changes or {})}
        container = {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False}
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        payload = {
            **self._about(team, user, "block_actions"),
            "container": container,
            "channel": {"id": channel, "name": place.name or "directmessage"},
            "message": {name: value for name, value in message.items() if name != "stream_started"},
            "state": {"values": {}},
            "response_url": self._response_url(team, channel, user),
            "actions": [action],
        }
        return await self._wire.carrier.interact("interactive", payload)

    async def command(self, team: Team, command: str, text: str, *, user: str, channel: str) -> Any:
        """A person types a slash command. Returns the acknowledgement, None without one."""
        team.person(user)
        place = self.channel(team, channel)
        trigger = self._trigger()
        payload = {
            "token": VERIFICATION_TOKEN,
            "team_id": team.id,
            "team_domain": "shop",
            "channel_id": channel,
            "channel_name": place.name,
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._response_url(team, channel, user),
            "trigger_id": trigger,
        }
        return await self._wire.carrier.interact("slash_commands", payload)

    async def shortcut(
        self, team: Team, callback_id: str, *, user: str, channel: str = "", message_ts: str = ""
    ) -> Any:
        """A person uses a global shortcut; or, with a message, a shortcut on it."""
        team.person(user)
        kind = "message_action" if message_ts else "shortcut"
        payload: dict[str, Any] = {**self._about(team, user, kind), "callback_id": callback_id}
        payload["action_ts"] = self._clock.ts()
        if message_ts:
            payload["channel"] = {"id": channel, "name": team.channel(channel).name}
            payload["message"] = team.channel(channel).messages[message_ts]
            payload["message_ts"] = message_ts
            payload["response_url"] = self._response_url(team, channel, user)
        return await self._wire.carrier.interact("interactive", payload)

    async def submit_view(
        self, team: Team, callback_id: str, values: Mapping[str, str], *, user: str, private_metadata: str = ""
    ) -> Any:
        """A person sends a modal with these input values."""
        team.person(user)
        state = {f"block_{name}": {name: {"type": "plain_text_input", "value": v}} for name, v in values.items()}
        view = {
            "id": self._clock.id("V"),
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": private_metadata,
            "hash": self._clock.id("h"),
            "state": {"values": state},
            "title": {"type": "plain_text", "text": "Form"},
            "blocks": [],
        }
        payload = {**self._about(team, user, "view_submission"), "view": view, "response_urls": []}
        return await self._wire.carrier.interact("interactive", payload)

    def uninstall(self, team: Team) -> None:
        """The app is removed: two events come, in no order that is promised, and the token is worth nothing."""
        team.token_error = "account_inactive"  # noqa: S105
        self._wire.event(team, {"type": "app_uninstalled", "event_ts": self._clock.ts()})
        tokens = {"oauth": [], "bot": [team.bot_user]}
        self._wire.event(team, {"type": "tokens_revoked", "tokens": tokens, "event_ts": self._clock.ts()})

    def _about(self, team: Team, user: str, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "token": VERIFICATION_TOKEN,
            "team": {"id": team.id, "domain": "shop"},
            "enterprise": {"id": team.enterprise, "name": "Group"} if team.enterprise else None,
            "is_enterprise_install": False,
            "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": team.id},
            "api_app_id": APP_ID,
            "trigger_id": self._trigger(),
        }

    def _trigger(self) -> str:
        trigger = self._clock.id("trigger.")
        self._methods.triggers[trigger] = str(time.time())
        return trigger

    def _response_url(self, team: Team, channel: str, user: str) -> str:
        id_ = self._clock.id("R")
        self.responses[id_] = {"team": team, "channel": channel, "user": user, "left": 5, "at": time.monotonic()}
        return f"{self._url()}/_response/{id_}"

    def _file(self, file: Mapping[str, Any]) -> dict[str, Any]:
        """A file that a person brings: name, mimetype and content (bytes)."""
        content = bytes(file.get("content", b""))
        id_ = self._clock.id("F")
        kept = {"id": id_, "name": file.get("name", "file"), "mimetype": file.get("mimetype", "text/plain")}
        self._methods.uploads[id_] = {**kept, "size": len(content), "content": content, "is_shared": True}
        return self._methods.shown_file(self._methods.uploads[id_])

    @staticmethod
    def _find(message: Mapping[str, Any], button: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        labels = []
        for block in message.get("blocks", []):
            for element in [*block.get("elements", []), block.get("accessory") or {}]:
                label = element.get("text", {})
                if element.get("type") == "button":
                    labels.append(label.get("text"))
                    if button in (label.get("text"), element.get("action_id")):
                        return block, element
        raise ValueError(f"no button {button!r}; there are: {', '.join(map(str, labels)) or 'none'}")
