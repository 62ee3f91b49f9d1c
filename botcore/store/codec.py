"""Messages, replies and event bodies as JSON text and back.

What no database and no channel can carry is taken out on the way in: a lone surrogate becomes U+FFFD, NUL disappears.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

from botcore.errors import BadInput
from botcore.messages import Attachment, Button, Message, Reply, User


def clean_text(text: str) -> str:
    """The text without NUL, with U+FFFD for each lone surrogate; the same object if there is nothing to mend."""
    if text.isascii() and "\0" not in text:
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        # Through UTF-16, so that two halves that do belong together become one character again.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "") if "\0" in text else text


def clean_keys(message: Message) -> Message:
    """The message with storable ids; the same object if they were (nearly always). `dump` sees to everything else."""
    ids = (message.key, message.channel, message.conversation, message.user.id)
    key, channel, conversation, user = cleaned = tuple(map(clean_text, ids))
    if cleaned == ids:
        return message
    return replace(message, key=key, channel=channel, conversation=conversation, user=replace(message.user, id=user))


def dump(value: Any) -> str:
    """Any value as JSON text, leniently: for traces. What JSON does not know becomes text, NaN becomes null."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False)
    except (ValueError, TypeError):
        text = json.dumps(_mended(value), ensure_ascii=False, separators=(",", ":"))
    return text if _is_storable(text) else json.dumps(_mended(value), ensure_ascii=False, separators=(",", ":"))


def dump_strict(value: Any, name: str) -> str:
    """A value that must come back as it was: a snapshot, a step's result.

    Raises:
        BadInput: JSON cannot hold it; `name` says what it was.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (ValueError, TypeError) as error:
        raise BadInput(
            "not_json",
            f"{name} cannot be stored as JSON: {error}.",
            fix="Keep only text, finite numbers, true, false, None, lists and mappings in it.",
        ) from error
    return text if _is_storable(text) else json.dumps(_mended(value), ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Any:
    """What `dump` wrote."""
    return json.loads(text)


def load_all(texts: Sequence[str]) -> list[Any]:
    """`load` for many at once, at a third of the cost."""
    values: list[Any] = json.loads(f"[{','.join(texts)}]")
    return values


def dump_message(message: Message) -> str:
    """A message as JSON text; `load_message` gives it back."""
    user = message.user
    return dump(
        {
            "key": message.key,
            "channel": message.channel,
            "conversation": message.conversation,
            "user": {
                "id": user.id,
                "name": user.name,
                "locale": user.locale,
                "verified": user.verified,
                "is_bot": user.is_bot,
            },
            "text": message.text,
            "sent_at": message.sent_at.isoformat(),
            "choice": message.choice,
            "attachments": [asdict(attachment) for attachment in message.attachments],
        }
    )


def load_message(text: str) -> Message:
    """The message that `dump_message` wrote."""
    body = json.loads(text)
    sent_at = datetime.fromisoformat(body["sent_at"])
    return Message(
        key=body["key"],
        channel=body["channel"],
        conversation=body["conversation"],
        user=User(**body["user"]),
        text=body["text"],
        sent_at=sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC),
        choice=body["choice"],
        attachments=tuple(Attachment(**attachment) for attachment in body["attachments"]),
    )


def user_body(message: Message) -> str:
    """The body of a message's `user` event."""
    attachments = [asdict(attachment) for attachment in message.attachments]
    return dump({"key": message.key, "text": message.text, "choice": message.choice, "attachments": attachments})


def dump_reply(reply: Reply) -> str:
    """A reply as JSON text: the outbox row, and word for word the body of its `said` event."""
    buttons = [{"label": button.label, "value": button.value} for button in reply.buttons]
    return dump({"text": reply.text, "buttons": buttons, "source": reply.source, "language": reply.language})


def load_reply(text: str) -> Reply:
    """The reply that `dump_reply` wrote."""
    body = json.loads(text)
    buttons = tuple(Button(**button) for button in body["buttons"])
    return Reply(text=body["text"], buttons=buttons, source=body["source"], language=body["language"])


def _is_storable(text: str) -> bool:
    """False for a lone surrogate, and for an escaped NUL (or what looks like one: then mending changes nothing)."""
    if "\\u0000" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: object) -> Any:
    """What JSON lacks, as something it has."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _mended(value: Any) -> Any:
    """A copy that is plain JSON through and through, texts cleaned, NaN and infinities as None."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _mended(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_mended(inner) for inner in value]
    return _mended(_plain(value))
