"""The people on the other side: what they write, press and do, and what they see."""

from __future__ import annotations

import itertools
import time
from typing import Any

from botcore.testing.fake_telegram.entities import found_in
from botcore.testing.fake_telegram.faults import Fault, Faults
from botcore.testing.fake_telegram.updates import Updates
from botcore.testing.fake_telegram.world import Chat, Json, World

ANN = 1001


class Driving:
    """Every method here may be called in the process or as `POST /_control/METHOD` with its arguments as JSON."""

    def __init__(self, world: World, updates: Updates, faults: Faults) -> None:
        self.world = world
        self.updates = updates
        self.faults = faults
        self._callback_ids = itertools.count(1)

    # --- what people do ---

    def say(
        self,
        text: str | None = None,
        user: int | Json = ANN,
        chat: int | None = None,
        *,
        thread: int | None = None,
        entities: list[Json] | None = None,
        reply_to: int | None = None,
        **content: Any,
    ) -> Json:
        """Someone writes; without a chat, to the bot in private. `content` adds or replaces fields of the message."""
        sender = self.world.user(user)
        place = self._place(sender, chat)
        if text is not None:
            content = {"text": text, "entities": found_in(text) if entities is None else entities, **content}
            if not content["entities"]:
                del content["entities"]
        if reply_to is not None:
            answered = place.messages[reply_to]
            content["reply_to_message"] = {k: v for k, v in answered.items() if k != "reply_to_message"}
        if "from" in content:  # an odd sender: a channel, an anonymous admin, nobody
            sender = content.pop("from")
        message = self.world.add_message(place, sender, thread, **content)
        place.is_blocked = False if place.type == "private" else place.is_blocked
        if self._is_heard(place, message):
            self.updates.push({"message": message})
        return message

    def photo(self, user: int | Json = ANN, caption: str | None = None, **more: Any) -> Json:
        """Someone sends a photo."""
        stored = self.world.add_file("photo.jpg", more.pop("content_bytes", b"\xff\xd8 photo"), "image/jpeg")
        sizes = [
            {"file_id": f"{stored.id}-small", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 900},
            {"file_id": stored.id, "file_unique_id": f"u-{stored.id}", "width": 1280, "height": 853},
        ]
        sizes[1]["file_size"] = len(stored.content)
        return self.say(None, user, photo=sizes, **{"caption": caption, **more} if caption is not None else more)

    def album(self, count: int = 3, user: int | Json = ANN, caption: str | None = None, **more: Any) -> list[Json]:
        """Someone sends several photos at once: one update each, with one `media_group_id`."""
        group = str(time.monotonic_ns())
        captions = [caption, *[None] * (count - 1)]
        return [self.photo(user, words, media_group_id=group, **more) for words in captions]

    def voice(self, user: int | Json = ANN, **more: Any) -> Json:
        """Someone sends a voice message."""
        stored = self.world.add_file("voice.ogg", b"OggS voice", "audio/ogg")
        known = {"file_id": stored.id, "file_unique_id": "v", "duration": 2, "mime_type": "audio/ogg"}
        return self.say(None, user, voice={**known, "file_size": len(stored.content)}, **more)

    def sticker(self, user: int | Json = ANN, **more: Any) -> Json:
        """Someone sends a sticker."""
        stored = self.world.add_file("sticker.webp", b"RIFF sticker", "image/webp")
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        known = {"file_id": stored.id, "file_unique_id": "st", **shape, "emoji": "👍"}
        return self.say(None, user, sticker=known, **more)

    def location(self, user: int | Json = ANN, **more: Any) -> Json:
        """Someone shares where they are."""
        return self.say(None, user, location={"latitude": 31.2304, "longitude": 121.4737}, **more)

    def document(
        self, user: int | Json = ANN, name: str = "invoice.pdf", content_bytes: bytes = b"%PDF", **more: Any
    ) -> Json:
        """Someone sends a file."""
        stored = self.world.add_file(name, content_bytes, "application/pdf")
        known = {"file_id": stored.id, "file_unique_id": "d", "file_name": name, "mime_type": stored.media_type}
        return self.say(None, user, document={**known, "file_size": len(content_bytes)}, **more)

    def edit(self, message_id: int, text: str, user: int | Json = ANN, chat: int | None = None) -> Json:
        """Someone changes what they wrote."""
        place = self._place(self.world.user(user), chat)
        message = place.messages[message_id]
        message.update(text=text, edit_date=int(time.time()))
        self.updates.push({"edited_message": message})
        return message

    def press(
        self,
        button: str,
        user: int | Json = ANN,
        chat: int | None = None,
        message_id: int | None = None,
        *,
        is_forged: bool = False,
    ) -> str:
        """Someone presses a button, named by its label or data; on the newest message that has it. The query's id.

        `is_forged` sends data that is on no button, as a hostile client may.
        """
        sender = self.world.user(user)
        place = self._place(sender, chat)
        data, message = button, next(reversed(place.messages.values()), None)
        if not is_forged:
            data, message = _find_button(place, button, message_id)
        elif message_id is not None:
            message = place.messages[message_id]
        key = f"query-{next(self._callback_ids)}"
        self.world.callbacks[key] = None
        query = {"id": key, "from": sender, "message": message, "chat_instance": str(place.id), "data": data}
        self.updates.push({"callback_query": query})
        return key

    def age_callback(self, key: str) -> None:
        """Let a query become too old to be answered."""
        self.world.callbacks[key] = {"aged": True}

    def block(self, user: int = ANN) -> None:
        """Someone blocks the bot."""
        self._member(self.world.chat(user), user, "member", "kicked")

    def unblock(self, user: int = ANN) -> None:
        """Someone lets the bot in again."""
        self._member(self.world.chat(user), user, "kicked", "member")

    def deactivate(self, user: int = ANN) -> None:
        """An account is deleted."""
        self.world.chat(user).is_deactivated = True

    def join(self, chat: int, user: int | Json = ANN) -> None:
        """Someone adds the bot to a group."""
        self._member(self.world.chat(chat), user, "left", "member")

    def kick(self, chat: int, user: int | Json = ANN) -> None:
        """Someone throws the bot out of a group."""
        self._member(self.world.chat(chat), user, "member", "kicked")

    def group(self, chat: int, title: str = "Group", *, is_forum: bool = False) -> int:
        """Make a group; an id that begins with -100 makes a supergroup."""
        place = self.world.chat(chat)
        place.title, place.is_forum = title, is_forum
        return chat

    def migrate(self, chat: int, user: int | Json = ANN) -> int:
        """A group becomes a supergroup; its new id."""
        old = self.world.chat(chat)
        new_id = -(10**12) - abs(chat)
        new = self.world.chat(new_id)
        new.title = old.title
        sender = self.world.user(user)
        message = self.world.add_message(old, sender, migrate_to_chat_id=new_id)
        old.moved_to = new_id
        self.updates.push({"message": message})
        self.updates.push({"message": self.world.add_message(new, sender, migrate_from_chat_id=chat)})
        return new_id

    def push_raw(self, update: Any) -> int:
        """Send the bot any JSON as an update: poison. An object without `update_id` gets one unless that is None."""
        if isinstance(update, dict):
            if "update_id" not in update:
                update = {"update_id": self.updates.next_id, **update}
            elif update["update_id"] is None:
                update = {key: value for key, value in update.items() if key != "update_id"}
        return self.updates.push_raw(update)

    def set_privacy(self, *, is_on: bool = True) -> None:
        """Whether the bot hears in groups only what is meant for it."""
        self.world.privacy = is_on

    def fault(self, kind: str, **where: Any) -> Fault:
        """Let something go wrong: see `Fault`."""
        return self.faults.add(Fault(kind, **where))  # type: ignore[arg-type]  # Fault checks it

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        self.faults.clear()

    # --- what people see ---

    def shown(self, chat: int = ANN) -> list[Json]:
        """What the bot's messages in a chat look like now: `message_id`, `text`, `buttons` (their labels)."""
        place = self.world.chats.get(chat)
        messages = place.messages.values() if place else ()
        mine = [message for message in messages if message.get("from", {}).get("id") == self.world.bot_id]
        return [_as_seen(message) for message in mine]

    def drafts(self, chat: int = ANN) -> list[str]:
        """The drafts in a chat that are still to be seen."""
        place = self.world.chats.get(chat)
        return list(place.live_drafts().values()) if place else []

    def callback_answer(self, key: str) -> Json | None:
        """How a button's query was answered; None if it was not yet."""
        return self.world.callbacks.get(key)

    def _place(self, sender: Json, chat: int | None) -> Chat:
        return self.world.chat(sender["id"] if chat is None else chat, sender["first_name"])

    def _member(self, place: Chat, user: int | Json, old: str, new: str) -> None:
        place.is_blocked = new in ("kicked", "left")
        until = {"until_date": 0}
        states = [
            {"user": self.world.bot, "status": status, **(until if status == "kicked" else {})} for status in (old, new)
        ]
        changed: Json = {"chat": place.as_json(), "from": self.world.user(user), "date": int(time.time())}
        self.updates.push({"my_chat_member": {**changed, "old_chat_member": states[0], "new_chat_member": states[1]}})

    def _is_heard(self, place: Chat, message: Json) -> bool:
        """Privacy mode: in groups a bot gets commands, replies to it, mentions, and service messages."""
        if place.type in ("private", "channel") or not self.world.privacy:
            return True
        text = message.get("text") or message.get("caption") or ""
        if not text and not any(kind in message for kind in ("photo", "voice", "sticker", "document", "location")):
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == self.world.bot_id:
            return True
        name = f"@{self.world.username}".lower()
        command = text.partition(" ")[0].lower()
        is_command = command.startswith("/") and ("@" not in command or command.endswith(name))
        return is_command or name in text.lower()


def _find_button(place: Chat, wanted: str, message_id: int | None) -> tuple[str, Json]:
    """The data behind a button, and its message."""
    found: list[str] = []
    for message in reversed(place.messages.values()):
        if message_id is not None and message["message_id"] != message_id:
            continue
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                data = button.get("callback_data")
                if data is not None and wanted in (button["text"], data):
                    return data, message
                found.append(button["text"])
    raise LookupError(f"no button {wanted!r}; there are: {', '.join(found) or 'none'}")


def _as_seen(message: Json) -> Json:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    kind = next((kind for kind in ("photo", "document") if kind in message), "text")
    return {
        "message_id": message["message_id"],
        "kind": kind,
        "text": message.get("text") or message.get("caption") or "",
        "entities": message.get("entities") or message.get("caption_entities") or [],
        "buttons": [button["text"] for row in rows for button in row],
        "urls": [button["url"] for row in rows for button in row if "url" in button],
        "reply_to": message.get("reply_to_message", {}).get("message_id"),
        "thread": message.get("message_thread_id"),
    }
