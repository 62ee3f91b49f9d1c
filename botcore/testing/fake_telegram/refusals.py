"""How the Bot API says no: a code, a description, and sometimes parameters."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A request that is answered with `ok: false`; `parameters` may hold `retry_after` or `migrate_to_chat_id`."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The reply's JSON."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(what: str) -> Refused:
    """A 400, worded as Telegram does."""
    return Refused(400, f"Bad Request: {what}")
