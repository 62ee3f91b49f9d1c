"""A reply on its way to Telegram: what is sent when, and what its answer means for the journal."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import structlog
from telegram import InputFile
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TelegramError

from botcore import Delivery, Failed, Host, NotReady, Retry, SendResult, Sent, Unknown
from botcore_telegram.chats import LONGEST_WAIT_S, Chats
from botcore_telegram.format import Part, parts_of, plain, without_links
from botcore_telegram.marks import Marks
from botcore_telegram.places import Place, place_of
from botcore_telegram.previews import Previews
from botcore_telegram.request import AnswerLost, Client, Flood, NotReached

log = structlog.get_logger("botcore.telegram")
TOKEN_PAUSE_S = 30.0
MAX_PAUSE_S = 60.0
MAX_DOUBTS = 10_000
PROGRESS_LIFE_S = 7 * 24 * 3600.0
GONE = ("chat not found", "not enough rights", "have no rights", "need administrator rights", "topic_closed")


class Sender:
    """Sends replies. `policy` is the channel's own for answers that got lost."""

    def __init__(
        self,
        client: Client,
        host: Host,
        chats: Chats,
        previews: Previews,
        policy: Literal["at_least_once", "at_most_once"],
    ) -> None:
        self._client = client
        self._host = host
        self._kept = host.kept("telegram")
        self._chats = chats
        self._previews = previews
        self._policy = policy
        self._marks = Marks(host.secret("telegram"))
        self._doubts: OrderedDict[str, None] = OrderedDict()

    async def send(self, delivery: Delivery) -> SendResult:
        """Show a reply; part by part, those that are shown already left out."""
        try:
            place = place_of(delivery.conversation)
        except ValueError as wrong:
            return Failed(str(wrong))
        chat = self._chats.today(place.chat)
        if (refusal := self._held_back(chat)) is not None:
            return refusal
        if delivery.is_ambiguous and (lost := self._lost(delivery)) is not None:
            return lost
        parts = parts_of(delivery.reply, lambda index: self._marks.make(delivery.conversation, delivery.seq, index))
        try:
            return await self._send_all(delivery, place, parts)
        except TelegramError as wrong:
            return self._outcome(wrong, delivery, self._chats.today(place.chat))

    def _held_back(self, chat: int) -> SendResult | None:
        """Why this chat is not even called now."""
        if (why := self._chats.why_dead(chat)) is not None:
            return Failed(why)
        held_s = self._chats.held_s(chat)
        if held_s > LONGEST_WAIT_S:
            return Failed(f"Telegram lets nothing be sent to this chat for {held_s:.0f} s")
        return Retry(held_s, "Telegram asked to wait") if held_s else None

    async def _send_all(self, delivery: Delivery, place: Place, parts: list[Part]) -> SendResult:
        name = f"parts:{delivery.key}"
        done = 0
        if len(parts) > 1 and (delivery.attempt > 1 or delivery.is_ambiguous):
            done = int(await self._kept.get(name) or 0)
        external_id: str | None = None
        for index in range(done, len(parts)):
            if index == 0:
                external_id = await self._replace_preview(delivery, place, parts[0])
            if index or external_id is None:
                external_id = await self._send_part(parts[index], place, delivery.to if index == 0 else None)
            self._doubts.pop(delivery.key, None)  # each part may be in doubt once
            if index + 1 < len(parts):
                with suppress(NotReady):  # the part is out: to go on beats to begin anew
                    await self._kept.put(name, index + 1, expires_s=PROGRESS_LIFE_S, conversation=delivery.conversation)
        if len(parts) > 1:
            with suppress(NotReady):
                await self._kept.pop(name)
        return Sent(external_id)

    async def _replace_preview(self, delivery: Delivery, place: Place, part: Part) -> str | None:
        """The id of the preview's message if it now shows the first part; None if there is nothing to replace."""
        shown = self._previews.of(delivery.turn)
        if shown is None:
            return None
        where = {"chat_id": self._chats.today(place.chat), "message_id": shown}
        replaced: str | None = str(shown)
        try:
            if part.method == "sendMessage":
                await self._call(Part("editMessageText", {**where, **part.values}))
            else:
                await self._client.call("deleteMessage", where)
                replaced = None
        except AnswerLost as wrong:
            raise NotReached(str(wrong)) from None  # an edit may be repeated
        except ChatMigrated as moved:
            await self._chats.move(where["chat_id"], moved.new_chat_id)
            replaced = None
        except BadRequest as wrong:
            if "not modified" not in str(wrong):
                replaced = None  # a new message says it all; mostly the old one is gone
                with suppress(BadRequest):
                    await self._client.call("deleteMessage", where)
        await self._previews.done(delivery.turn)
        return replaced

    async def _send_part(self, part: Part, place: Place, to: str | None) -> str | None:
        values: dict[str, Any] = {"chat_id": self._chats.today(place.chat), **part.values}
        if place.thread is not None:
            values["message_thread_id"] = place.thread
        if to is not None and not place.is_private and to.isdigit():
            values["reply_parameters"] = {"message_id": int(to), "allow_sending_without_reply": True}
        try:
            sent = await self._call(Part(part.method, values, part.upload, part.instead))
        except ChatMigrated as moved:
            await self._chats.move(values["chat_id"], moved.new_chat_id)
            values.pop("reply_parameters", None)  # message ids begin anew
            sent = await self._call(
                Part(part.method, {**values, "chat_id": moved.new_chat_id}, part.upload, part.instead)
            )
        except BadRequest as wrong:
            if not part.instead or _is_about_chat(wrong):
                raise
            log.warning("telegram_refused_media", method=part.method, why=str(wrong))
            if part.method == "sendPhoto" and part.upload is not None:  # too large, or no picture: as a file, then
                _, path, name = part.upload
                caption = {key: value for key, value in part.values.items() if key != "photo"}
                return await self._send_part(
                    Part("sendDocument", caption, ("document", path, name), part.instead), place, to
                )
            return [await self._send_part(other, place, to) for other in part.instead][-1]
        return str(sent["message_id"]) if isinstance(sent, dict) and "message_id" in sent else None

    async def _call(self, part: Part) -> Any:
        """Call; what Telegram cannot parse is said plainly, what it does not link is spelled out."""
        values = part.values
        if part.upload is not None:
            name, path, shown_name = part.upload
            values = {**values, name: await _read(path, shown_name)}
        try:
            return await self._client.call(part.method, values)
        except ChatMigrated:
            raise
        except BadRequest as wrong:
            words = str(wrong).lower()
            simpler = [part]
            if "entit" in words:
                simpler = [plain(part)]
            elif "button" in words or "url" in words:
                simpler = without_links(part)
            if simpler[0].values == part.values or (len(simpler) > 1 and part.method != "sendMessage"):
                raise
            log.warning("telegram_refused_markup", why=str(wrong))
            sent = [
                await self._client.call(one.method, {**values, **one.values} if part.upload else one.values)
                for one in simpler
            ]
            return sent[-1]

    def _outcome(self, wrong: TelegramError, delivery: Delivery, chat: int) -> SendResult:
        """What an error means for the journal."""
        match wrong:
            case Flood():
                self._chats.hold(chat, wrong.after_s)
                return self._held_back(chat) or Retry(wrong.after_s, "Telegram asked to wait")
            case Forbidden():
                self._chats.bury(chat, str(wrong))
                return Failed(str(wrong))
            case InvalidToken():
                return Retry(TOKEN_PAUSE_S, "Telegram does not know the token any more; ask @BotFather for a new one")
            case BadRequest():
                return Failed(str(wrong))
            case NotReached():
                return Retry(_pause_s(delivery), str(wrong))
            case AnswerLost():
                return self._lost(delivery) or Retry(1.0, str(wrong))
            case NetworkError():  # 5xx: hardly ever carried out
                if self._is_once(delivery):
                    return Unknown(f"Telegram failed ({wrong}), and this reply is to be shown at most once")
                return Retry(_pause_s(delivery), str(wrong))
            case _:
                return Failed(str(wrong))

    def _is_once(self, delivery: Delivery) -> bool:
        return self._policy == "at_most_once" or delivery.reply.at_most_once

    def _lost(self, delivery: Delivery) -> SendResult | None:
        """What to do about a send whose answer was lost: once more (None), or to leave it at that."""
        key = delivery.key
        if self._is_once(delivery):
            return Unknown("The answer of Telegram was lost, and this reply is to be shown at most once")
        if key in self._doubts:
            del self._doubts[key]
            return Unknown("The answer of Telegram was lost twice")
        self._doubts[key] = None
        if len(self._doubts) > MAX_DOUBTS:
            self._doubts.popitem(last=False)
        return None


async def _read(path: str, shown_name: str) -> InputFile:
    """A local file. Raises BadRequest if it cannot be read, so that its text is shown instead."""
    try:
        content = await asyncio.to_thread(Path(path).read_bytes)
    except OSError as wrong:
        raise BadRequest(f"{path} cannot be read: {wrong.strerror}") from None
    return InputFile(content, filename=shown_name or Path(path).name)


def _pause_s(delivery: Delivery) -> float:
    return float(min(MAX_PAUSE_S, 2.0 ** min(delivery.attempt - 1, 6)))


def _is_about_chat(wrong: BadRequest) -> bool:
    words = str(wrong).lower()
    return any(gone in words for gone in GONE)
