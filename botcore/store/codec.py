"""Messages, replies and event bodies as JSON text and back.

What no database and no channel can carry is taken out on the way in: a lone surrogate becomes U+FFFD, NUL disappears.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, assert_never

from botcore.errors import BadInput
from botcore.messages import (
    Attachment,
    Button,
    Card,
    Carousel,
    Content,
    Fact,
    File,
    Image,
    Message,
    Reply,
    User,
)


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
        text = _LENIENT(value)
    except (ValueError, TypeError):
        text = json.dumps(_mended(value), ensure_ascii=False, separators=(",", ":"))
    return text if _is_storable(text) else json.dumps(_mended(value), ensure_ascii=False, separators=(",", ":"))


def dump_strict(value: Any, name: str) -> str:
    """A value that must come back as it was: a snapshot, a step's result.

    Raises:
        BadInput: JSON cannot hold it; `name` says what it was.
    """
    try:
        text = _STRICT(value)
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
            "ref": message.ref,
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
        ref=body.get("ref"),
    )


def user_body(message: Message) -> str:
    """The body of a message's `user` event."""
    attachments = [asdict(attachment) for attachment in message.attachments]
    return dump({"key": message.key, "text": message.text, "choice": message.choice, "attachments": attachments})


def dump_reply(reply: Reply, to: str | None = None) -> str:
    """A reply as JSON text: the outbox row, and word for word the body of its `said` event.

    `to` is the `Message.ref` that it answers. What is seldom there is left out where it is not.
    """
    body: dict[str, Any] = {
        "text": reply.text,
        "buttons": _buttons(reply.buttons),
        "source": reply.source,
        "language": reply.language,
    }
    if reply.content:
        body["content"] = [_part(part) for part in reply.content]
    if reply.at_most_once:
        body["at_most_once"] = True
    if reply.hand_over:
        body["hand_over"] = True
    if to is not None:
        body["to"] = to
    return dump(body)


def load_reply(text: str) -> Reply:
    """The reply that `dump_reply` wrote."""
    return reply_of(json.loads(text))


def reply_of(body: Mapping[str, Any]) -> Reply:
    """The reply in the body of a `said` event."""
    return Reply(
        text=body["text"],
        buttons=_buttons_of(body["buttons"]),
        source=body["source"],
        language=body["language"],
        content=tuple(_part_of(part) for part in body.get("content", ())),
        at_most_once=body.get("at_most_once", False),
        hand_over=body.get("hand_over", False),
    )


def _buttons(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    plain = [{"label": button.label, "value": button.value} for button in buttons]
    return [each | {"url": button.url} if button.url else each for each, button in zip(plain, buttons, strict=True)]


def _buttons_of(bodies: Sequence[Mapping[str, Any]]) -> tuple[Button, ...]:
    return tuple(Button(**body) for body in bodies)


def _part(part: Content) -> dict[str, Any]:
    """A part of a reply's content; its `kind` says which."""
    match part:
        case Image(source, alt):
            return {"kind": "image", "source": source, "alt": alt}
        case File(source, name):
            return {"kind": "file", "source": source, "name": name}
        case Carousel(cards):
            return {"kind": "carousel", "cards": [_part(card) for card in cards]}
        case Card():
            return {
                "kind": "card",
                "title": part.title,
                "text": part.text,
                "image": _part(part.image) if part.image else None,
                "facts": [asdict(fact) for fact in part.facts],
                "buttons": _buttons(part.buttons),
            }
        case _:
            assert_never(part)


def _part_of(body: Mapping[str, Any]) -> Content:
    match body["kind"]:
        case "image":
            return Image(body["source"], body["alt"])
        case "file":
            return File(body["source"], body["name"])
        case "carousel":
            return Carousel(tuple(_card_of(card) for card in body["cards"]))
        case _:
            return _card_of(body)


def _card_of(body: Mapping[str, Any]) -> Card:
    image = body["image"]
    return Card(
        title=body["title"],
        text=body["text"],
        image=Image(image["source"], image["alt"]) if image else None,
        facts=tuple(Fact(**fact) for fact in body["facts"]),
        buttons=_buttons_of(body["buttons"]),
    )


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


# Made once: `json.dumps` makes an encoder for each call that has options.
_LENIENT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode
_STRICT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
