"""The line "is typing" on top of a chat: Telegram shows it for five seconds, so it is said again while it is true."""

from __future__ import annotations

import asyncio

from telegram.error import TelegramError

from botcore_telegram.chats import Chats
from botcore_telegram.places import place_of
from botcore_telegram.request import Client, Flood

EVERY_S = 4.0


class Thinking:
    """One task for each conversation in which the bot is thinking."""

    def __init__(self, client: Client, chats: Chats) -> None:
        self._client = client
        self._chats = chats
        self._running: dict[str, asyncio.Task[None]] = {}

    def show(self, conversation: str, *, is_on: bool) -> None:
        """Begin or end."""
        if is_on and conversation not in self._running:
            task = asyncio.create_task(self._repeat(conversation), name="telegram-typing")
            self._running[conversation] = task
        elif not is_on and (running := self._running.pop(conversation, None)) is not None:
            running.cancel()

    async def _repeat(self, conversation: str) -> None:
        place = place_of(conversation)
        while True:
            chat = self._chats.today(place.chat)
            if self._chats.why_dead(chat) is not None or self._chats.held_s(chat):
                return
            values = {"chat_id": chat, "action": "typing"}
            if place.thread is not None:
                values["message_thread_id"] = place.thread
            try:
                await self._client.call("sendChatAction", values)
            except Flood as wrong:
                self._chats.hold_courtesy(chat, wrong.after_s)
                return
            except TelegramError:
                return  # best effort
            await asyncio.sleep(EVERY_S)

    async def stop(self) -> None:
        """End all."""
        running = list(self._running.values())
        self._running.clear()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
