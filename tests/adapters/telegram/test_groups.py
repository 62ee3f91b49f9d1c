"""Groups, topics, moves, albums, edits, commands and other kinds of messages."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
GROUP = -1009


async def test_a_group_is_answered_when_it_asks_the_bot_and_the_answer_is_tied_to_the_question(fake, bot, texts):
    fake.group(GROUP)
    fake.set_privacy(is_on=False)
    fake.say("just talking", chat=GROUP)
    asked = fake.say("@test_bot where is it?", chat=GROUP)
    await fake.until(lambda: texts(GROUP) == ["Echo: where is it?"])
    assert fake.shown(GROUP)[0]["reply_to"] == asked["message_id"]
    fake.say("and when?", chat=GROUP, reply_to=fake.shown(GROUP)[0]["message_id"])
    await fake.until(lambda: texts(GROUP)[-1] == "Echo: and when?")
    assert len(texts(GROUP)) == 2


async def test_a_question_that_was_deleted_is_answered_without_a_tie(fake, bot, texts):
    fake.group(GROUP)
    asked = fake.say("@test_bot slow question", chat=GROUP)
    del fake.world.chats[GROUP].messages[asked["message_id"]]
    await fake.until(lambda: texts(GROUP) == ["Echo: slow question"])
    assert fake.shown(GROUP)[0]["reply_to"] is None


async def test_topics_keep_apart(fake, bot, texts):
    fake.group(-1001234, is_forum=True)
    fake.say("@test_bot in a topic", chat=-1001234, thread=12)
    fake.say("@test_bot in general", chat=-1001234)
    await fake.until(lambda: len(texts(-1001234)) == 2)
    threads = {shown["text"]: shown["thread"] for shown in fake.shown(-1001234)}
    assert threads == {"Echo: in a topic": 12, "Echo: in general": None}


async def test_a_group_that_becomes_a_supergroup_keeps_its_conversation(fake, make_bot, texts):
    plugin = """
from botcore import Plugin, Reply, Button
plugin = Plugin("echo")
@plugin.fallback
async def count(turn):
    if turn.message.choice:
        return "chose " + turn.message.choice
    number = turn.conversation.memory.get("count", 0) + 1
    turn.remember("count", number)
    return Reply(f"{turn.message.text} {number}", buttons=(Button("go", "go"),))
"""
    await make_bot(plugin)
    fake.group(GROUP)
    fake.say("@test_bot before", chat=GROUP)
    await fake.until(lambda: texts(GROUP) == ["before 1"])
    new = fake.migrate(GROUP)
    fake.say("@test_bot after", chat=new)
    await fake.until(lambda: texts(new) == ["after 2"])
    fake.press("go", chat=new)
    await fake.until(lambda: texts(new)[-1] == "chose go")


async def test_a_reply_on_its_way_follows_the_group(fake, bot, texts):
    fake.group(GROUP)
    fake.say("@test_bot slow", chat=GROUP)
    await fake.until(lambda: len(fake.updates) == 0)
    chat = fake.world.chat(-1000000001009)
    fake.world.chats[GROUP].moved_to = chat.id  # the bot learns of it by the error only
    await fake.until(lambda: texts(chat.id) == ["Echo: slow"])


async def test_an_album_is_one_message(fake, bot, texts):
    fake.album(3, caption="broken on arrival")
    await fake.until(lambda: texts() == ["Got image image image: broken on arrival"])
    fake.say("next")
    await fake.until(lambda: len(texts()) == 2)


async def test_what_comes_with_an_album_does_not_wait_for_it(fake, bot, texts):
    fake.album(2, user=1001)
    fake.say("hello", user=1002)
    await fake.until(lambda: texts(1002) == ["Echo: hello"])
    assert texts(1001) == []
    await fake.until(lambda: texts(1001) == ["Got image image:"])


async def test_every_kind_of_message_gets_an_answer(fake, bot, texts):
    fake.voice()
    fake.sticker()
    fake.location()
    fake.document()
    fake.photo(caption="look")
    fake.say(None, dice={"emoji": "🎲", "value": 3})
    await fake.until(lambda: len(texts()) == 6)
    assert texts() == ["Got audio:", "Got sticker:", "Got location:", "Got file:", "Got image: look", "Got file:"]


async def test_edits_are_not_answered_unless_wanted(fake, make_bot, texts):
    bot = await make_bot()
    said = fake.say("helo")
    await fake.until(lambda: len(texts()) == 1)
    fake.edit(said["message_id"], "hello")
    fake.say("next")
    await fake.until(lambda: texts() == ["Echo: helo", "Echo: next"])
    await bot.stop()
    await make_bot(edits="answer")
    await fake.until(lambda: fake.polls > 0)
    fake.say("wait")
    await fake.until(lambda: texts()[-1] == "Echo: wait")
    fake.edit(said["message_id"], "hello!")
    await fake.until(lambda: texts()[-1] == "Echo: hello!")


async def test_the_bot_hears_neither_channels_nor_service_accounts(fake, bot, texts):
    fake.push_raw({"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel"}, "text": "x"}})
    fake.say("/start", chat=GROUP, **{"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}})
    fake.join(GROUP)
    fake.kick(GROUP)
    fake.say("next")
    await fake.until(lambda: texts() == ["Echo: next"])
    assert texts(GROUP) == []


async def test_start_greets(fake, bot, texts):
    fake.say("/start from-shop")
    await fake.until(lambda: len(texts()) == 1)
    assert texts()[0].startswith("Hello! I am Ada")


# --- the menu ---

COMMANDS = {
    "orders": {"description": {"en": "Track an order", "zh": "查订单"}, "text": {"en": "Where is my order?"}},
    "agent": {"description": {"en": "A person"}, "choice": "track"},
}


async def test_the_menu_and_the_profile_are_set_once_and_when_they_change(fake, make_bot, texts):
    settings = {
        "commands": COMMANDS,
        "description": {"en": "A shop", "zh": "商店"},
        "short_description": {"en": "Shop"},
    }
    bot = await make_bot(**settings)
    scope = '{"type": "default"}'
    menus = {code: [c["description"] for c in menu] for (_, code), menu in fake.world.commands.items()}
    assert menus == {
        "": ["Track an order", "A person"],
        "en": ["Track an order", "A person"],
        "zh": ["查订单", "A person"],
    }
    assert fake.world.descriptions == {"": "A shop", "en": "A shop", "zh": "商店"}
    assert fake.world.short_descriptions == {"": "Shop", "en": "Shop"}
    calls = len(fake.called("setMyCommands"))
    await bot.stop()
    bot = await make_bot(**settings)
    assert len(fake.called("setMyCommands")) == calls
    fake.say("/orders")
    fake.say("/agent")
    await fake.until(lambda: texts() == ["Echo: Where is my order?", "You chose track"])
    await bot.stop()
    await make_bot(commands={"agent": COMMANDS["agent"]})
    assert (scope, "zh") not in fake.world.commands
    assert [c["command"] for c in fake.world.commands[scope, ""]] == ["agent"]
