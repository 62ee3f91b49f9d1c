"""The Bot API's methods, carried out on the fake world."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from botcore.testing.fake_telegram.entities import checked, found_in, trimmed, utf16_length
from botcore.testing.fake_telegram.parameters import Upload
from botcore.testing.fake_telegram.parse_modes import parsed
from botcore.testing.fake_telegram.refusals import Refused, bad_request
from botcore.testing.fake_telegram.updates import Updates
from botcore.testing.fake_telegram.world import Chat, Json, StoredFile, World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BUTTONS = 100
MAX_ROW = 8
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
URL = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+\S*|tg://\S+")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
Values = dict[str, Any]


class Methods:
    """Each method takes its parameters and returns the `result`; `getUpdates` is in `Updates`."""

    def __init__(self, world: World, updates: Updates) -> None:
        self._world = world
        self._updates = updates
        self.sent_at: dict[int, float] = {}
        self.table: dict[str, Callable[[Values], Any] | Callable[[Values], Awaitable[Any]]] = {
            "getMe": lambda _: world.me(),
            "logOut": lambda _: True,
            "close": lambda _: True,
            "getWebhookInfo": lambda _: updates.webhook_info(),
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "sendMessage": self._send_message,
            "sendMessageDraft": self._send_draft,
            "sendPhoto": self._send_photo,
            "sendDocument": self._send_document,
            "sendMediaGroup": self._send_media_group,
            "sendChatAction": self._send_action,
            "editMessageText": self._edit_text,
            "editMessageReplyMarkup": self._edit_markup,
            "deleteMessage": self._delete_message,
            "answerCallbackQuery": self._answer_callback,
            "getFile": self._get_file,
            "getChat": self._get_chat,
            "getChatMember": self._get_member,
            "setMyCommands": self._set_commands,
            "deleteMyCommands": self._delete_commands,
            "getMyCommands": lambda v: world.commands.get(_scope_of(v), []),
            "setMyDescription": lambda v: _describe(world.descriptions, v, "description", 512),
            "setMyShortDescription": lambda v: _describe(world.short_descriptions, v, "short_description", 120),
        }

    # --- messages ---

    def _text_of(self, values: Values, name: str, entities: str, limit: int) -> Values:
        """The text as it will stand, and its entities, under the names that a Message has for them."""
        text = values.get(name) or ""
        if "\x00" in text:
            text = text.replace("\x00", "")
        if values.get("parse_mode"):
            text, found = parsed(text, values["parse_mode"])
        else:
            found = values.get(entities) or []
        found = checked(text, found)
        text, found = trimmed(text, found)
        if utf16_length(text) > limit:
            raise bad_request("message is too long" if name == "text" else "message caption is too long")
        content: Values = {name: text} if text else {}
        if found := found or found_in(text):
            content[entities] = found
        return content

    def _to(self, values: Values) -> tuple[Chat, Values]:
        """The chat, and what every sent message has."""
        chat = self._world.reachable(values["chat_id"])
        more: Values = {}
        if markup := values.get("reply_markup"):
            more["reply_markup"] = _checked_markup(markup)
        if reply := values.get("reply_parameters"):
            answered = chat.messages.get(reply.get("message_id"))
            if answered is None and not reply.get("allow_sending_without_reply"):
                raise bad_request("message to be replied not found")
            if answered is not None:
                more["reply_to_message"] = {k: v for k, v in answered.items() if k != "reply_to_message"}
        if values.get("message_thread_id") and chat.type != "private" and not chat.is_forum:
            raise bad_request("message thread not found")
        return chat, more

    def _add(self, chat: Chat, values: Values, content: Values) -> Json:
        chat.drafts.clear()
        return self._world.add_message(chat, self._world.bot, values.get("message_thread_id"), **content)

    def _send_message(self, values: Values) -> Json:
        content = self._text_of(values, "text", "entities", MAX_TEXT)
        chat, more = self._to(values)
        if not content:
            raise bad_request("message text is empty")
        if options := values.get("link_preview_options"):
            more["link_preview_options"] = options
        return self._add(chat, values, {**content, **more})

    def _send_draft(self, values: Values) -> bool:
        chat = self._world.reachable(values["chat_id"])
        if chat.type != "private":
            raise bad_request("drafts can be sent to private chats only")
        if values["draft_id"] == 0:
            raise bad_request("draft_id must be non-zero")
        text = self._text_of(values, "text", "entities", MAX_TEXT).get("text", "")
        chat.drafts[values["draft_id"]] = (text, time.monotonic())
        return True

    def _media(self, values: Values, name: str, uploads: Values) -> StoredFile:
        """The file of a parameter: uploaded, known by its file_id, or remote, which the fake never fetches."""
        value = values[name]
        if isinstance(value, str) and value.startswith("attach://"):
            value = uploads.get(value.removeprefix("attach://"))
        if isinstance(value, Upload):
            if not value.content:
                raise bad_request("file must be non-empty")
            return self._world.add_file(value.name, value.content, value.media_type)
        if isinstance(value, str) and value in self._world.files:
            return self._world.files[value]
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            if "refused" in value or "." not in value:
                raise bad_request("failed to get HTTP URL content")
            return self._world.add_file(value, b"", "application/octet-stream")
        raise bad_request("wrong remote file identifier specified: Wrong character in the string")

    def _send_photo(self, values: Values) -> Json:
        caption = self._text_of(values, "caption", "caption_entities", MAX_CAPTION)
        chat, more = self._to(values)
        stored = self._media(values, "photo", values)
        return self._add(chat, values, {"photo": [_photo(stored)], **caption, **more})

    def _send_document(self, values: Values) -> Json:
        caption = self._text_of(values, "caption", "caption_entities", MAX_CAPTION)
        chat, more = self._to(values)
        stored = self._media(values, "document", values)
        return self._add(chat, values, {"document": _document(stored), **caption, **more})

    def _send_media_group(self, values: Values) -> list[Json]:
        chat, more = self._to(values)
        media = values["media"]
        if not 2 <= len(media) <= 10:
            raise bad_request("group must include 2-10 items")
        group = str(time.monotonic_ns())
        sent = []
        for item in media:
            caption = self._text_of(item, "caption", "caption_entities", MAX_CAPTION)
            stored = self._media(item, "media", values)
            shown = {"photo": [_photo(stored)]} if item.get("type") == "photo" else {"document": _document(stored)}
            sent.append(self._add(chat, values, {"media_group_id": group, **shown, **caption, **more}))
        return sent

    def _send_action(self, values: Values) -> bool:
        if values["action"] not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        self._world.reachable(values["chat_id"]).actions.append(values["action"])
        return True

    def _own(self, values: Values) -> tuple[Chat, Json]:
        if "chat_id" not in values or "message_id" not in values:
            raise bad_request("message identifier is not specified")
        chat = self._world.reachable(values["chat_id"])
        message = chat.messages.get(values["message_id"])
        if message is None:
            raise bad_request("message to edit not found")
        if message.get("from", {}).get("id") != self._world.bot_id:
            raise bad_request("message can't be edited")
        return chat, message

    def _edit_text(self, values: Values) -> Json:
        content = self._text_of(values, "text", "entities", MAX_TEXT)
        _, message = self._own(values)
        if not content:
            raise bad_request("message text is empty")
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        if markup := values.get("reply_markup"):
            content["reply_markup"] = _checked_markup(markup)
        return self._changed(message, {"text", "entities", "reply_markup"}, content)

    def _edit_markup(self, values: Values) -> Json:
        _, message = self._own(values)
        markup = values.get("reply_markup")
        return self._changed(message, {"reply_markup"}, {"reply_markup": _checked_markup(markup)} if markup else {})

    def _changed(self, message: Json, names: set[str], content: Values) -> Json:
        if {name: message[name] for name in names if name in message} == content:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a"
                " current content and reply markup of the message"
            )
        for name in names:
            message.pop(name, None)
        message.update(content, edit_date=int(time.time()))
        return message

    def _delete_message(self, values: Values) -> bool:
        chat = self._world.reachable(values["chat_id"])
        if chat.messages.pop(values["message_id"], None) is None:
            raise bad_request("message to delete not found")
        return True

    def _answer_callback(self, values: Values) -> bool:
        if utf16_length(values.get("text") or "") > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        key = values["callback_query_id"]
        if self._world.callbacks.get(key, values) is not None:  # unknown, answered, or aged
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        self._world.callbacks[key] = {k: v for k, v in values.items() if k != "callback_query_id"}
        return True

    # --- the rest ---

    async def _set_webhook(self, values: Values) -> bool:
        url = values["url"]
        if url and not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise bad_request("bad webhook: HTTPS url must be provided for webhook")
        if not SECRET.fullmatch(values.get("secret_token") or "x"):
            raise bad_request("secret token contains unallowed characters")
        await self._updates.set_webhook(values)
        return True

    async def _delete_webhook(self, values: Values) -> bool:
        await self._updates.set_webhook({"drop_pending_updates": values.get("drop_pending_updates")})
        return True

    def _get_file(self, values: Values) -> Json:
        stored = self._world.files.get(values["file_id"])
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(stored.content) > MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        known = {"file_id": stored.id, "file_unique_id": f"u-{stored.id}", "file_size": len(stored.content)}
        return {**known, "file_path": f"files/{stored.id}"}

    def _get_chat(self, values: Values) -> Json:
        return {**self._world.reachable(values["chat_id"]).as_json(), "accent_color_id": 0, "max_reaction_count": 11}

    def _get_member(self, values: Values) -> Json:
        self._world.reachable(values["chat_id"])
        return {"status": "member", "user": self._world.user(values["user_id"])}

    def _set_commands(self, values: Values) -> bool:
        commands = values["commands"]
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not COMMAND.fullmatch(str(command.get("command"))):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._world.commands[_scope_of(values)] = commands
        return True

    def _delete_commands(self, values: Values) -> bool:
        self._world.commands.pop(_scope_of(values), None)
        return True


def _scope_of(values: Values) -> tuple[str, str]:
    scope = values.get("scope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), values.get("language_code") or ""


def _describe(shown: dict[str, str], values: Values, name: str, limit: int) -> bool:
    if len(values.get(name) or "") > limit:
        raise bad_request(f"{name} is too long")
    shown[values.get("language_code") or ""] = values.get(name) or ""
    return True


def _photo(stored: StoredFile) -> Json:
    size = {"width": 640, "height": 480, "file_size": len(stored.content)}
    return {"file_id": stored.id, "file_unique_id": f"u-{stored.id}", **size}


def _document(stored: StoredFile) -> Json:
    known = {"file_id": stored.id, "file_unique_id": f"u-{stored.id}", "file_size": len(stored.content)}
    return {**known, "file_name": stored.name, "mime_type": stored.media_type}


def _checked_markup(markup: Any) -> Json:
    """The keyboard. Raises Refused where Telegram would."""
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("field inline_keyboard of the InlineKeyboardMarkup must be an Array of Arrays")
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_ROW for row in rows):
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    for button in (button for row in rows for button in row):
        if not isinstance(button, dict) or not str(button.get("text", "")).strip():
            raise bad_request("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
        data, url = button.get("callback_data"), button.get("url")
        if (data is None) == (url is None):
            raise bad_request("text buttons are unallowed in the inline keyboard")
        if data is not None and not (isinstance(data, str) and 1 <= len(data.encode()) <= 64):
            raise bad_request("BUTTON_DATA_INVALID")
        if url is not None and not URL.fullmatch(str(url)):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return markup


__all__ = ["Methods", "Refused"]
