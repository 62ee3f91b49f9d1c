"""The methods that the fake knows, with the parameters that Bot API 10.1 gives them, and how these are read.

Values come as JSON, or as strings (forms, queries) that hold JSON. Telegram ignores what it does not know; so does the
fake, but it writes it down as a violation, as it does for a value of another type than the documented one.
"""

from __future__ import annotations

import json
from typing import Any

from botcore.testing.fake_telegram.refusals import bad_request

_SEND = "message_thread_id:int disable_notification:bool protect_content:bool allow_paid_broadcast:bool \
message_effect_id:str reply_parameters:object business_connection_id:str direct_messages_topic_id:int \
suggested_post_parameters:object"
_CAPTION = "caption:str parse_mode:str caption_entities:list show_caption_above_media:bool has_spoiler:bool"
_EDIT = "chat_id:chat message_id:int inline_message_id:str business_connection_id:str reply_markup:object"
_TEXT = "text:str parse_mode:str entities:list link_preview_options:object"
_SCOPE = "scope:object language_code:str"

_KNOWN = {
    "getUpdates": "offset:int limit:int timeout:int allowed_updates:list",
    "setWebhook": "url!:str certificate:file ip_address:str max_connections:int allowed_updates:list \
drop_pending_updates:bool secret_token:str",
    "deleteWebhook": "drop_pending_updates:bool",
    "getWebhookInfo": "",
    "getMe": "",
    "logOut": "",
    "close": "",
    "sendMessage": f"chat_id!:chat {_TEXT} reply_markup:object {_SEND}",
    "sendMessageDraft": "chat_id!:int message_thread_id:int draft_id!:int text:str parse_mode:str entities:list",
    "sendPhoto": f"chat_id!:chat photo!:file {_CAPTION} reply_markup:object {_SEND}",
    "sendDocument": f"chat_id!:chat document!:file thumbnail:file disable_content_type_detection:bool {_CAPTION} \
reply_markup:object {_SEND}",
    "sendMediaGroup": f"chat_id!:chat media!:list {_SEND}",
    "sendChatAction": "chat_id!:chat action!:str message_thread_id:int business_connection_id:str",
    "editMessageText": f"{_EDIT} {_TEXT} rich_message:object",
    "editMessageReplyMarkup": _EDIT,
    "deleteMessage": "chat_id!:chat message_id!:int",
    "answerCallbackQuery": "callback_query_id!:str text:str show_alert:bool url:str cache_time:int",
    "getFile": "file_id!:str",
    "getChat": "chat_id!:chat",
    "getChatMember": "chat_id!:chat user_id!:int",
    "setMyCommands": f"commands!:list {_SCOPE}",
    "deleteMyCommands": _SCOPE,
    "getMyCommands": _SCOPE,
    "setMyDescription": "description:str language_code:str",
    "setMyShortDescription": "short_description:str language_code:str",
}


def _read_table() -> dict[str, dict[str, tuple[str, bool]]]:
    table = {}
    for method, words in _KNOWN.items():
        fields = {}
        for word in words.split():
            name, _, kind = word.partition(":")
            fields[name.rstrip("!")] = (kind, name.endswith("!"))
        table[method] = fields
    return table


METHODS = _read_table()
BY_LOWER_CASE = {method.lower(): method for method in METHODS}
Parameters = dict[str, Any]


class Upload:
    """A file of a multipart request."""

    def __init__(self, name: str, content: bytes, media_type: str) -> None:
        self.name = name
        self.content = content
        self.media_type = media_type


def read(method: str, given: Parameters, violations: list[str]) -> Parameters:
    """The method's parameters with their types.

    Raises:
        Refused: a needed one is missing, one cannot be read, or a text holds a lone surrogate.
    """
    fields = METHODS[method]
    values: Parameters = {}
    for name, value in given.items():
        known = fields.get(name)
        if known is None:
            if not isinstance(value, Upload):  # parts of media are named freely
                violations.append(f"{method}: unknown parameter {name!r}")
            else:
                values[name] = value
        elif value is not None:
            values[name] = _typed(method, name, known[0], value, violations)
    for name, (_kind, is_needed) in fields.items():
        if is_needed and values.get(name) in (None, ""):
            if name == "url":  # an empty address takes the webhook away
                values[name] = ""
                continue
            raise bad_request(f"{name} is empty" if name == "chat_id" else f'parameter "{name}" is required')
    return values


def _typed(method: str, name: str, kind: str, value: Any, violations: list[str]) -> Any:
    if kind == "str":
        if not isinstance(value, str):
            violations.append(f"{method}: {name} is no string but {type(value).__name__}")
            value = str(value)
        return value
    if kind == "bool":
        return _boolean(method, name, value, violations)
    if kind == "int":
        return _integer(method, name, value, violations)
    if kind == "chat":
        if isinstance(value, str) and value.startswith("@"):
            return value
        return _integer(method, name, value, violations)
    if kind in ("list", "object"):
        return _structure(name, kind, value)
    return value  # a file: an upload, or a string that names one


def _integer(method: str, name: str, value: Any, violations: list[str]) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    if not isinstance(value, str):
        violations.append(f"{method}: {name} is no integer but {type(value).__name__}")
    raise bad_request("chat not found" if name == "chat_id" else f"invalid {name} specified")


def _boolean(method: str, name: str, value: Any, violations: list[str]) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", "0", "1", "yes", "no"):
        return value.lower() in ("true", "1", "yes")
    violations.append(f"{method}: {name} is no boolean")
    return bool(value)


def _structure(name: str, kind: str, value: Any) -> Any:
    wanted = list if kind == "list" else dict
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None
    if not isinstance(value, wanted):
        raise bad_request(f"{'array' if kind == 'list' else 'object'} expected as {name.replace('_', ' ')}")
    return value


def refuse_lone_surrogates(value: Any) -> None:
    """Raise Refused if a string anywhere in the value cannot be encoded."""
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise bad_request("strings must be encoded in UTF-8") from None
    elif isinstance(value, dict):
        for key, child in value.items():
            refuse_lone_surrogates(key)
            refuse_lone_surrogates(child)
    elif isinstance(value, list):
        for child in value:
            refuse_lone_surrogates(child)
