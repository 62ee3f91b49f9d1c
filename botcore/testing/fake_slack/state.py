"""What the workspaces of the fake hold: people, channels, messages, apps' tokens, files."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botcore.testing.fake_slack.params import Refused

ALL_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "reactions:write",
        "users:read",
    }
)


@dataclass(slots=True)
class Person:
    """A user, or the user of a bot."""

    id: str
    name: str
    locale: str = "en-US"
    team: str = ""
    is_bot: bool = False


@dataclass(slots=True)
class Channel:
    """A channel, private channel or direct message and what was posted in it, by ts."""

    id: str
    kind: str = "channel"  # channel, group, im, mpim
    name: str = ""
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def thread(self, root: str) -> list[dict[str, Any]]:
        """The root message and its replies, oldest first."""
        return [m for ts, m in sorted(self.messages.items()) if ts == root or m.get("thread_ts") == root]

    def top_level(self) -> list[dict[str, Any]]:
        """What is shown outside of threads, oldest first."""
        return [m for ts, m in sorted(self.messages.items()) if m.get("thread_ts") in (None, ts)]


@dataclass(slots=True)
class Team:
    """A workspace in which the app is installed, or was."""

    id: str
    bot_token: str
    bot_user: str
    bot_id: str
    name: str = "Shop"
    enterprise: str | None = None
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    token_error: str = ""  # account_inactive, token_revoked...
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)

    def channel(self, id_: str) -> Channel:
        """The channel; raises Refused."""
        found = self.channels.get(id_)
        if found is None:
            raise Refused("channel_not_found")
        return found

    def postable(self, id_: str) -> Channel:
        """A channel that the bot may post in; a user's id means the direct message with them. Raises Refused."""
        if id_ in self.people:
            return self.direct(id_)
        found = self.channel(id_)
        if found.is_archived:
            raise Refused("is_archived")
        if self.bot_user not in found.members:
            raise Refused("not_in_channel")
        return found

    def direct(self, user: str) -> Channel:
        """The direct message between this person and the bot; opened if there is none."""
        id_ = f"D{user[1:]}{self.bot_user[-3:]}"
        if id_ not in self.channels:
            self.channels[id_] = Channel(id_, "im", members={user, self.bot_user})
        return self.channels[id_]

    def person(self, user: str) -> Person:
        """The person; made if there is none."""
        if user not in self.people:
            self.people[user] = Person(user, user.lower(), team=self.id)
        return self.people[user]


@dataclass(slots=True)
class Call:
    """One call of the Web API, and how it was answered."""

    method: str
    params: dict[str, Any]
    reply: dict[str, Any]
    status: int = 200
    at: float = 0.0
    team: str = ""

    def as_json(self) -> dict[str, Any]:
        """For `/_control/calls`; without the token."""
        return {
            "method": self.method,
            "params": {name: value for name, value in self.params.items() if name != "token"},
            "reply": self.reply,
            "status": self.status,
            "at": self.at,
            "team": self.team,
        }


class Clock:
    """Gives out timestamps of messages: the time now, each one higher than the last."""

    def __init__(self) -> None:
        self._last = 0
        self._serial = itertools.count(1)

    def ts(self) -> str:
        """Such as 1760000000.000100."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def id(self, letter: str) -> str:
        """A fresh id such as Ev0000000001."""
        return f"{letter}{next(self._serial):010d}"


def page(messages: list[dict[str, Any]], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The messages within `oldest` and `latest`, which count themselves only with `inclusive`."""
    oldest, latest = float(values.get("oldest") or 0), float(values.get("latest") or "inf")
    is_inclusive = bool(values.get("inclusive"))
    for message in messages:
        at = float(message["ts"])
        if oldest < at < latest or (is_inclusive and at in (oldest, latest)):
            yield message
