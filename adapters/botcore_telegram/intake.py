"""Updates -> the journal. What was taken is stored, buried or of no concern: it may be confirmed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram.error import BadRequest, TelegramError

from botcore import Host, Message, NotReady, User
from botcore_telegram.chats import Chats
from botcore_telegram.marks import Marks
from botcore_telegram.parse import (
    CHANNEL,
    Me,
    Membership,
    Moved,
    Pressed,
    Written,
    merged,
    parse,
    query_of,
    update_id_of,
)
from botcore_telegram.request import Client

log = structlog.get_logger("botcore.telegram")
TRIES = 3
TRY_PAUSE_S = 0.1
MAX_POPUP = 200
MAX_BURIED = 1000


class Intake:
    """Takes updates in, whichever way they came."""

    def __init__(self, client: Client, host: Host, chats: Chats, me: Me) -> None:
        self._client = client
        self._host = host
        self._chats = chats
        self._me = me
        self._marks = Marks(host.secret("telegram"))
        self._answering: set[asyncio.Task[None]] = set()
        self._buried: dict[str, None] = {}

    async def take(self, updates: Sequence[Any]) -> None:
        """Store what the updates say, in one commit. Raises NotReady: nothing may be confirmed."""
        came: list[Written | Message] = []
        pressed: list[tuple[Pressed, bool]] = []
        for update in updates:
            try:
                parsed = parse(update, self._me)
                if isinstance(parsed, Written):
                    self._chats.revive(parsed.chat)
                    came.append(parsed)
                elif isinstance(parsed, Pressed):
                    chosen = await self._chosen(parsed)
                    pressed.append((parsed, chosen is not None))
                    came += [chosen] if chosen else []
                elif isinstance(parsed, Moved):
                    await self._chats.move(parsed.old, parsed.new)
                elif isinstance(parsed, Membership):
                    self._member(parsed.chat, is_in=parsed.is_in)
            except NotReady:
                raise
            except Exception as wrong:  # the border to strangers: whatever it is, the next update must not wait for it
                await self.bury(update, f"{type(wrong).__name__}: {wrong}")
                if (query := query_of(update)) is not None:  # the button turns all the same
                    pressed.append((Pressed(query, "", None, "", User("")), False))
        await self._store(_whole(came), updates)
        for click, is_known in pressed:
            self._answer(click, is_known=is_known)

    async def _store(self, messages: list[Message], updates: Sequence[Any]) -> None:
        if not messages:
            return
        try:
            await self._host.accept_all(messages)
        except NotReady:
            raise
        except Exception as wrong:  # one of them is at fault: which?
            log.warning("telegram_batch_refused", error=f"{type(wrong).__name__}: {wrong}", size=len(messages))
            for message in messages:
                await self._store_alone(message, updates)

    async def _store_alone(self, message: Message, updates: Sequence[Any]) -> None:
        error = ""
        for number in range(TRIES):
            try:
                await self._host.accept(message)
                return
            except NotReady:
                raise
            except Exception as wrong:  # bounded tries, then it is put aside
                error = f"{type(wrong).__name__}: {wrong}"
                await asyncio.sleep(TRY_PAUSE_S * 2**number)
        number_text = message.key.rpartition(":")[2]
        source = next((u for u in updates if str(update_id_of(u)) == number_text), {"key": message.key})
        await self.bury(source, error)

    async def bury(self, update: Any, error: str) -> None:
        """Put aside what nobody can read, once. Raises NotReady."""
        try:
            raw = json.dumps(update, ensure_ascii=True, default=str)
        except (RecursionError, ValueError):
            number = update_id_of(update)
            update, raw = {"update_id": number, "error": "nested too deep to be kept"}, str(number)
        key = f"{self._me.id}:raw:{hashlib.sha256(raw.encode()).hexdigest()[:24]}"
        if key in self._buried:
            return
        log.warning("telegram_update_unreadable", update=update_id_of(update), error=error)
        self._host.observe("telegram_unreadable_total")
        await self._host.bury(CHANNEL, key, error, {"update": update})
        self._buried[key] = None
        if len(self._buried) > MAX_BURIED:
            del self._buried[next(iter(self._buried))]

    def _member(self, chat: int, *, is_in: bool) -> None:
        if is_in:
            self._chats.revive(chat)
        else:
            self._chats.bury(chat, "The bot was blocked or removed")

    async def _chosen(self, click: Pressed) -> Message | None:
        """The message that a press makes; None for a button that is forged, expired or somebody else's."""
        if click.place is None:
            return None
        conversation = click.place.conversation
        found = self._marks.read(conversation, click.data)
        button = await self._host.choice(conversation, *found) if found else None
        if button is None:
            return None
        # The same button of the same message is one choice, however often it is pressed.
        return Message(
            key=f"{self._me.id}:click:{click.message}:{click.data}:{click.user.id}",
            channel=CHANNEL,
            conversation=conversation,
            user=replace(click.user, is_bot=False),
            text=button.label,
            sent_at=datetime.now(UTC),
            choice=button.value,
        )

    def _answer(self, click: Pressed, *, is_known: bool) -> None:
        """Tell Telegram that the press arrived, so that the button stops turning; beside the next updates."""
        values: dict[str, Any] = {"callback_query_id": click.query}
        if not is_known:
            is_group = click.place is not None and not click.place.is_private
            key = "button_not_yours" if is_group else "button_expired"
            values["text"] = self._host.say(key, self._host.language_of(click.user.locale))[:MAX_POPUP]
            self._host.observe("telegram_buttons_refused_total")
        task = asyncio.create_task(self._answer_query(values), name="telegram-answer")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer_query(self, values: dict[str, Any]) -> None:
        try:
            await self._client.call("answerCallbackQuery", values)
        except BadRequest:
            pass  # too late: nothing turns any more
        except TelegramError as wrong:
            log.info("telegram_press_unanswered", why=str(wrong))

    async def stop(self) -> None:
        """Let the answers that are under way finish, for a moment."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=2)
        for task in self._answering:
            task.cancel()


def _whole(came: list[Written | Message]) -> list[Message]:
    """The messages in the order in which they came, each album as one."""
    albums: dict[str, list[Written]] = {}
    for part in came:
        if isinstance(part, Written) and part.album is not None:
            albums.setdefault(part.message.key, []).append(part)
    messages: dict[str, Message] = {}
    for part in came:
        message = part.message if isinstance(part, Written) else part
        if message.key not in messages:
            messages[message.key] = merged(albums[message.key]) if message.key in albums else message
    return list(messages.values())
