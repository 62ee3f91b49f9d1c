"""One update in, what it means out."""

from __future__ import annotations

import contextlib
import copy
from datetime import UTC, datetime

import pytest

from botcore_telegram.attachments import attachments_of
from botcore_telegram.marks import Marks
from botcore_telegram.parse import Me, Membership, Moved, Passed, Pressed, Written, merged, parse
from botcore_telegram.places import Place, place_of
from botcore_telegram.reading import Unreadable
from botcore_telegram.settings import CommandSettings

ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "zh-hans"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
GROUP = {"id": -1005, "type": "supergroup", "title": "Shop"}
LANGUAGES = {"zh-hans": "zh", "en": "en"}
ME = Me(id=99, username="Shop_Bot", language_of=lambda locale: LANGUAGES.get(locale or ""))


def update(text=None, *, chat=PRIVATE, sender=ANN, **more):
    message = {"message_id": 3, "date": 1_700_000_000, "chat": chat, "from": sender, **more}
    if text is not None:
        message["text"] = text
    return {"update_id": 41, "message": message}


def command(text, **more):
    length = len(text.split()[0])
    return update(text, entities=[{"type": "bot_command", "offset": 0, "length": length}], **more)


def mention(text, name="@shop_bot", **more):
    offset = len(text[: text.index(name)].encode("utf-16-le")) // 2
    return update(text, entities=[{"type": "mention", "offset": offset, "length": len(name)}], **more)


def written(source, me=ME):
    parsed = parse(source, me)
    assert isinstance(parsed, Written), parsed
    return parsed.message


def test_a_private_message():
    message = written(update("你好"))
    assert (message.key, message.conversation, message.ref) == ("99:41", "telegram:99:7", "3")
    assert (message.user.id, message.user.name, message.user.locale) == ("7", "Ann", "zh-hans")
    assert message.sent_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert (message.text, message.choice) == ("你好", None)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Place(99, 7), "telegram:99:7"),
        (Place(99, 7, 12), "telegram:99:7:12"),
        (Place(99, -1005, None, 7), "telegram:99:-1005:u7"),
        (Place(99, -1005, 12, 7), "telegram:99:-1005:12:u7"),
        (Place(99, -1005, 12, -1009), "telegram:99:-1005:12:u-1009"),
    ],
)
def test_a_conversation_has_one_name_and_it_leads_back(place, name):
    assert place.conversation == name
    assert place_of(name) == place


@pytest.mark.parametrize("name", ["web:1", "telegram:x:1", "telegram:1:2:u3:4", "", "telegram:1:2\n"])
def test_other_names_lead_nowhere(name):
    with pytest.raises(ValueError, match="no conversation"):
        place_of(name)


# --- commands ---


@pytest.mark.parametrize(
    ("text", "words", "choice"),
    [
        ("/start", "/start", "start"),
        ("/help", "/help", "start"),
        ("/START", "/start", "start"),
        ("/start shop-42_A", "/start shop-42_A", "start"),
        ("/start <script>", "/start", "start"),
        ("/start " + "x" * 65, "/start", "start"),
        ("/start@Shop_bot abc", "/start abc", "start"),
        ("/unknown thing", "/unknown thing", None),
    ],
)
def test_start_and_help_greet_and_a_payload_is_not_trusted(text, words, choice):
    message = written(command(text))
    assert (message.text, message.choice) == (words, choice)


def test_configured_commands_are_words_or_a_choice():
    orders = CommandSettings(description={"en": "Track an order", "zh": "查订单"})
    person = CommandSettings(description={"en": "A person"}, choice="person")
    stock = CommandSettings(description={"en": "Stock"}, text={"en": "Is it in stock?"})
    me = Me(id=99, commands={"orders": orders, "agent": person, "help": stock}, language_of=ME.language_of)
    assert written(command("/orders A-17"), me).text == "查订单 A-17"
    assert (written(command("/agent"), me).text, written(command("/agent"), me).choice) == ("A person", "person")
    assert (written(command("/help"), me).text, written(command("/help"), me).choice) == ("Is it in stock?", None)


