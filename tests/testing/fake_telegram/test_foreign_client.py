"""The SDK's own client, with its typed objects, finds in the fake what it expects of Telegram."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sdk(fake):
    async with Bot(fake.token, base_url=f"{fake.url}/bot", base_file_url=f"{fake.url}/file/bot") as bot:
        yield bot


async def test_updates_become_its_objects(fake, sdk):
    fake.group(-1005, is_forum=True)
    fake.say("/start now")
    fake.photo(caption="look")
    fake.voice()
    fake.sticker()
    fake.location()
    fake.document()
    fake.say("@test_bot hi", chat=-1005, thread=3)
    fake.block()
    fake.migrate(-1005)
    updates = await sdk.get_updates()
    assert len(updates) == 10
    assert updates[0].message.entities[0].type == "bot_command"
    assert updates[1].message.photo[-1].file_size > 0
    assert updates[5].message.document.file_name == "invoice.pdf"
    assert updates[6].message.is_topic_message
    assert updates[7].my_chat_member.new_chat_member.status == "kicked"
    assert updates[8].message.migrate_to_chat_id == updates[9].message.chat.id
    assert await sdk.get_updates(offset=updates[-1].update_id + 1) == ()


async def test_its_methods_work(fake, sdk):
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("A", callback_data="a")]])
    sent = await sdk.send_message(1001, "<b>x</b> &amp; y", parse_mode="HTML", reply_markup=markup)
    assert sent.text_html == "<b>x</b> &amp; y"
    assert await sdk.edit_message_text("*z*", 1001, sent.message_id, parse_mode="MarkdownV2")
    key = fake.press("A") if fake.shown()[0]["buttons"] else None
    assert key is None  # an edit without a keyboard takes it away
    photo = await sdk.send_photo(1001, b"\x89PNG", caption="p")
    assert bytes(await (await photo.photo[-1].get_file()).download_as_bytearray()) == b"\x89PNG"
    group = await sdk.send_media_group(1001, [InputMediaPhoto(b"one"), InputMediaPhoto(b"two")])
    assert len({message.media_group_id for message in group}) == 1
    assert await sdk.send_message_draft(1001, 1, "so far")
    assert await sdk.send_chat_action(1001, "typing")
    assert await sdk.set_my_commands([BotCommand("orders", "Orders")])
    assert [command.command for command in await sdk.get_my_commands()] == ["orders"]
    assert await sdk.delete_message(1001, sent.message_id)
    assert (await sdk.get_webhook_info()).pending_update_count == 0
    assert fake.violations == []


async def test_its_errors_are_those_of_telegram(fake, sdk):
    with pytest.raises(BadRequest, match="Chat not found"):
        await sdk.send_message(5, "x")
    fake.block()
    with pytest.raises(Forbidden):
        await sdk.send_message(1001, "x")
    fake.fault("status", status=502)
    with pytest.raises(NetworkError):
        await sdk.get_chat(1001)
    stranger = Bot("123456:" + "x" * 35, base_url=f"{fake.url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()
    first = asyncio.create_task(sdk.get_updates(timeout=5))
    await fake.until(lambda: fake.polls == 1)
    fake.say("hello")
    await first
    await sdk.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict):
        await sdk.get_updates()
    await sdk.delete_webhook()
