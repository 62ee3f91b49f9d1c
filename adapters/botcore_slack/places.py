"""Where a conversation is: names of conversations, and the ids that come back from buttons. Pure."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

CHANNEL = "slack"
_TS = re.compile(r"\d{1,12}\.\d{1,9}")
_ID = re.compile(r"[A-Z0-9]{1,40}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAC_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Place:
    """A direct message (no thread), or a thread: `thread` is the ts of its first message, never that of a reply."""

    team: str
    channel: str
    thread: str | None = None

    @property
    def conversation(self) -> str:
        """The name of the conversation that is held here."""
        return ":".join((CHANNEL, self.team, self.channel, *([self.thread] if self.thread else [])))

    @property
    def is_direct(self) -> bool:
        """Whether only one person and the bot are here."""
        return self.channel.startswith("D")

    @classmethod
    def of(cls, conversation: str) -> Place | None:
        """The place of a conversation; None if the name is not one of ours."""
        name, *parts = conversation.split(":")
        if name != CHANNEL or not 2 <= len(parts) <= 3 or not all(map(_ID.fullmatch, parts[:2])):
            return None
        if len(parts) == 3 and not _TS.fullmatch(parts[2]):
            return None
        return cls(*parts)


def is_ts(value: object) -> bool:
    """Whether this is the id of a message, such as 1760000000.000100."""
    return isinstance(value, str) and _TS.fullmatch(value) is not None


def time_of(ts: str) -> datetime:
    """When a message with this ts was written. Raises ValueError or OverflowError."""
    return datetime.fromtimestamp(float(ts), UTC)


def callback_id(secret: bytes, conversation: str, seq: int, index: int) -> str:
    """What a button carries: its place among a reply's choices, signed for its conversation."""
    return f"{_base36(seq)}.{_base36(index)}.{_mac(secret, conversation, seq, index)}"


def read_callback(secret: bytes, conversation: str, value: str) -> tuple[int, int] | None:
    """(seq, index) of a button that was pressed here; None if this was not made for this conversation."""
    match = re.fullmatch(r"([0-9a-z]{1,12})\.([0-9a-z]{1,4})\.([A-Za-z0-9_-]{10})", value, re.ASCII)
    if match is None:
        return None
    seq, index = int(match[1], 36), int(match[2], 36)
    if not hmac.compare_digest(_mac(secret, conversation, seq, index), match[3]):
        return None
    return seq, index


def is_callback(value: str) -> bool:
    """Whether this looks like a callback id, ours or a forged one."""
    return value.count(".") == 2 and len(value) <= 40


def _mac(secret: bytes, conversation: str, seq: int, index: int) -> str:
    digest = hmac.digest(secret, f"{conversation}\n{seq}\n{index}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode()[:_MAC_LENGTH]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
