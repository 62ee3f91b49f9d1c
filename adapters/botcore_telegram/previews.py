"""A reply shown while it is being made: as a draft in private chats, as a message that is edited in groups."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from telegram.error import BadRequest, InvalidToken, TelegramError

from botcore import Host, NotReady, Preview, read_markdown
from botcore_telegram.chats import Chats
from botcore_telegram.entities import MAX_TEXT, spelled_out, split
from botcore_telegram.format import text_values
from botcore_telegram.places import Place, place_of
from botcore_telegram.request import Client, Flood

log = structlog.get_logger("botcore.telegram")
DRAFT_EVERY_S = 0.5
EDIT_EVERY_S = 3.0
MAX_TURNS = 1000
LIFE_S = 24 * 3600.0


@dataclass
class _Turn:
    """What was shown of one turn so far."""

    is_over: bool = False
    message_id: int | None = None
    last: str = ""


class Previews:
    """Previews, and in groups the message that the finished reply will replace: it is kept over a crash."""

    def __init__(self, client: Client, host: Host, chats: Chats) -> None:
        self._client = client
        self._kept = host.kept("telegram")
        self._chats = chats
        self._turns: OrderedDict[str, _Turn] = OrderedDict()
        self._left: dict[str, int] = {}  # turn -> message, of an earlier process
        self._next_at: OrderedDict[int, float] = OrderedDict()  # chat -> when the next preview may be shown
        self._has_drafts = True

    async def load(self) -> None:
        """Read what an earlier process left unfinished."""
        self._left = {name.partition(":")[2]: int(found) for name, found in (await self._kept.find("preview:")).items()}

    async def show(self, preview: Preview) -> None:
        """Show the text so far. Waits to keep the pace; ends for this turn when Telegram objects."""
        place = place_of(preview.conversation)
        turn = self._turns.setdefault(preview.turn, _Turn())
        if len(self._turns) > MAX_TURNS:
            self._turns.popitem(last=False)
        chat = self._chats.today(place.chat)
        if turn.is_over or self._chats.held_s(chat) or self._chats.why_dead(chat):
            return
        parts = split(spelled_out(read_markdown(preview.text)), MAX_TEXT)
        if not parts or parts[0].text == turn.last:
            return
        every_s = DRAFT_EVERY_S if place.is_private else EDIT_EVERY_S
        wait_s = self._next_at.get(chat, 0.0) - time.monotonic()
        if wait_s > every_s:
            return  # others in the group are before it
        self._note_next(chat, time.monotonic() + max(0.0, wait_s) + every_s)
        await asyncio.sleep(max(0.0, wait_s))
        try:
            values = text_values(parts[0])
            if place.is_private:
                await self._draft(preview, chat, place, values)
            else:
                await self._edit(preview, chat, place, values, turn)
            turn.last = parts[0].text
        except Flood as wrong:
            self._chats.hold_courtesy(chat, wrong.after_s)
            turn.is_over = True
        except TelegramError as wrong:
            turn.is_over = "not modified" not in str(wrong)
            if turn.is_over:
                log.info("telegram_preview_ended", why=str(wrong))
        except asyncio.CancelledError:
            turn.is_over = True  # what is shown now, and by which message, is not known any more
            raise

    def _note_next(self, chat: int, at: float) -> None:
        """Telegram counts by chat, and edits too: so all previews of a chat share one pace."""
        self._next_at.pop(chat, None)
        self._next_at[chat] = at
        if len(self._next_at) > MAX_TURNS:
            self._next_at.popitem(last=False)

    async def _draft(self, preview: Preview, chat: int, place: Place, values: dict[str, Any]) -> None:
        if not self._has_drafts:
            return
        values.pop("link_preview_options")
        draft_id = zlib.crc32(preview.turn.encode()) % (2**31 - 1) + 1
        values |= {"chat_id": chat, "draft_id": draft_id}
        if place.thread is not None:
            values["message_thread_id"] = place.thread
        try:
            await self._client.call("sendMessageDraft", values)
        except InvalidToken:  # 404: a Bot API server that does not know the method yet
            self._has_drafts = False

    async def _edit(self, preview: Preview, chat: int, place: Place, values: dict[str, Any], turn: _Turn) -> None:
        values["chat_id"] = chat
        if turn.message_id is None:
            turn.message_id = self._left.pop(preview.turn, None)
        if turn.message_id is not None:
            try:
                await self._client.call("editMessageText", {**values, "message_id": turn.message_id})
                return
            except BadRequest as wrong:
                if "not modified" in str(wrong):
                    return
                turn.message_id = None  # it is gone
        if place.thread is not None:
            values["message_thread_id"] = place.thread
        if preview.to is not None and preview.to.isdigit():
            values["reply_parameters"] = {"message_id": int(preview.to), "allow_sending_without_reply": True}
        sent = await self._client.call("sendMessage", values)
        turn.message_id = int(sent["message_id"])
        name = f"preview:{preview.turn}"
        await self._kept.put(name, turn.message_id, expires_s=LIFE_S, conversation=preview.conversation)

    def of(self, turn_id: str) -> int | None:
        """The message that the first reply of the turn replaces; None if there is none."""
        turn = self._turns.get(turn_id)
        found = turn.message_id if turn is not None else None
        return self._left.get(turn_id) if found is None else found

    async def done(self, turn_id: str) -> None:
        """Note that the reply has taken the place of what was shown."""
        self._turns.pop(turn_id, None)
        self._left.pop(turn_id, None)
        with suppress(NotReady):  # it is not looked at again before the next start, and then only for this turn
            await self._kept.pop(f"preview:{turn_id}")
