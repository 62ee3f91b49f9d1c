"""The fake driven from another process: `POST /_control/METHOD` with the arguments as a JSON object."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from botcore.testing.fake_telegram.server import FakeTelegram

ACTIONS = frozenset(
    {
        "say",
        "photo",
        "album",
        "voice",
        "sticker",
        "location",
        "document",
        "edit",
        "press",
        "age_callback",
        "block",
        "unblock",
        "deactivate",
        "join",
        "kick",
        "group",
        "migrate",
        "push_raw",
        "set_privacy",
        "fault",
        "mend",
        "shown",
        "drafts",
        "callback_answer",
    }
)


async def answer(fake: FakeTelegram, request: web.BaseRequest, name: str) -> web.Response:
    """The action's result as JSON; 400 with what was wrong."""
    if name == "state":
        return _response(_state(fake))
    if name == "calls":
        return _response(calls(fake, since=int(request.query.get("since", 0))))
    if name == "reset":
        fake.calls.clear()
        fake.violations.clear()
        fake.polls = 0
        return _response(None)
    if name not in ACTIONS:
        return _response({"error": f"no action {name!r}; there are: {', '.join(sorted(ACTIONS))}"}, 404)
    try:
        arguments = json.loads(await request.read() or b"{}")
        if "content_base64" in arguments:
            arguments["content_bytes"] = base64.b64decode(arguments.pop("content_base64"))
        return _response(getattr(fake, name)(**arguments))
    except (TypeError, ValueError, LookupError) as wrong:
        return _response({"error": str(wrong)}, 400)


def calls(fake: FakeTelegram, since: int = 0) -> list[dict[str, Any]]:
    """What the bot called, from the `since`-th on: `method`, `parameters`, `status`, `reply`."""
    return [
        {
            "method": call.method,
            "parameters": {key: _plain(value) for key, value in call.parameters.items()},
            "status": call.status,
            "reply": call.reply,
            "at": call.at,
        }
        for call in fake.calls[since:]
    ]


def _state(fake: FakeTelegram) -> dict[str, Any]:
    chats = {
        chat.id: {"messages": list(chat.messages.values()), "drafts": chat.live_drafts(), "actions": chat.actions}
        for chat in fake.world.chats.values()
    }
    return {
        "polls": fake.polls,
        "calls": len(fake.calls),
        "waiting": len(fake.updates),
        "violations": fake.violations,
        "webhook": fake.updates.webhook_info(),
        "pushed": fake.updates.pushed,
        "chats": chats,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | list | dict | type(None)) else f"<upload {value.name}>"


def _response(result: Any, status: int = 200) -> web.Response:
    if is_dataclass(result) and not isinstance(result, type):
        result = asdict(result)
    body = json.dumps(result, ensure_ascii=False).encode("utf-8", "replace")
    return web.Response(body=body, status=status, content_type="application/json")
