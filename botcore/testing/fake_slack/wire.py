"""What the app is told: payloads of events and interactions, handed to whatever carries them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from botcore.testing.fake_slack.state import Channel, Clock, Team

APP_ID = "A0FAKE"
VERIFICATION_TOKEN = "fake-verification-token"  # noqa: S105  # part of every payload, and secret to nobody
_KIND_OF_SUBSCRIPTION = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
SUBSCRIPTIONS = frozenset(
    {
        "app_mention",
        "app_uninstalled",
        "assistant_thread_context_changed",
        "assistant_thread_started",
        "member_joined_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "tokens_revoked",
    }
)


class Carrier(Protocol):
    """Takes what the app is to be told: over WebSockets, or over HTTP."""

    def event(self, payload: dict[str, Any]) -> None:
        """Deliver an event, again and again until it is acknowledged or given up."""

    async def interact(self, kind: str, payload: dict[str, Any]) -> Any:
        """Deliver an interaction or a command once; the answer, or None when there was none in time."""


class Wire:
    """Makes the events of what happens in the workspaces."""

    def __init__(self, clock: Clock, carrier: Carrier) -> None:
        self._clock = clock
        self.carrier = carrier
        self.subscriptions = set(SUBSCRIPTIONS)
        self.events: list[dict[str, Any]] = []

    def message(self, team: Team, channel: Channel, message: Mapping[str, Any]) -> None:
        """A message was posted; a mention of the bot is told as a second event of its own."""
        public = {name: value for name, value in message.items() if name != "stream_started"}
        if self._is_told(team, channel):
            self.event(team, {**public, "channel": channel.id, "channel_type": channel.kind, "event_ts": message["ts"]})
        is_mention = f"<@{team.bot_user}>" in str(message.get("text")) and not message.get("bot_id")
        wants = "app_mention" in self.subscriptions and "app_mentions:read" in team.scopes
        if is_mention and channel.kind != "im" and not message.get("subtype") and wants:
            event = {name: value for name, value in public.items() if name != "channel_type"}
            self.event(team, {**event, "type": "app_mention", "channel": channel.id, "event_ts": message["ts"]})

    def changed(self, team: Team, channel: Channel, message: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """A message was edited."""
        self._about(team, channel, "message_changed", message=dict(message), previous_message=dict(before))

    def deleted(self, team: Team, channel: Channel, before: Mapping[str, Any]) -> None:
        """A message was deleted."""
        self._about(team, channel, "message_deleted", previous_message=dict(before), deleted_ts=before["ts"])

    def _about(self, team: Team, channel: Channel, subtype: str, **fields: Any) -> None:
        if not self._is_told(team, channel):
            return
        for value in fields.values():
            if isinstance(value, dict):
                value.pop("stream_started", None)
        ts = self._clock.ts()
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts, **fields}
        self.event(team, {**event, "channel": channel.id, "channel_type": channel.kind})

    def event(self, team: Team, event: Mapping[str, Any]) -> dict[str, Any]:
        """Deliver an event in its wrapper; returns the wrapped payload."""
        payload = self.wrapped(team, event)
        self.events.append(payload)
        self.carrier.event(payload)
        return payload

    def wrapped(self, team: Team, event: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of the Events API around an event."""
        authorization = {
            "enterprise_id": team.enterprise,
            "team_id": team.id,
            "user_id": team.bot_user,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": team.enterprise,
            "api_app_id": APP_ID,
            "event": dict(event),
            "type": "event_callback",
            "event_id": self._clock.id("Ev"),
            "event_time": int(time.time()),
            "authorizations": [authorization],
            "authed_users": [team.bot_user],
            "is_ext_shared_channel": False,
            "event_context": self._clock.id("EC"),
        }

    def _is_told(self, team: Team, channel: Channel) -> bool:
        kind = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}[channel.kind]
        is_subscribed = _KIND_OF_SUBSCRIPTION[channel.kind] in self.subscriptions
        return is_subscribed and f"{kind}:history" in team.scopes and team.bot_user in channel.members
