"""Check what the Telegram channel sends, and what the fake Telegram answers, against the Bot API.

    python benchmarks/channels/contracts_telegram.py --contracts telegram.json [--calls calls.json]

A conversation with a real bot (or a recording of one: what `/_control/calls` of the fake gives) is held against a
compact schema of the Bot API, made of https://github.com/PaulSonOfLars/telegram-bot-api-spec (MIT):
`methods: NAME: {returns: [TYPE], fields: [[NAME, [TYPE], needed]]}` and `types: NAME: {fields, subtypes}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

PRIMITIVES: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Boolean": (bool,),
    "Float": (int, float),
    "True": (bool,),
}
ARRAY = "Array of "


class Contracts:
    """Checks values; what does not fit is added to `problems`, what was checked is counted."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._methods = schema["methods"]
        self._types = schema["types"]
        self.problems: list[str] = []
        self.checked: dict[str, int] = {}

    def call(self, method: str, parameters: dict[str, Any], reply: dict[str, Any]) -> None:
        """One call with its reply."""
        known = self._methods.get(method)
        if known is None:
            return
        self.checked[method] = self.checked.get(method, 0) + 1
        if reply.get("ok") is True:
            self._fields(method, known["fields"], parameters)
            self._value(f"{method} -> result", known["returns"], reply.get("result"))
            return
        if not isinstance(reply.get("description"), str) or not isinstance(reply.get("error_code"), int):
            self.problems.append(f"{method}: an error without description or error_code")
        if "parameters" in reply:
            self._value(f"{method} -> parameters", ["ResponseParameters"], reply["parameters"])

    def _fields(self, where: str, fields: list[Any], given: dict[str, Any], *, is_open: bool = False) -> None:
        known = {name: (types, is_needed) for name, types, is_needed in fields}
        for name, (_, is_needed) in known.items():
            if is_needed and name not in given:
                self.problems.append(f"{where}.{name} is missing")
        for name, value in given.items():
            if name in known:
                self._value(f"{where}.{name}", known[name][0], value)
            elif not is_open:
                self.problems.append(f"{where}.{name} is not documented")

    def _value(self, where: str, types: list[str], value: Any) -> None:
        if not any(self._fits(kind, value) for kind in types):
            self.problems.append(f"{where} is {type(value).__name__}, not {' or '.join(types)}")
            return
        for kind in types:
            if kind.startswith(ARRAY) and isinstance(value, list):
                for item in value:
                    self._value(f"{where}[]", [kind.removeprefix(ARRAY)], item)
        kinds = [kind for kind in types if kind in self._types]
        if isinstance(value, dict) and kinds:
            self.problems += min((self._problems(where, kind, value) for kind in kinds), key=len)

    def _problems(self, where: str, kind: str, value: dict[str, Any]) -> list[str]:
        """What does not fit if the object is of this kind."""
        before, self.problems = self.problems, []
        self._object(where, kind, value)
        found, self.problems = self.problems, before
        return found

    def _object(self, where: str, kind: str, value: dict[str, Any]) -> None:
        subtypes = self._types[kind].get("subtypes")
        if subtypes:
            kind = subtypes[0] if value.get("date") or "Message" not in subtypes else "InaccessibleMessage"
            if kind not in self._types:
                return
        self._fields(f"{where}({kind})", self._types[kind]["fields"], value)

    def _fits(self, kind: str, value: Any) -> bool:
        if kind.startswith(ARRAY):
            return isinstance(value, list)
        if kind == "InputFile":
            return isinstance(value, str) or hasattr(value, "content")
        if kind in PRIMITIVES:
            return isinstance(value, PRIMITIVES[kind]) and (kind in ("Boolean", "True") or not isinstance(value, bool))
        return isinstance(value, dict)


CONFIG = """
bot: {{name: Ada, languages: [en, zh]}}
models: {{encoder: none}}
store: sqlite:///{folder}/bot.db
plugins: {{talk: {{path: talk.py}}}}
channels:
  telegram:
    token: {token}
    base_url: {url}
    commands: {{orders: {{description: {{en: Orders, zh: 订单}}}}}}
"""
PLUGIN = '''
from botcore import Button, Card, Fact, Image, Plugin, Reply

plugin = Plugin("talk")


@plugin.fallback
async def talk(turn):
    """A bit of everything that a reply can hold."""
    if turn.message.choice:
        return f"You chose {turn.message.choice}"
    card = Card("Chair", "Of **oak**", Image("https://a.example/chair.png", "A chair"), (Fact("Price", "90"),))
    buttons = (Button("Yes", "yes"), Button("Site", url="https://a.example"))
    return Reply("**Hello** `code` [link](https://a.example) " + "word " * 900, buttons=buttons, content=(card,))
'''


async def converse(folder: Path) -> list[dict[str, Any]]:
    """A conversation between the fake's users and a real bot; every call with its reply."""
    from botcore.app import Bot, gather
    from botcore.testing.fake_telegram import FakeTelegram
    from botcore.testing.fake_telegram.control import calls

    async with FakeTelegram() as fake:
        fake.records_polls = True
        (folder / "talk.py").write_text(PLUGIN, encoding="utf-8")
        config = CONFIG.format(folder=folder, token=fake.token, url=fake.url)
        (folder / "config.yaml").write_text(config, encoding="utf-8")
        bot = Bot(gather(folder / "config.yaml"))
        await bot.start()
        fake.say("hello 👋")
        await fake.until(lambda: len(fake.shown()) == 3)
        fake.press("Yes")
        await fake.until(lambda: len(fake.shown()) == 4)
        fake.group(-7)
        fake.fault("429", method="sendMessage", chat_id=-7, retry_after=1)
        fake.say("@test_bot hello", chat=-7)
        for kind in (fake.photo, fake.voice, fake.sticker, fake.location, fake.document, fake.album):
            kind(user=2000)
        fake.say("/start")
        fake.block(3000)
        await fake.until(lambda: len(fake.shown(-7)) == 3 and len(fake.shown(2000)) == 18)
        fake.migrate(-7)
        await fake.until(lambda: len(fake.updates) == 0)
        await bot.stop()
        return calls(fake)


def main() -> int:
    """0 if all is as documented."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", type=Path, required=True)
    parser.add_argument("--calls", type=Path, help="a recording, in place of a conversation")
    given = parser.parse_args()
    contracts = Contracts(json.loads(given.contracts.read_text(encoding="utf-8")))
    if given.calls:
        recorded = json.loads(given.calls.read_text(encoding="utf-8"))
    else:
        with tempfile.TemporaryDirectory() as folder:
            recorded = asyncio.run(converse(Path(folder)))
    for call in recorded:
        contracts.call(call["method"], call["parameters"], call["reply"])
    for name, count in sorted(contracts.checked.items()):
        print(f"{count:6} {name}")
    print("\n".join(sorted(set(contracts.problems))) or "all as documented")
    return 1 if contracts.problems else 0


if __name__ == "__main__":
    sys.exit(main())
