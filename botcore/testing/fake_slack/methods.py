"""Every method but `chat.*`: who one is, channels, people, assistant threads, files, views, OAuth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botcore.testing.fake_slack.chat import Chat
from botcore.testing.fake_slack.limits import texts_in
from botcore.testing.fake_slack.params import Refused
from botcore.testing.fake_slack.state import Clock, Team, page

Values = Mapping[str, Any]
Handler = Callable[[Team, Values], dict[str, Any]]
_HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history", "mpim": "mpim:history"}
SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.startStream": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.stopStream": "chat:write",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "reactions.add": "reactions:write",
    "assistant.threads.setStatus": "chat:write",
    "assistant.threads.setTitle": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
}


@dataclass(slots=True)
class Assistant:
    """What is shown of an assistant thread besides its messages."""

    title: str = ""
    status: str = ""
    prompts: list[dict[str, str]] = field(default_factory=list)


class Methods:
    """The table of methods that need a bot's token."""

    def __init__(self, clock: Clock, chat: Chat, url: Callable[[], str]) -> None:
        self._clock = clock
        self._chat = chat
        self._url = url
        self.assistants: dict[tuple[str, str], Assistant] = {}
        self.statuses: list[dict[str, str]] = []
        self.uploads: dict[str, dict[str, Any]] = {}
        self.views: list[dict[str, Any]] = []
        self.triggers: dict[str, str] = {}
        self.table: dict[str, Handler] = {
            "auth.test": self.auth_test,
            "auth.revoke": self.auth_revoke,
            "bots.info": self.bots_info,
            "chat.postMessage": chat.post_message,
            "chat.update": chat.update,
            "chat.delete": chat.delete,
            "chat.postEphemeral": chat.post_ephemeral,
            "chat.startStream": chat.start_stream,
            "chat.appendStream": chat.append_stream,
            "chat.stopStream": chat.stop_stream,
            "conversations.open": self.open,
            "conversations.info": self.info,
            "conversations.replies": self.replies,
            "conversations.history": self.history,
            "users.info": self.user,
            "assistant.threads.setStatus": self.set_status,
            "assistant.threads.setTitle": self.set_title,
            "assistant.threads.setSuggestedPrompts": self.set_prompts,
            "files.getUploadURLExternal": self.upload_url,
            "files.completeUploadExternal": self.complete_upload,
            "files.info": self.file_info,
            "reactions.add": self.react,
            "views.open": self.open_view,
            "views.update": self.open_view,
            "views.publish": self.open_view,
        }

    def auth_test(self, team: Team, values: Values) -> dict[str, Any]:
        """auth.test."""
        return {
            "url": "https://shop.slack.com/",
            "team": team.name,
            "user": "bot",
            "team_id": team.id,
            "user_id": team.bot_user,
            "bot_id": team.bot_id,
            "is_enterprise_install": False,
            **({"enterprise_id": team.enterprise} if team.enterprise else {}),
        }

    def auth_revoke(self, team: Team, values: Values) -> dict[str, Any]:
        """auth.revoke."""
        if not values.get("test"):
            team.token_error = "token_revoked"  # noqa: S105
        return {"revoked": not values.get("test")}

    def bots_info(self, team: Team, values: Values) -> dict[str, Any]:
        """bots.info of the app's own bot."""
        return {"bot": {"id": team.bot_id, "user_id": team.bot_user, "name": "bot", "deleted": False}}

    def open(self, team: Team, values: Values) -> dict[str, Any]:
        """conversations.open with one person."""
        if values.get("channel"):
            return {"channel": {"id": team.channel(values["channel"]).id}}
        users = str(values.get("users") or "").split(",")
        if users == [""]:
            raise Refused("users_list_not_supplied")
        if len(users) > 1:
            raise Refused("not_enough_users")
        if users[0] not in team.people:
            raise Refused("user_not_found")
        return {"channel": {"id": team.direct(users[0]).id}, "no_op": False, "already_open": False}

    def info(self, team: Team, values: Values) -> dict[str, Any]:
        """conversations.info."""
        channel = team.channel(values["channel"])
        kind = {f"is_{name}": channel.kind == name for name in ("channel", "group", "im", "mpim")}
        return {"channel": {"id": channel.id, "name": channel.name, "is_archived": channel.is_archived, **kind}}

    def replies(self, team: Team, values: Values) -> dict[str, Any]:
        """conversations.replies: the root and its replies, oldest first."""
        channel = team.channel(values["channel"])
        _need_scope(team, _HISTORY[channel.kind])
        if values["ts"] not in channel.messages:
            raise Refused("thread_not_found")
        root = str(channel.messages[values["ts"]].get("thread_ts", values["ts"]))
        thread = channel.thread(root)
        found = [message for message in page(thread, dict(values)) if message["ts"] != root]
        return self._page([thread[0], *found], values)

    def history(self, team: Team, values: Values) -> dict[str, Any]:
        """conversations.history: without replies, newest first."""
        channel = team.channel(values["channel"])
        _need_scope(team, _HISTORY[channel.kind])
        if team.bot_user not in channel.members:
            raise Refused("not_in_channel")
        return self._page(list(page(channel.top_level(), dict(values)))[::-1], values)

    @staticmethod
    def _page(messages: list[dict[str, Any]], values: Values) -> dict[str, Any]:
        limit, start = int(values.get("limit") or 100), int(values.get("cursor") or 0)
        if not 1 <= limit <= 1000:
            raise Refused("invalid_limit")
        shown = []
        for message in messages[start : start + limit]:
            kept = {name: value for name, value in message.items() if name != "stream_started"}
            if not values.get("include_all_metadata"):
                kept.pop("metadata", None)
            shown.append(kept)
        more = start + limit < len(messages)
        cursor = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
        return {"messages": shown, "has_more": more, **cursor}

    def user(self, team: Team, values: Values) -> dict[str, Any]:
        """users.info."""
        person = team.people.get(values["user"])
        if person is None:
            raise Refused("user_not_found")
        profile = {"real_name": person.name, "display_name": person.name}
        shown: dict[str, Any] = {
            "id": person.id,
            "team_id": person.team or team.id,
            "name": person.id.lower(),
            "real_name": person.name,
            "profile": profile,
            "is_bot": person.is_bot,
            "deleted": False,
        }
        if values.get("include_locale"):
            shown["locale"] = person.locale
        return {"user": shown}

    def set_status(self, team: Team, values: Values) -> dict[str, Any]:
        """assistant.threads.setStatus; an empty one clears it."""
        team.channel(values["channel_id"])
        self.assistant(values["channel_id"], values["thread_ts"]).status = values["status"]
        self.statuses.append({name: str(values[name]) for name in ("channel_id", "thread_ts", "status")})
        return {}

    def set_title(self, team: Team, values: Values) -> dict[str, Any]:
        """assistant.threads.setTitle."""
        team.channel(values["channel_id"])
        if len(values["title"]) > 255:
            raise Refused("invalid_arguments")
        self.assistant(values["channel_id"], values["thread_ts"]).title = values["title"]
        return {}

    def set_prompts(self, team: Team, values: Values) -> dict[str, Any]:
        """assistant.threads.setSuggestedPrompts: one to four."""
        team.channel(values["channel_id"])
        prompts = values["prompts"]
        is_list = isinstance(prompts, list) and 1 <= len(prompts) <= 4
        if not is_list or not all({"title", "message"} <= set(prompt) for prompt in prompts):
            raise Refused("invalid_arguments")
        self.assistant(values["channel_id"], values.get("thread_ts") or "").prompts = prompts
        return {}

    def assistant(self, channel: str, thread: str) -> Assistant:
        """What is shown of this assistant thread."""
        return self.assistants.setdefault((channel, thread), Assistant())

    def upload_url(self, team: Team, values: Values) -> dict[str, Any]:
        """files.getUploadURLExternal."""
        if values["length"] <= 0:
            raise Refused("invalid_arguments")
        id_ = self._clock.id("F")
        self.uploads[id_] = {
            "id": id_,
            "name": values["filename"],
            "size": values["length"],
            "alt": values.get("alt_txt"),
        }
        return {"upload_url": f"{self._url()}/_upload/{id_}", "file_id": id_}

    def complete_upload(self, team: Team, values: Values) -> dict[str, Any]:
        """files.completeUploadExternal: the uploaded files are posted as one message."""
        files = []
        for item in values["files"]:
            upload = self.uploads.get(item.get("id", ""))
            if upload is None or "content" not in upload:
                raise Refused("file_not_found")
            if upload.get("is_shared"):
                raise Refused("file_already_completed")
            files.append({**upload, "title": item.get("title") or upload["name"]})
        for file in files:
            self.uploads[file["id"]]["is_shared"] = True
        shown = [self.shown_file(file) for file in files]
        if values.get("channel_id"):
            channel = team.postable(values["channel_id"])
            text = values.get("initial_comment") or ""
            message: dict[str, Any] = {
                "type": "message",
                "subtype": "file_share",
                "user": team.bot_user,
                "bot_id": team.bot_id,
                "ts": self._clock.ts(),
                "text": text,
                "files": shown,
            }
            if values.get("thread_ts"):
                message["thread_ts"] = values["thread_ts"]
            self._chat.add(team, channel, message)
        return {"files": shown}

    def shown_file(self, file: Mapping[str, Any]) -> dict[str, Any]:
        """A file object as messages carry it."""
        kept = {name: value for name, value in file.items() if name not in ("content", "is_shared")}
        return {**kept, "url_private": f"{self._url()}/_files/{file['id']}", "mode": "hosted"}

    def file_info(self, team: Team, values: Values) -> dict[str, Any]:
        """files.info."""
        upload = self.uploads.get(values["file"])
        if upload is None:
            raise Refused("file_not_found")
        digest = hashlib.sha256(upload.get("content", b"")).hexdigest()
        return {"file": {**self.shown_file(upload), "sha256": digest}}

    def react(self, team: Team, values: Values) -> dict[str, Any]:
        """reactions.add."""
        if values["timestamp"] not in team.channel(values["channel"]).messages:
            raise Refused("message_not_found")
        return {}

    def open_view(self, team: Team, values: Values) -> dict[str, Any]:
        """views.open, update and publish; a trigger is good for one use."""
        view = values["view"]
        if view.get("type") not in ("modal", "home") or not isinstance(view.get("blocks"), list):
            raise Refused("invalid_arguments")
        if view["type"] == "modal" and len(view.get("title", {}).get("text", "")) > 24:
            raise Refused("invalid_arguments")
        if sum(map(len, texts_in(view["blocks"]))) > 250_000 or len(view.get("private_metadata", "")) > 3000:
            raise Refused("invalid_arguments")
        if "trigger_id" in values and self.triggers.pop(values["trigger_id"], None) is None:
            raise Refused("invalid_trigger_id")
        shown = {**view, "id": self._clock.id("V"), "team_id": team.id}
        self.views.append(shown)
        return {"view": shown}


def _need_scope(team: Team, scope: str) -> None:
    if scope not in team.scopes:
        raise Refused("missing_scope", needed=scope)
