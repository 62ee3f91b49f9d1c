"""The Telegram channel keeps the contract of all channels, seen through the fake Telegram."""

from __future__ import annotations

import asyncio
from typing import Any

from botcore.testing.adapter_contract import AdapterContract, Platform, Shown
from botcore.testing.fake_telegram import FakeTelegram, Fault
from botcore_telegram.reading import utf16_length, utf16_slice

KINDS = {"strikethrough": "strike", "blockquote": "quote", "text_link": "link"}


class TelegramPlatform(Platform):
    channel = "telegram"
    marks = frozenset({"bold", "italic", "strike", "code", "pre", "quote", "link"})
    text_limit = 4096
    can_attach = True

    async def __aenter__(self) -> TelegramPlatform:
        self.fake = FakeTelegram()
        await self.fake.start()
        self._chats: dict[str, int] = {}
        self._last: tuple[int, dict[str, Any]] | None = None
        self._starts = 0
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fake.close()
        assert self.fake.violations == []

    def section(self) -> dict[str, Any]:
        return {"token": self.fake.token, "base_url": self.fake.url}

    async def connected(self) -> None:
        """The last thing before a bot polls is to take its webhook away."""
        await self.fake.until(lambda: len(self.fake.called("deleteWebhook")) > self._starts, timeout_s=30)
        self._starts = len(self.fake.called("deleteWebhook"))

    def chat(self, user: str) -> int:
        return self._chats.setdefault(user, 1001 + len(self._chats))

    def person(self, user: str) -> dict[str, Any]:
        return {"id": self.chat(user), "first_name": user, "language_code": "en"}

    async def say(self, user: str, text: str) -> None:
        number = self.fake.updates.next_id
        self._last = number, self.fake.say(text, self.person(user))

    async def is_confirmed(self) -> bool:
        return self._last is None or self.fake.updates.is_confirmed(self._last[0])

    async def redeliver(self) -> None:
        assert self._last is not None
        number, message = self._last
        await self.fake.until(lambda: self.fake.updates.is_confirmed(number))
        again = self.fake.push_raw({"update_id": number, "message": message})
        await self.fake.until(lambda: self.fake.updates.is_confirmed(again))

    def measure(self, text: str) -> int:
        return utf16_length(text)

    async def press(self, user: str, label: str) -> None:
        self.fake.press(label, self.person(user))

    async def forge(self, user: str) -> None:
        key = self.fake.press("forged", self.person(user), is_forged=True)
        await self.fake.until(lambda: self.fake.callback_answer(key))

    async def poison(self, user: str) -> None:
        self.fake.push_raw({"message": {"chat": {"id": self.chat(user), "type": "private"}, "text": None}})

    async def limit_rate(self, user: str, seconds: float) -> None:
        fault = Fault("429", "sendMessage", self.chat(user), None, retry_after=round(seconds))
        self.fake.faults.add(fault)
        asyncio.get_running_loop().call_later(seconds, self.fake.mend)

    async def attach(self, user: str, text: str, name: str, content: bytes) -> None:
        self.fake.document(self.person(user), name, content, caption=text)

    async def previewed(self, user: str) -> list[str]:
        return [call["text"] for call in self.fake.called("sendMessageDraft", self.chat(user))]

    async def shown(self, user: str) -> list[Shown]:
        chat = self.chat(user)
        files = self.fake.world.chats[chat].messages if chat in self.fake.world.chats else {}
        finished = [as_shown(seen, files[seen["message_id"]]) for seen in self.fake.shown(chat)]
        return finished + [Shown(draft) for draft in self.fake.drafts(chat)]


def as_shown(seen: dict[str, Any], message: dict[str, Any]) -> Shown:
    """What an app makes of a message: link buttons show their words, which are no choices."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    opening = [button["text"] for row in rows for button in row if "url" in button]
    text, entities = seen["text"], seen["entities"]
    marks = [(KINDS.get(e["type"], e["type"]), utf16_slice(text, e["offset"], e["length"])) for e in entities]
    return Shown(
        text="\n".join([text, *opening]),
        buttons=tuple(label for label in seen["buttons"] if label not in opening),
        links=(*(e["url"] for e in entities if "url" in e), *seen["urls"]),
        files=tuple(message[kind]["file_name"] for kind in ("document",) if kind in message),
        marks=tuple(marks),
    )


class TestTelegram(AdapterContract):
    platform_type = TelegramPlatform
