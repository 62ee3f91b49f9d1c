"""`chat.*`: post, update, delete, ephemeral messages and streams."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from botcore.testing.fake_slack.limits import check_blocks, check_message
from botcore.testing.fake_slack.params import Refused
from botcore.testing.fake_slack.state import Channel, Clock, Team
from botcore.testing.fake_slack.wire import Wire

Values = Mapping[str, Any]
SHOWN_FIELDS = ("text", "blocks", "attachments", "metadata")


class Chat:
    """Messages of the bots."""

    def __init__(self, clock: Clock, wire: Wire, stream_lifetime_s: float) -> None:
        self._clock = clock
        self._wire = wire
        self._stream_lifetime_s = stream_lifetime_s
        self.ephemeral: list[dict[str, Any]] = []

    def post_message(self, team: Team, values: Values) -> dict[str, Any]:
        """chat.postMessage. A `client_msg_id` seen before is not recognised, as on the platform."""
        channel = team.postable(values["channel"])
        check_message(values)
        thread = values.get("thread_ts")
        if thread is not None and thread not in channel.messages:
            raise Refused("thread_not_found")
        message = self._message(team, values)
        if thread is not None:
            message["thread_ts"] = channel.messages[thread].get("thread_ts", thread)
        if values.get("client_msg_id"):
            message["client_msg_id"] = values["client_msg_id"]
        self.add(team, channel, message)
        return {"channel": channel.id, "ts": message["ts"], "message": dict(message)}

    def add(self, team: Team, channel: Channel, message: dict[str, Any]) -> None:
        """Put a message into a channel, and tell the app of it."""
        channel.messages[message["ts"]] = message
        self._wire.message(team, channel, {"type": "message", **message})

    def update(self, team: Team, values: Values) -> dict[str, Any]:
        """chat.update. Blocks stay as they are when none are given."""
        channel, message = self._own(team, values)
        if message.get("streaming_state") == "in_progress" and not self._has_expired(message):
            raise Refused("streaming_state_conflict")
        if values.get("blocks") is None and not (values.get("text") or "").strip() and not values.get("markdown_text"):
            raise Refused("no_text")
        check_message(values)
        before = dict(message)
        if values.get("markdown_text") is not None:
            message["text"] = values["markdown_text"]
            message["blocks"] = [{"type": "markdown", "text": values["markdown_text"]}]
        for name in SHOWN_FIELDS:
            if values.get(name) is not None:
                message[name] = values[name]
        message["edited"] = {"user": team.bot_user, "ts": self._clock.ts()}
        self._wire.changed(team, channel, message, before)
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": dict(message)}

    def delete(self, team: Team, values: Values) -> dict[str, Any]:
        """chat.delete."""
        channel, message = self._own(team, values, error="cant_delete_message")
        del channel.messages[message["ts"]]
        self._wire.deleted(team, channel, message)
        return {"channel": channel.id, "ts": message["ts"]}

    def post_ephemeral(self, team: Team, values: Values) -> dict[str, Any]:
        """chat.postEphemeral."""
        channel = team.postable(values["channel"])
        check_message(values)
        if values["user"] not in channel.members:
            raise Refused("user_not_in_channel")
        message = {**self._message(team, values), "channel": channel.id, "to": values["user"]}
        self.ephemeral.append(message)
        return {"message_ts": message["ts"]}

    def start_stream(self, team: Team, values: Values) -> dict[str, Any]:
        """chat.startStream: a message in a thread that grows."""
        channel = team.postable(values["channel"])
        if channel.kind != "im":
            for name in ("recipient_team_id", "recipient_user_id"):
                if not values.get(name):
                    raise Refused(f"missing_{name}")
        if values["thread_ts"] not in channel.messages:
            raise Refused("invalid_thread_ts")
        text = values.get("markdown_text") or ""
        _check_length(text)
        message = {
            **self._message(team, {"text": text}),
            "thread_ts": channel.messages[values["thread_ts"]].get("thread_ts", values["thread_ts"]),
            "streaming_state": "in_progress",
            "stream_started": time.monotonic(),
        }
        self._show_markdown(message, text)
        self.add(team, channel, message)
        return {"channel": channel.id, "ts": message["ts"]}

    def append_stream(self, team: Team, values: Values) -> dict[str, Any]:
        """chat.appendStream."""
        channel, message = self._stream(team, values)
        text = values.get("markdown_text") or ""
        if not text and not values.get("chunks"):
            raise Refused("no_text")
        _check_length(text)
        self._show_markdown(message, message["text"] + text)
        return {"channel": channel.id, "ts": message["ts"]}

    def stop_stream(self, team: Team, values: Values) -> dict[str, Any]:
        """chat.stopStream: the last words, and blocks below them."""
        channel, message = self._stream(team, values)
        before = dict(message)
        text = values.get("markdown_text") or ""
        _check_length(text)
        if values.get("blocks") is not None:
            check_blocks(values["blocks"])
        self._show_markdown(message, message["text"] + text)
        message["blocks"] = [*message["blocks"], *(values.get("blocks") or [])]
        if values.get("metadata") is not None:
            message["metadata"] = values["metadata"]
        message["streaming_state"] = "completed"
        self._wire.changed(team, channel, message, before)
        return {"channel": channel.id, "ts": message["ts"], "message": dict(message)}

    @property
    def response_fields(self) -> tuple[str, ...]:
        """What a post to a response_url may hold."""
        return ("text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "metadata")

    def _message(self, team: Team, values: Values) -> dict[str, Any]:
        message: dict[str, Any] = {
            "type": "message",
            "user": team.bot_user,
            "bot_id": team.bot_id,
            "app_id": "A0FAKE",
            "team": team.id,
            "ts": self._clock.ts(),
            "text": values.get("text") or "",
        }
        if values.get("markdown_text") is not None:
            self._show_markdown(message, values["markdown_text"])
        for name in ("blocks", "attachments", "metadata"):
            if values.get(name) is not None:
                message[name] = values[name]
        return message

    def _own(self, team: Team, values: Values, error: str = "cant_update_message") -> tuple[Channel, dict[str, Any]]:
        channel = team.postable(values["channel"])
        message = channel.messages.get(values["ts"])
        if message is None:
            raise Refused("message_not_found")
        if message.get("bot_id") != team.bot_id:
            raise Refused(error)
        return channel, message

    def _stream(self, team: Team, values: Values) -> tuple[Channel, dict[str, Any]]:
        channel, message = self._own(team, values, error="message_not_owned_by_app")
        if message.get("streaming_state") != "in_progress" or self._has_expired(message):
            raise Refused("message_not_in_streaming_state")
        return channel, message

    def _has_expired(self, message: Mapping[str, Any]) -> bool:
        return time.monotonic() - float(message.get("stream_started", 0)) > self._stream_lifetime_s

    @staticmethod
    def _show_markdown(message: dict[str, Any], text: str) -> None:
        message["text"] = text
        message["blocks"] = [{"type": "markdown", "text": text}] if text else []


def _check_length(markdown: str) -> None:
    if len(markdown) > 12_000:
        raise Refused("msg_too_long")
