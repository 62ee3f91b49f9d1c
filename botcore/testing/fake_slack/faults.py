"""Faults that tests set: the next calls of a method (in a channel) go wrong in a given way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KINDS = ("429", "500", "error", "drop_before", "drop_after", "delay", "garbage")


@dataclass(slots=True)
class Fault:
    """One way to go wrong.

    Attributes:
        kind: `429`, `500`, `error` (answered with `error`), `drop_before` (the connection ends, nothing is done),
            `drop_after` (it is done, then the connection ends), `delay` (done after `seconds`), `garbage` (no JSON).
        method: such as `chat.postMessage`; empty for all.
        channel: only in this channel; empty for all.
        count: how many calls; -1 for ever.
        seconds: of `delay`, and the Retry-After of `429`.
        error: of `error`, such as `fatal_error`.
        skip: calls that go well before.
    """

    kind: str
    method: str = ""
    channel: str = ""
    count: int = 1
    seconds: float = 1.0
    error: str = "fatal_error"
    skip: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(KINDS)}")


class Faults:
    """The faults that are set."""

    def __init__(self) -> None:
        self.all: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Set one more."""
        self.all.append(fault)

    def clear(self) -> None:
        """Let everything go well."""
        self.all.clear()

    def take(self, method: str, values: dict[str, Any]) -> Fault | None:
        """The fault of this call, if one is set; it counts."""
        channel = values.get("channel") or values.get("channel_id") or ""
        for fault in self.all:
            if fault.method not in ("", method) or fault.channel not in ("", channel) or not fault.count:
                continue
            if fault.skip:
                fault.skip -= 1
                return None
            fault.count -= fault.count > 0
            return fault
        return None
