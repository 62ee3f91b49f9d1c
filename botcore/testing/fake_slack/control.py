"""`/_control/...`: the driving side over HTTP, for tests in another process.

`POST /_control/NAME` with a JSON object of arguments does what the method of that name does; `GET` reads.
"""

from __future__ import annotations

import base64
import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from botcore.testing.fake_slack.fake import FakeSlack


def control_routes(slack: FakeSlack) -> list[web.RouteDef]:
    """The routes that drive this fake."""
    control = Control(slack)
    return [web.post("/_control/{name}", control.act), web.get("/_control/{name}", control.read)]


class Control:
    """Translates requests into calls of the fake."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        people = slack.people
        self._actions: dict[str, Callable[..., Any]] = {
            "say": slack.say,
            "mention": slack.mention,
            "press": slack.press,
            "command": slack.command,
            "push_raw": slack.push_raw,
            "direct": slack.direct,
            "add_channel": slack.add_channel,
            "add_person": lambda **given: asdict(slack.add_person(**given)),
            "add_team": lambda **given: slack.add_team(**given).id,
            "push_to": slack.push_to,
            "fail": slack.fail,
            "clear_faults": slack.api.faults.clear,
            "edit": self._of_people(people.edit),
            "delete": self._of_people(people.delete),
            "join": self._of_people(people.join),
            "bot_says": self._of_people(people.bot_says),
            "open_assistant": self._of_people(people.open_assistant),
            "shortcut": self._of_people(people.shortcut),
            "submit_view": self._of_people(people.submit_view),
            "uninstall": self._of_people(people.uninstall),
            "disconnect": slack.sockets.disconnect,
            "cut": slack.sockets.cut,
            "fall_silent": slack.sockets.fall_silent,
            "wait_for_connections": slack.sockets.wait_for,
        }

    def _of_people(self, method: Callable[..., Any]) -> Callable[..., Any]:
        return lambda team=None, **given: method(team or self._slack.team, **given)

    async def act(self, request: web.Request) -> web.Response:
        """Do it; the result is under `result`."""
        action = self._actions.get(request.match_info["name"])
        if action is None:
            return web.json_response({"error": f"no such action; there are {sorted(self._actions)}"}, status=404)
        try:
            given: dict[str, Any] = await request.json() if request.can_read_body else {}
            if "team" in given:
                given["team"] = self._slack.teams[given["team"]]
            for file in given.get("files", ()):
                file["content"] = base64.b64decode(file.get("content", ""))
            result = action(**given)
            if inspect.isawaitable(result):
                result = await result
        except (TypeError, ValueError, KeyError) as wrong:
            return web.json_response({"error": f"{type(wrong).__name__}: {wrong}"}, status=400)
        return web.json_response({"result": result})

    async def read(self, request: web.Request) -> web.Response:
        """What there is: `calls`, `shown`, `ephemeral`, `violations`, `live_markup`, `connections`, `events`."""
        slack, asked = self._slack, request.query
        match request.match_info["name"]:
            case "calls":
                found: Any = [call.as_json() for call in slack.calls if asked.get("method") in (None, call.method)]
            case "shown" | "bot_said" as name:
                team = slack.teams.get(asked.get("team", ""))
                found = [
                    {**asdict(shown), "metadata": dict(shown.metadata)}
                    for shown in getattr(slack, name)(asked.get("channel", ""), asked.get("thread_ts"), team=team)
                ]
            case "ephemeral":
                found = slack.ephemeral(asked.get("user", ""))
            case "violations":
                found = slack.violations
            case "live_markup":
                found = slack.live_markup
            case "connections":
                found = [connection.number for connection in slack.sockets.live]
            case "events":
                found = slack.wire.events
            case "unacknowledged":
                found = [*slack.sockets.unacknowledged, *slack.pushes.unacknowledged]
            case _:
                return web.json_response({"error": "no such list"}, status=404)
        return web.json_response({"result": found})
