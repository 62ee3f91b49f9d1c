"""Payloads of Slack -> what they mean for us. Pure: no clock, no network, no state.

A payload that is not for us is None. One that cannot be understood raises ValueError, TypeError, KeyError or
OverflowError (POISON): it is kept for a person to look at, and acknowledged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from botcore import Attachment, Message, User
from botcore_slack.mrkdwn import mentioned, plain
from botcore_slack.places import CHANNEL, Place, is_ts, time_of

POISON = (ValueError, TypeError, KeyError, OverflowError, AttributeError, RecursionError)
# Subtypes that are still somebody's words.
WORDS = (None, "file_share", "thread_broadcast", "me_message", "bot_message")
KINDS: dict[str, Literal["image", "audio", "video"]] = {"image": "image", "audio": "audio", "video": "video"}
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is in a workspace."""

    user: str
    bot: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What is answered besides people's own words."""

    edits: bool = False
    other_bots: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that may be for the bot.

    `is_addressed`: it is for the bot whatever came before (direct, or a mention); else it counts only in a thread in
    which the bot takes part.
    """

    key: str
    place: Place
    user: str
    text: str
    ts: str
    is_addressed: bool
    is_bot: bool = False
    attachments: tuple[Attachment, ...] = ()

    @property
    def named(self) -> list[str]:
        """The people whose names it needs: the author first."""
        return [self.user, *mentioned(self.text)[:5]]

    def message(self, users: Mapping[str, User], me: str) -> Message:
        """The message, with the names and the locale that are known."""
        names = {id_: user.name for id_, user in users.items() if user.name}
        known = users.get(self.user)
        return Message(
            key=self.key,
            channel=CHANNEL,
            conversation=self.place.conversation,
            user=User(
                id=f"{self.place.team}:{self.user}",
                name=known.name if known else None,
                locale=known.locale if known else None,
                verified=not self.is_bot,
                is_bot=self.is_bot,
            ),
            text=plain(self.text, names, me),
            sent_at=time_of(self.ts),
            attachments=self.attachments,
            ref=self.ts,
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A person opened an assistant thread."""

    key: str
    place: Place
    user: str
    ts: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The app was removed from the workspace, or its token taken back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An interaction: a press, a command, a shortcut, a form. `place` None: in the person's direct message.

    `callback` is what came back from a button of ours; it is worth nothing until it is verified.
    """

    key: str
    kind: Literal["press", "command", "shortcut", "view"]
    user: str
    ts: str
    text: str = ""
    choice: str | None = None
    callback: str = ""
    place: Place | None = None
    channel: str = ""
    response_url: str = ""


def team_of(body: Body) -> tuple[str, str | None]:
    """(workspace, enterprise) whose installation a payload is for.

    In a channel shared between companies the payload's own team is the other company: `authorizations` names ours.
    """
    for authorization in body.get("authorizations") or ():
        team = authorization.get("team_id") or body.get("context_team_id") or body.get("team_id")
        if team:
            return _text(team), authorization.get("enterprise_id")
    team = body.get("team_id") or (body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id")
    enterprise = body.get("enterprise_id") or (body.get("enterprise") or {}).get("id")
    return _text(team), enterprise


def event_of(body: Body, team: str, me: Me, rules: Rules) -> Heard | Opened | Removed | None:
    """What an event says to the bot of this workspace."""
    event = body["event"]
    match event["type"]:
        case "message" | "app_mention":
            return _heard(event, team, me, rules)
        case "assistant_thread_started":
            thread = event["assistant_thread"]
            place = Place(team, _text(thread["channel_id"]), _ts(thread["thread_ts"]))
            return Opened(f"{team}:{_text(body['event_id'])}", place, _text(thread["user_id"]), place.thread or "")
        case "app_uninstalled":
            return Removed()
        case "tokens_revoked":
            return Removed() if me.user in ((event.get("tokens") or {}).get("bot") or ()) else None
    return None


def _heard(event: Body, team: str, me: Me, rules: Rules) -> Heard | None:
    key_tail = ""
    if event.get("subtype") == "message_changed":
        edited = event["message"].get("edited")
        before = event.get("previous_message") or {}
        # Slack also tells of a change when it adds the preview of a link: then nobody edited anything.
        if not rules.edits or not edited or before.get("text") == event["message"].get("text"):
            return None
        key_tail = f":{_ts(edited['ts'])}"
        event = {**event["message"], "channel": event["channel"], "channel_type": event.get("channel_type")}
    elif event.get("hidden"):
        return None
    is_bot = bool(event.get("bot_id")) or event.get("subtype") == "bot_message"
    is_own = event.get("user") == me.user or (event.get("bot_id") is not None and event["bot_id"] == me.bot)
    if event.get("subtype") not in WORDS or is_own or (is_bot and not rules.other_bots):
        return None
    return _words(event, team, me, key_tail, is_bot=is_bot)


def _words(event: Body, team: str, me: Me, key_tail: str, *, is_bot: bool) -> Heard | None:
    ts, channel = _ts(event["ts"]), _text(event["channel"])
    root = event.get("thread_ts")
    is_direct = event.get("channel_type") == "im" or channel.startswith("D")
    text = _text(event.get("text") or "", may_be_empty=True)
    is_addressed = is_direct or event["type"] == "app_mention" or f"<@{me.user}" in text
    if not is_addressed and (root is None or root == ts):
        return None
    thread = _ts(root) if root is not None else None if is_direct else ts
    place = Place(team, channel, thread)
    if Place.of(place.conversation) is None:
        raise ValueError("no channel")
    return Heard(
        key=f"{team}:{channel}:{ts}{key_tail}",
        place=place,
        user=_text(event.get("user") or event.get("bot_id")),
        text=text,
        ts=ts,
        is_addressed=is_addressed,
        is_bot=is_bot,
        attachments=tuple(_attachment(file, team) for file in event.get("files") or ()),
    )


def _attachment(file: Body, team: str) -> Attachment:
    kind = str(file.get("mimetype") or "")
    size = file.get("size")
    return Attachment(
        kind=KINDS.get(kind.partition("/")[0], "file"),
        name=str(file["name"]) if file.get("name") else None,
        media_type=kind or None,
        size_bytes=size if isinstance(size, int) and size >= 0 else None,
        ref=f"{team}:{_text(file['id'])}",
    )


def interaction_of(payload: Body, team: str) -> Asked | None:
    """What a person did with a button, a shortcut or a form."""
    user = _text(payload["user"]["id"])
    match payload["type"]:
        case "block_actions":
            return _press(payload, team, user)
        case "shortcut":
            key = f"{team}:shortcut:{_text(payload['trigger_id'])}"
            choice = _text(payload["callback_id"])
            return Asked(key, "shortcut", user, _ts(payload["action_ts"]), text=choice, choice=choice)
        case "message_action":
            key = f"{team}:shortcut:{_text(payload['trigger_id'])}"
            words = _text(payload["message"].get("text") or "", may_be_empty=True)
            url = str(payload.get("response_url") or "")
            return Asked(key, "shortcut", user, _ts(payload["action_ts"]), text=words, response_url=url)
        case "view_submission":
            return _form(payload, team, user)
    return None


def _press(payload: Body, team: str, user: str) -> Asked | None:
    action = payload["actions"][0]
    container = payload.get("container") or {}
    channel = _text((payload.get("channel") or {}).get("id") or container.get("channel_id"))
    message_ts = _ts(container.get("message_ts") or payload["message"]["ts"])
    thread = container.get("thread_ts") or (payload.get("message") or {}).get("thread_ts")
    selected = action.get("selected_option") or {}
    callback = selected.get("value") or action["action_id"]
    label = (selected.get("text") or action.get("text") or {}).get("text") or ""
    return Asked(
        key=f"{team}:{channel}:{message_ts}:{_text(callback)}:{user}",
        kind="press",
        user=user,
        ts=_ts(action.get("action_ts") or message_ts),
        text=str(label),
        callback=_text(callback),
        place=Place(team, channel, _ts(thread) if thread else None),
        channel=channel,
        response_url=str(payload.get("response_url") or ""),
    )


def _form(payload: Body, team: str, user: str) -> Asked:
    view = payload["view"]
    place = Place.of(str(view.get("private_metadata") or ""))
    answers = []
    for block in (view.get("state") or {}).get("values", {}).values():
        for name, field in block.items():
            chosen = (field.get("selected_option") or {}).get("value")
            value = field.get("value") or chosen or field.get("selected_date") or field.get("selected_user")
            if value:
                answers.append(f"{name}: {value}")
    return Asked(
        key=f"{team}:view:{_text(view['id'])}:{user}",
        kind="view",
        user=user,
        ts="",
        text="\n".join(answers),
        choice=_text(view["callback_id"]),
        place=place if place is not None and place.team == team else None,
    )


def command_of(form: Body, team: str) -> Asked:
    """What a slash command asks."""
    words = str(form.get("text") or "").strip()
    return Asked(
        key=f"{team}:command:{_text(form['trigger_id'])}",
        kind="command",
        user=_text(form["user_id"]),
        ts="",
        text=words,
        choice=None if words else "start",
        channel=str(form.get("channel_id") or ""),
        response_url=str(form.get("response_url") or ""),
    )


def _text(value: Any, *, may_be_empty: bool = False) -> str:
    if not isinstance(value, str) or not (value or may_be_empty):
        raise ValueError(f"not a text: {str(value)[:40]!r}")
    return value


def _ts(value: Any) -> str:
    if not is_ts(value):
        raise ValueError(f"not a ts: {str(value)[:40]!r}")
    time_of(value)
    return str(value)