# --- groups ---


def test_in_groups_only_what_is_for_the_bot_is_heard():
    mine = {"message_id": 1, "date": 1, "chat": GROUP, "from": {"id": 99, "is_bot": True, "first_name": "Bot"}}
    assert isinstance(parse(update("hello all", chat=GROUP), ME), Passed)
    assert isinstance(parse(command("/start@OtherBot", chat=GROUP), ME), Passed)
    assert isinstance(parse(mention("hi @other_bot", "@other_bot", chat=GROUP), ME), Passed)
    assert written(command("/start@shop_bot", chat=GROUP)).choice == "start"
    assert written(command("/track", chat=GROUP)).text == "/track"
    assert written(update("yes", chat=GROUP, reply_to_message=mine)).text == "yes"
    topic = {**mine, "forum_topic_created": {"name": "T", "icon_color": 1}}
    assert isinstance(parse(update("yes", chat=GROUP, reply_to_message=topic), ME), Passed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@shop_bot where is it?", "where is it?"),
        ("👋 @shop_bot, where is it?", "👋 , where is it?"),
        ("where @shop_bot is it", "where is it"),
        ("@shop_bot：在哪里？", "在哪里？"),
        ("hey @shop_bot", "hey"),
    ],
)
def test_the_bots_name_is_taken_out_of_what_it_is_asked(text, words):
    assert written(mention(text, chat=GROUP)).text == words


def test_only_called_by_name_it_greets():
    assert written(mention("@shop_bot", chat=GROUP)).choice == "start"


def test_a_mention_by_link_counts():
    entity = {"type": "text_mention", "offset": 0, "length": 4, "user": {"id": 99, "is_bot": True, "first_name": "B"}}
    assert written(update("Shop where?", chat=GROUP, entities=[entity])).text == "where?"


def test_members_have_their_own_conversation_or_share_one():
    assert written(command("/a", chat=GROUP)).conversation == "telegram:99:-1005:u7"
    shared = Me(id=99, username="shop_bot", groups="shared")
    assert written(command("/a", chat=GROUP), shared).conversation == "telegram:99:-1005"
    topic = command("/a", chat=GROUP, message_thread_id=12, is_topic_message=True)
    assert written(topic).conversation == "telegram:99:-1005:12:u7"
    reply_thread = command("/a", chat=GROUP, message_thread_id=12)  # a thread of replies is no topic
    assert written(reply_thread).conversation == "telegram:99:-1005:u7"


def test_a_group_that_moved_keeps_its_conversations():
    moved = Me(id=99, username="shop_bot", moved={-1005: -5})
    assert written(command("/a", chat=GROUP), moved).conversation == "telegram:99:-5:u7"
    assert parse(update(migrate_to_chat_id=-1005, chat={"id": -5, "type": "group"}), ME) == Moved(-5, -1005)


