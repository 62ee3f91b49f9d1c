"""The Slack channel keeps the contract of all channels, seen through the fake Slack."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from botcore.testing.adapter_contract import AdapterContract, Platform, Shown
from botcore.testing.fake_slack import FakeSlack, Setup

EDGE = "\u200b"  # by which the adapter makes an edge of a word, and which nobody sees
BLOCK = re.compile(r"```\n(?P<pre>.*?)\n```", re.S)
MARKS = {"*": "bold", "_": "italic", "~": "strike"}
# As Slack's apps read it: a mark counts at the edge of a word, and closes before a space or punctuation.
TOKEN = re.compile(
    r"^> (?P<quoted>[^\n]*(?:\n> [^\n]*)*)"
    r"|(?P<bare>https?://[^\s<>|]+)"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<url>[^|<>]+)(?:\|(?P<label>[^<>]*))?>"
    r"|(?<![^\W_])(?P<mark>[*_~])(?P<inner>(?!\s)(?:(?!(?P=mark)|\n).)+(?<!\s))(?P=mark)(?![^\W_])",
    re.M,
)


def plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def read(mrkdwn: str) -> tuple[str, list[tuple[str, str]], list[str]]:
    """What people see of a text: words, marks and addresses."""
    text, marks, links = "", [], []
    at = 0
    for found in BLOCK.finditer(mrkdwn):
        for part in (
            read_inline(mrkdwn[at : found.start()]),
            (plain(found["pre"]), [("pre", plain(found["pre"]))], []),
        ):
            text, marks, links = text + part[0], marks + part[1], links + part[2]
        at = found.end()
    rest = read_inline(mrkdwn[at:])
    return text + rest[0], marks + rest[1], links + rest[2]


def read_inline(mrkdwn: str) -> tuple[str, list[tuple[str, str]], list[str]]:
    text, marks, links = "", [], []
    at = 0
    for found in TOKEN.finditer(mrkdwn):
        text += plain(mrkdwn[at : found.start()])
        at = found.end()
        if found["code"] is not None:
            words, kind = plain(found["code"]), "code"
        elif found["bare"] is not None:
            words, kind = plain(found["bare"]), "link"
            links.append(words)
        elif (quote := found["quoted"]) is not None:
            words, inner, more = read_inline(re.sub("^> ", "", quote, flags=re.M))
            kind, marks, links = "quote", marks + inner, links + more
        elif found["url"] is not None:
            words, kind = plain(found["label"] or found["url"]), "link"
            links.append(plain(found["url"]))
        else:
            words, inner, more = read_inline(found["inner"])
            kind, marks, links = MARKS[found["mark"]], marks + inner, links + more
        marks.append((kind, words))
        before, after = mrkdwn[: found.start()], mrkdwn[at : at + 1]
        text = (text.removesuffix(EDGE) if before.endswith(EDGE) else text) + words
        at += after == EDGE
    return text + plain(mrkdwn[at:]), marks, links


class SlackPlatform(Platform):
    channel = "slack"
    marks = frozenset({"bold", "italic", "strike", "code", "pre", "quote", "link"})
    text_limit = 12_000  # of all sections of a message
    can_escape = False  # mrkdwn has no way to write a mark that is none
    redelivers_in_order = False

    async def __aenter__(self) -> SlackPlatform:
        self.fake = FakeSlack(Setup(ack_timeout_s=1.0, time_scale=0.005))
        await self.fake.start()
        self._people: dict[str, str] = {}
        self._last: dict[str, Any] = {}
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fake.stop()
        assert self.fake.violations == []

    def section(self) -> dict[str, Any]:
        tokens = {"bot_token": self.fake.setup.bot_token, "app_token": self.fake.setup.app_token}
        return {**tokens, "base_url": self.fake.base_url}

    async def connected(self) -> None:
        await self.fake.sockets.wait_for(1, timeout_s=30)

    def person(self, user: str) -> str:
        if user not in self._people:
            self._people[user] = f"U{len(self._people) + 1}"
            self.fake.add_person(self._people[user], user)
        return self._people[user]

    def place(self, user: str) -> str:
        return self.fake.direct(self.person(user))

    async def say(self, user: str, text: str) -> None:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.fake.say(escaped, user=self.person(user))
        self._last = self.fake.wire.events[-1]

    async def redeliver(self) -> None:
        self.fake.wire.carrier.event(self._last)

    async def is_confirmed(self) -> bool:
        return not self.fake.sockets._tasks and self._last not in self.fake.sockets.unacknowledged

    async def press(self, user: str, label: str) -> None:
        for said in reversed(self.fake.bot_said(self.place(user))):
            if label in said.buttons:
                await self.fake.press(self.place(user), said.ts, label, user=self.person(user))
                return
        raise AssertionError(f"no button {label!r}")

    async def forge(self, user: str) -> None:
        said = next(each for each in reversed(self.fake.bot_said(self.place(user))) if each.buttons)
        changes = {"action_id": "1.0.AAAAAAAAAA", "value": "forged"}
        await self.fake.press(self.place(user), said.ts, said.buttons[0], user=self.person(user), changes=changes)

    async def poison(self, user: str) -> None:
        self.fake.push_raw({"type": "message", "channel": self.place(user), "channel_type": "im", "text": 7})

    async def limit_rate(self, user: str, seconds: float) -> None:
        self.fake.fail("429", "chat.postMessage", channel=self.place(user), count=-1, seconds=max(1, round(seconds)))
        asyncio.get_running_loop().call_later(seconds, self.fake.api.faults.clear)

    async def previewed(self, user: str) -> list[str]:
        calls = [*self.fake.calls_of("chat.startStream"), *self.fake.calls_of("chat.update")]
        return [text for call in calls if (text := call.params.get("markdown_text") or call.params.get("text"))]

    async def shown(self, user: str) -> list[Shown]:
        place = self.fake.team.channels[self.place(user)]
        own = {ts: message for ts, message in place.messages.items() if message.get("user") == self.fake.team.bot_user}
        return [as_shown(message) for message in own.values()]


def as_shown(message: dict[str, Any]) -> Shown:
    blocks = message.get("blocks") or [{"type": "section", "text": {"text": message.get("text", "")}}]
    texts, buttons, opening, files, links, marks = [], [], [], [], [], []
    for block in blocks:
        words = [block["text"]["text"]] if block["type"] == "section" and "text" in block else []
        words += [field["text"] for field in block.get("fields", ())]
        for each in words:
            text, more, urls = read(each)
            texts, marks, links = [*texts, text], [*marks, *more], [*links, *urls]
        pictures = [part for part in (block, block.get("accessory", {})) if part.get("type") == "image"]
        files += [picture["alt_text"] for picture in pictures]
        for element in block.get("elements", ()):
            (opening if "url" in element else buttons).append(element)
    files += [file.get("alt") or file.get("title") or file["name"] for file in message.get("files", ())]
    return Shown(
        text="\n".join([*texts, *(each["text"]["text"] for each in opening)]),
        buttons=tuple(each["text"]["text"] for each in buttons),
        links=(*links, *(each["url"] for each in opening)),
        files=tuple(files),
        marks=tuple(marks),
    )


class TestSlack(AdapterContract):
    platform_type = SlackPlatform
