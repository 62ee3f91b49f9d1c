"""JSON body -> Message. Pure: no clock, no network, no state."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from botcore import BadInput, Message
from botcore_web.identity import Visitor

MAX_TEXT = 4000  # characters, after cleaning
MAX_CHOICE = 500
FIELDS = frozenset({"id", "text", "choice", "locale"})
LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
# All of C0 and C1 but tab and newline: nothing that is shown needs them, and logs and terminals obey some.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """The text without control characters; a lone surrogate, which no encoding can carry, becomes U+FFFD."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", LONE_SURROGATE.sub("\ufffd", text))


def parse(body: Mapping[str, Any], visitor: Visitor, now: datetime) -> Message:
    """The message in the body of `POST /web/messages`.

    Raises:
        BadInput: a field is missing, unknown, of the wrong type or out of its limits.
    """
    unknown = sorted(map(clean, body.keys() - FIELDS))
    if unknown:
        known = ", ".join(sorted(FIELDS))
        raise BadInput("unknown_field", f"Unknown field {unknown[0][:40]!r}.", fix=f"Known: {known}.")
    identifier = _identifier(body.get("id"))
    locale = body.get("locale")
    if locale is not None and not (isinstance(locale, str) and LOCALE.fullmatch(locale)):
        raise BadInput("bad_locale", "locale must be a language tag such as zh-CN.")
    return Message(
        key=f"{visitor.conversation}:{identifier}",
        channel="web",
        conversation=visitor.conversation,
        user=replace(visitor.user, locale=locale) if locale else visitor.user,
        text=_text(body.get("text")),
        sent_at=now,
        choice=_choice(body.get("choice")),
    )


def _identifier(value: Any) -> str:
    """A UUID in its canonical form, so that one id in two spellings is one message."""
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) and len(value) == 36 else _refuse_id()
    except ValueError:
        return _refuse_id()


def _refuse_id() -> str:
    raise BadInput("bad_id", "id must be a UUID such as crypto.randomUUID() makes.")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput("bad_text", "text must be a string.")
    text = clean(value).strip()
    if not text:
        raise BadInput("empty_text", "text is empty.")
    if len(text) > MAX_TEXT:
        raise BadInput("text_too_long", f"text has {len(text)} characters, {MAX_TEXT} are allowed.")
    return text


def _choice(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CHOICE:
        raise BadInput("bad_choice", f"choice must be a string of 1 to {MAX_CHOICE} characters.")
    return clean(value)
