"""Check what the Slack channel sends, and what the fake Slack delivers, against the platform's published specification.

    python -m benchmarks.channels.contracts_slack --contracts FOLDER [--calls calls.json] [--events events.json]

A conversation with a real bot (or a recording of one: what `/_control/calls` and `/_control/events` of the fake give)
is held against a compact schema of the Web API (`slack-web-compact.json`: `paths: /METHOD: {params: [[NAME, TYPE, in,
needed]], errors}`) and the schema of the wrapper of events (`slack-event-wrapper.schema.json`), both made of
https://github.com/slackapi/slack-api-specs (MIT). That was archived in 2021: what came later is listed here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import jsonschema

# Methods, parameters and errors that are younger than the specification (2021).
NEW_METHODS = frozenset(
    {
        "apps.connections.open",
        "assistant.threads.setStatus",
        "assistant.threads.setSuggestedPrompts",
        "assistant.threads.setTitle",
        "chat.appendStream",
        "chat.startStream",
        "chat.stopStream",
        "files.completeUploadExternal",
        "files.getUploadURLExternal",
        "response_url",
    }
)
NEW_PARAMETERS = {
    "chat.postMessage": {"metadata", "markdown_text", "client_msg_id"},
    "chat.update": {"metadata", "markdown_text"},
    "conversations.history": {"include_all_metadata"},
    "conversations.replies": {"include_all_metadata"},
}
NEW_ERRORS = {"missing_scope", "thread_not_found", "streaming_state_conflict", "invalid_blocks", "msg_blocks_too_long"}
# `oldest` and `ts` are numbers there; every SDK and every answer writes them as strings, so as not to lose digits.
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str, list, dict),  # blocks and metadata are strings in a form, and themselves in a JSON body
    "boolean": (bool,),
    "number": (str,),
    "integer": (int,),
}


class Contracts:
    """Checks calls and events; what does not fit is added to `problems`, what was checked is counted."""

    def __init__(self, web: dict[str, Any], wrapper: dict[str, Any]) -> None:
        self._paths = web["paths"]
        self._wrapper = jsonschema.Draft7Validator(wrapper)
        self.problems: list[str] = []
        self.checked: dict[str, int] = {}

    def call(self, method: str, params: dict[str, Any], reply: dict[str, Any]) -> None:
        """One call with its reply."""
        if method in NEW_METHODS:
            return
        known = self._paths.get(f"/{method}")
        if known is None:
            self.problems.append(f"{method} is not documented")
            return
        self.checked[method] = self.checked.get(method, 0) + 1
        types = {name: (kind, needed) for name, kind, _, needed in known["params"]}
        for name, (_, is_needed) in types.items():
            if is_needed and name != "token" and name not in params:
                self.problems.append(f"{method}.{name} is missing")
        for name, value in params.items():
            if name in NEW_PARAMETERS.get(method, ()):
                continue
            if name not in types:
                self.problems.append(f"{method}.{name} is not documented")
            elif not _fits(types[name][0], value):
                self.problems.append(f"{method}.{name} is {type(value).__name__}, not {types[name][0]}")
        error = reply.get("error")
        if reply.get("ok") is False and error not in known["errors"] and error not in NEW_ERRORS:
            self.problems.append(f"{method}: the error {error!r} is not documented")

    def event(self, payload: dict[str, Any]) -> None:
        """One event in its wrapper."""
        self.checked["event"] = self.checked.get("event", 0) + 1
        for wrong in self._wrapper.iter_errors(payload):
            self.problems.append(f"event {payload.get('event', {}).get('type')}: {wrong.message[:200]}")


def _fits(kind: str, value: Any) -> bool:
    if kind != "boolean" and isinstance(value, bool):
        return False
    # A GET sends everything as a string.
    if isinstance(value, str) and kind in ("boolean", "integer"):
        return value.lower() in ("0", "1", "true", "false") or value.isdigit()
    return isinstance(value, TYPES[kind])


async def converse(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Calls and events of a conversation that uses most of the channel."""
    from botcore.app import Bot, gather
    from botcore.testing.fake_slack import FakeSlack

    async with FakeSlack() as slack:
        tokens = {"bot_token": slack.setup.bot_token, "app_token": slack.setup.app_token}
        config = {
            "models": {"encoder": "none"},
            "store": "sqlite:///bot.db",
            "plugins": {"desk": {"path": "desk.py"}},
            "channels": {"slack": {**tokens, "base_url": slack.base_url, "suggestions": {"en": ["Where is it?"]}}},
        }
        await asyncio.to_thread(_write, folder, config)
        bot = Bot(gather(folder / "config.yaml"))
        await bot.start()
        try:
            await _talk(slack)
        finally:
            await bot.stop(drain_s=1)
        return [call.as_json() for call in slack.calls], slack.wire.events


