"""What goes wrong on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

KINDS = ("429", "status", "drop_before", "drop_after", "delay_before", "delay_after", "malformed")
Kind = Literal["429", "status", "drop_before", "drop_after", "delay_before", "delay_after", "malformed"]


@dataclass
class Fault:
    """One thing that goes wrong `count` times (None: until taken away).

    `method` and `chat_id` narrow it down; the first `after` calls that it would strike are spared. `retry_after` is for
    429, `status` for status, `seconds` for the delays. A fault of kind `429`, `status` or `drop_before` keeps the call
    from being carried out; the others do not.
    """

    kind: Kind
    method: str = ""
    chat_id: int | None = None
    count: int | None = 1
    retry_after: int = 1
    status: int = 502
    seconds: float = 1.0
    after: int = 0
    hits: int = field(default=0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are: {', '.join(KINDS)}")


class Faults:
    """The faults that are set. Those of one call are used up together."""

    def __init__(self) -> None:
        self.all: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Set a fault."""
        self.all.append(fault)
        return fault

    def clear(self) -> None:
        """Take all faults away."""
        self.all.clear()

    def take(self, method: str, chat_id: object) -> list[Fault]:
        """The faults that strike this call."""
        if not self.all:
            return []
        struck = []
        for fault in self.all:
            if fault.method and fault.method.lower() != method.lower():
                continue
            if fault.chat_id is not None and str(fault.chat_id) != str(chat_id):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.hits += 1
            struck.append(fault)
        self.all = [fault for fault in self.all if fault.count is None or fault.hits < fault.count]
        return struck