@pytest.mark.parametrize(
    "source",
    [
        {"update_id": 1, "channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1, "type": "channel"}}},
        update("post", chat={"id": -1009, "type": "channel", "title": "News"}),
        update("code 1234", sender={"id": 777000, "is_bot": False, "first_name": "Telegram"}),
        command("/post", chat=GROUP, is_automatic_forward=True),
        update("mine", sender={"id": 99, "is_bot": True, "first_name": "Me"}),
        update(new_chat_members=[ANN], chat=GROUP),
        {"update_id": 1, "poll": {"id": "1"}},
        {"update_id": 1, "from_the_future": {"x": 1}},
        {"update_id": 1},
        {"update_id": 1, "edited_message": update("again")["message"]},
    ],
)
def test_what_is_not_for_the_bot_is_passed_over(source):
    assert isinstance(parse(source, ME), Passed)


@pytest.mark.parametrize("account", [1087968824, 136817688])
def test_who_writes_as_a_chat_is_that_chat(account):
    sender = {"id": account, "is_bot": True, "first_name": "Group"}
    said = command("/a", chat=GROUP, sender=sender, sender_chat={"id": -1008, "type": "channel", "title": "News"})
    message = written(said)
    assert (message.user.id, message.user.name, message.user.is_bot) == ("-1008", "News", False)
    assert message.conversation == "telegram:99:-1005:u-1008"


def test_another_bot_is_known_as_one():
    assert written(update("hi", sender={"id": 8, "is_bot": True, "first_name": "Other"})).user.is_bot


def test_edits_are_new_messages_where_they_are_wanted():
    edited = {"update_id": 42, "edited_message": update("again")["message"]}
    assert written(edited, Me(id=99, edits="answer")).key == "99:42"
    moving = {"update_id": 43, "edited_message": update(location={"latitude": 1, "longitude": 2})["message"]}
    assert isinstance(parse(moving, Me(id=99, edits="answer")), Passed)


def test_private_chats_may_have_topics():
    topic = update("hi", message_thread_id=12, is_topic_message=True)
    assert written(topic).conversation == "telegram:99:7:12"


# --- other kinds ---


def test_presses_belong_to_the_conversation_of_who_pressed():
    message = update("Pick", chat=GROUP)["message"]
    query = {"id": "q", "from": ANN, "chat_instance": "1", "data": "d", "message": message}
    pressed = parse({"update_id": 1, "callback_query": query}, ME)
    assert isinstance(pressed, Pressed)
    assert pressed.place == Place(99, -1005, None, 7)
    old = {"chat": PRIVATE, "message_id": 3, "date": 0}
    pressed = parse({"update_id": 1, "callback_query": {**query, "message": old}}, ME)
    assert pressed.place == Place(99, 7)
    del query["message"]
    assert parse({"update_id": 1, "callback_query": {**query, "inline_message_id": "x"}}, ME).place is None


@pytest.mark.parametrize(("status", "is_in"), [("kicked", False), ("left", False), ("member", True)])
def test_membership(status, is_in):
    change = {"chat": PRIVATE, "from": ANN, "date": 1, "new_chat_member": {"status": status}}
    assert parse({"update_id": 1, "my_chat_member": change}, ME) == Membership(7, is_in)


FILE = {"file_id": "F", "file_unique_id": "u"}


@pytest.mark.parametrize(
    ("content", "kind", "ref", "name"),
    [
        ({"voice": {**FILE, "duration": 1}}, "audio", "F", None),
        ({"audio": {**FILE, "file_name": "a.mp3"}}, "audio", "F", "a.mp3"),
        ({"video": FILE}, "video", "F", None),
        ({"animation": FILE, "document": FILE}, "video", "F", None),
        ({"document": {**FILE, "file_name": "a\x00.pdf"}}, "file", "F", "a.pdf"),
        ({"sticker": {**FILE, "emoji": "👍"}}, "sticker", "F", "👍"),
        (
            {"photo": [{**FILE, "width": 9, "height": 9}, {**FILE, "file_id": "S", "width": 1, "height": 1}]},
            "image",
            "F",
            None,
        ),
        ({"location": {"latitude": 1.5, "longitude": 2}}, "location", "geo:1.5,2", "1.5, 2"),
        (
            {
                "venue": {"location": {"latitude": 1, "longitude": 2}, "title": "Shop", "address": "Road 1"},
                "location": {},
            },
            "location",
            "geo:1,2",
            "Shop, Road 1",
        ),
        ({"dice": {"emoji": "🎲", "value": 3}}, "file", None, "dice"),
    ],
)
def test_attachments(content, kind, ref, name):
    (found,) = attachments_of(content)
    assert (found.kind, found.ref, found.name, found.url) == (kind, ref, name, None)
    message = written(update(**content, caption="look") if kind != "location" else update(**content))
    assert message.attachments == (found,)


def test_captions_are_the_text_and_contacts_are_said():
    photo = [{**FILE, "width": 9, "height": 9}]
    assert written(update(photo=photo, caption="broken")).text == "broken"
    contact = {"phone_number": "+86 10", "first_name": "Li"}
    assert written(update(contact=contact)).text == "Li +86 10"


def test_an_album_is_one_message():
    photo = [{**FILE, "width": 9, "height": 9}]
    parts = [parse(update(photo=photo, media_group_id="g", **more), ME) for more in ({}, {"caption": "look"}, {})]
    message = merged(parts)
    assert (message.key, message.text, len(message.attachments)) == ("99:album:7:g", "look", 3)


# --- poison ---


def without(name):
    source = update("x")
    del source["message"][name]
    return source


@pytest.mark.parametrize(
    "source",
    [
        None,
        [],
        "text",
        {},
        {"update_id": True, "message": {}},
        {"update_id": "1"},
        {"update_id": -1},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": []},
        without("date"),
        without("chat"),
        without("from"),
        without("message_id"),
        {"update_id": 1, "message": {**update("x")["message"], "text": None}},
        {"update_id": 1, "message": {**update("x")["message"], "text": 5}},
        {"update_id": 1, "message": {**update("x")["message"], "date": 10**30}},
        {"update_id": 1, "message": {**update("x")["message"], "chat": {"id": "7", "type": "private"}}},
        update("x", entities="bold"),
        update("x", entities=[None]),
        update("x", entities=[{"type": "bold", "offset": -1, "length": 1}]),
        update("x", entities=[{"type": "bold", "offset": 0, "length": 2}]),
        update("x", entities=[{"type": "bold", "offset": 0}]),
        update("👋", entities=[{"type": "bold", "offset": 1, "length": 1}]),
        update("👋", entities=[{"type": "bold", "offset": 0, "length": 1}]),
        update(photo=[]),
        update(photo=[5]),
        update(location={"latitude": "x", "longitude": 1}),
        {"update_id": 1, "callback_query": {"id": "q"}},
        {"update_id": 1, "my_chat_member": {"chat": PRIVATE}},
    ],
)
def test_poison_is_named_as_such(source):
    with pytest.raises(Unreadable):
        parse(source, ME)


def test_no_mutilated_update_raises_anything_else():
    """Every field of a rich message is left out or replaced in turn."""
    rich = command("/a b", chat=GROUP, reply_to_message=update("x")["message"], sender_chat=GROUP)
    rich["message"]["photo"] = [{**FILE, "width": 9, "height": 9}]
    rich["message"]["media_group_id"] = "g"

    def paths(node, path=()):
        yield path
        for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            yield from paths(node[key], (*path, key))

    for path in list(paths(rich))[1:]:
        for odd in (None, True, -1, 10**400, "", "\ud800", [], {}, [[]], 1.5):
            broken = copy.deepcopy(rich)
            node = broken
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = odd
            with contextlib.suppress(Unreadable):
                parse(broken, ME)


@pytest.mark.parametrize("evil", ["Ann\u202egpj", "\u200bAnn\x1b[31m", "A\nnn", "\ud800Ann", "A\U000e0041nn"])
def test_names_are_one_harmless_line(evil):
    name = written(update("x", sender={**ANN, "first_name": evil})).user.name
    assert name
    assert not any(char in name for char in "\u202e\u200b\x1b\n\ud800\U000e0041")


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "\x1b[0m"])
def test_texts_can_be_stored(text):
    assert written(update(f"x{text}")).text.encode("utf-8").isascii() or "\ufffd" in written(update(f"x{text}")).text


# --- the data of buttons ---


def test_the_data_of_a_button_is_short_and_only_good_where_it_was_shown():
    marks = Marks(b"k" * 32)
    conversation = "telegram:99:-1005:12:u7"
    data = marks.make(conversation, 10**12, 99)
    assert len(data.encode()) <= 64
    assert marks.read(conversation, data) == (10**12, 99)
    assert marks.read("telegram:99:-1005:12:u8", data) is None
    assert Marks(b"x" * 32).read(conversation, data) is None
    for forged in (data[:-1], data + "A", "0.0.AAAAAAAAAA", "", "ÿ" * 32, "1.2", data.upper()):
        assert marks.read(conversation, forged) is None