async def _talk(slack: Any) -> None:
    dm = slack.direct("U1")
    slack.say("buttons")
    shown = (await slack.answers(dm))[0]
    await slack.press(dm, shown.ts, "One")
    await slack.answers(dm, count=2)
    await slack.press(dm, shown.ts, "One", changes={"action_id": "1.0.AAAAAAAAAA"})
    await slack.until(lambda: slack.chat.ephemeral)
    thread = slack.mention("show it", channel="C1")
    await slack.answers("C1", thread)
    slack.say("file", channel="C1", thread_ts=thread, files=[{"name": "a.txt", "content": b"abc"}])
    await slack.answers("C1", thread, count=2)
    await slack.command("/ask", "something", user="U2")
    await slack.answers(slack.direct("U2"))
    channel, opened = slack.people.open_assistant(slack.team, "U3")
    await slack.answers(channel, opened, count=2)
    slack.fail("drop_after", "chat.postMessage")
    slack.say("once")
    await slack.answers(dm, count=3)
    slack.fail("drop_after", "chat.postMessage")
    slack.say("once", channel="C1", thread_ts=thread)
    await slack.answers("C1", thread, count=3)
    await slack.until(lambda: slack.calls_of("conversations.replies") and slack.calls_of("conversations.history"))
    slack.people.edit(slack.team, "C1", thread, "changed")
    slack.people.uninstall(slack.team)


DESK = """
from botcore import Button, Plugin, Reply

plugin = Plugin("desk")

@plugin.fallback
async def desk(turn):
    if turn.message.text == "buttons":
        return Reply("Pick", buttons=(Button("One", "one"),))
    if turn.message.attachments:
        return str(len(await turn.fetch(turn.message.attachments[0])))
    turn.preview("Well")
    return f"Well, {turn.message.text or turn.message.choice}"
"""


def _write(folder: Path, config: dict[str, Any]) -> None:
    (folder / "desk.py").write_text(DESK, encoding="utf-8")
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")


def main() -> None:
    """Print what was checked, and every problem; exit 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", type=Path, required=True, help="the folder with the two schemas")
    parser.add_argument("--calls", type=Path, help="a recording in place of a conversation of our own")
    parser.add_argument("--events", type=Path, help="the events of that recording")
    given = parser.parse_args()
    web = json.loads((given.contracts / "slack-web-compact.json").read_text(encoding="utf-8"))
    wrapper = json.loads((given.contracts / "slack-event-wrapper.schema.json").read_text(encoding="utf-8"))
    contracts = Contracts(web, wrapper)
    if given.calls:
        calls = json.loads(given.calls.read_text(encoding="utf-8"))
        events = json.loads(given.events.read_text(encoding="utf-8")) if given.events else []
    else:
        with tempfile.TemporaryDirectory() as folder:
            calls, events = asyncio.run(converse(Path(folder)))
    for call in calls:
        contracts.call(call["method"], call["params"], call["reply"])
    for event in events:
        contracts.event(event)
    for name, count in sorted(contracts.checked.items()):
        print(f"{count:4} {name}")
    print("\n".join(contracts.problems) or "no problems")
    sys.exit(bool(contracts.problems))


if __name__ == "__main__":
    main()
