"""A5: the token is nowhere but in the address that is called."""

from __future__ import annotations

import io
import logging
import sqlite3

import pytest

from botcore import logs
from botcore.testing.fake_telegram import TOKEN
from botcore_telegram import TelegramSettings
from botcore_telegram.request import AiohttpRequest, AnswerLost, Client, NotReached

pytestmark = pytest.mark.anyio
CANARY = TOKEN.partition(":")[2]


@pytest.fixture
def written():
    """All that is logged, at DEBUG, without any redaction to help."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.set_up("debug", "json", lambda text: text, stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


async def test_the_token_is_in_no_log_and_no_journal(fake, written, make_bot, texts, tmp_path):
    bot = await make_bot()
    fake.fault("drop_after", method="sendMessage")
    fake.fault("malformed", method="getUpdates")
    fake.fault("status", method="sendChatAction", status=500, count=None)
    fake.push_raw({"message": {"text": None}})
    fake.photo()
    fake.say("slow one")
    await fake.until(lambda: "Echo: slow one" in texts())
    await bot.stop()
    assert "telegram_ready" in written.getvalue()
    assert CANARY not in written.getvalue()
    with sqlite3.connect(tmp_path / "bot.db") as database:
        assert CANARY not in "\n".join(database.iterdump())
    database.close()


async def test_errors_and_representations_do_not_hold_it(fake):
    settings = TelegramSettings(token=TOKEN, base_url="http://127.0.0.1:9")
    assert CANARY not in repr(settings) + str(settings.model_dump())
    client = Client(TOKEN, "http://127.0.0.1:9")
    assert CANARY not in repr(client)
    await client.open()
    with pytest.raises(NotReached) as refused:
        await client.call("getMe")
    await client.close_all()
    client = Client(TOKEN, fake.url)
    await client.open()
    fake.fault("drop_after", method="getMe")
    with pytest.raises(AnswerLost) as lost:
        await client.call("getMe")
    fake.fault("malformed", method="getMe")
    with pytest.raises(AnswerLost) as garbled:
        await client.call("getMe")
    await client.close_all()
    for error in (refused.value, lost.value, garbled.value):
        chain = [error, error.__cause__]
        assert CANARY not in "".join(repr(part) + str(part) for part in chain)
        assert error.__suppress_context__


async def test_a_closed_channel_says_so():
    with pytest.raises(NotReached):
        _ = AiohttpRequest("http://127.0.0.1:9").session
