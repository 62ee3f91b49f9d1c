"""Start, trouble on the way, stop: the bot says what is wrong, asks for little, and loses nothing."""

from __future__ import annotations

import asyncio
import time

import pytest

from botcore import Attachment, AuthFailed, BadInput, ConfigError, NotReady
from botcore.testing.fake_telegram import FakeTelegram

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("token", ["123456:" + "x" * 35, "1234567:TEST-token-of-another-bot-AAAAAAAA"])
async def test_a_wrong_token_ends_the_start_and_names_the_mend(make_bot, token):
    with pytest.raises(AuthFailed, match="BotFather") as failed:
        await make_bot(token=token)
    assert token not in str(failed.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"token": "no token"},
        {"mode": "webhook"},
        {"mode": "webhook", "url": "http://bot.example"},
        {"secret": "with blanks"},
        {"secret": "x" * 257},
        {"base_url": "ftp://x"},
        {"commands": {"Bad!": {"description": {"en": "x"}}}},
        {"groups": "none"},
        {"unknown": 1},
    ],
)
async def test_mistakes_in_the_settings_are_named(make_bot, settings):
    with pytest.raises(ConfigError) as failed:
        await make_bot(**settings)
    assert "no token" not in str(failed.value).replace("no bot token", "")


async def test_a_telegram_that_cannot_be_reached_at_the_start_is_asked_again(tmp_path, make_bot, fake):
    fake.fault("status", method="getMe", count=3, status=502)
    await make_bot()
    fake.say("hello")
    await fake.until(lambda: [shown["text"] for shown in fake.shown()] == ["Echo: hello"], timeout_s=15)


async def test_a_second_bot_with_the_same_token_is_told_of_and_few_polls_are_made(fake, bot, caplog):
    fake.fault("status", method="getUpdates", status=409, count=None)
    fake.say("held")
    await asyncio.sleep(0)
    polls = len(fake.calls)
    fake.records_polls = True
    await asyncio.sleep(1.5)
    assert len(fake.calls) - polls <= 4
    fake.mend()
    await fake.until(lambda: [shown["text"] for shown in fake.shown()] == ["Echo: held"], timeout_s=15)


async def test_while_the_journal_cannot_write_nothing_is_confirmed_and_little_is_asked(fake, bot, adapters, texts):
    intake = adapters[-1]._intake
    host = intake._host
    is_full = True

    class Full:
        """A host whose disk is full."""

        def __getattr__(self, name):
            return getattr(host, name)

        async def accept_all(self, messages):
            if is_full:
                raise NotReady("The disk is full.")
            return await host.accept_all(messages)

    intake._host = Full()
    fake.say("first")
    fake.say("second")
    await asyncio.sleep(1.5)
    polls = fake.polls
    assert len(fake.updates) == 2
    assert polls <= 3
    is_full = False
    await fake.until(lambda: texts() == ["Echo: first", "Echo: second"])
    await fake.until(lambda: len(fake.updates) == 0)


async def test_a_message_that_the_journal_refuses_for_itself_does_not_hold_up_others(
    fake, bot, adapters, texts, letters
):
    intake = adapters[-1]._intake
    host = intake._host

    class Picky:
        def __getattr__(self, name):
            return getattr(host, name)

        async def accept(self, message):
            if message.text == "bad":
                raise BadInput("bad", "Not that one.")
            return await host.accept(message)

        async def accept_all(self, messages):
            if any(message.text == "bad" for message in messages):
                raise BadInput("bad", "One of them.")
            return await host.accept_all(messages)

    intake._host = Picky()
    fake.say("bad")
    fake.say("good")
    await fake.until(lambda: texts() == ["Echo: good"])
    assert len(letters()) == 1


async def test_on_a_stop_what_is_stored_is_confirmed_and_what_came_later_is_not_lost(fake, make_bot, texts):
    first = await make_bot()
    fake.say("answered")
    await fake.until(lambda: texts() == ["Echo: answered"])
    await first.stop()
    assert len(fake.updates) == 0
    fake.say("while away")
    await make_bot()
    await fake.until(lambda: texts() == ["Echo: answered", "Echo: while away"])


async def test_stopping_takes_no_poll_of_25_seconds(fake, make_bot):
    bot = await make_bot()
    await fake.until(lambda: fake.polls)
    started = time.monotonic()
    await bot.stop()
    assert time.monotonic() - started < 3


async def test_a_connection_that_breaks_while_polling_is_made_again(fake, bot, texts):
    fake.fault("drop_after", method="getUpdates")
    fake.say("hello")
    await fake.until(lambda: texts() == ["Echo: hello"])


async def test_files_are_fetched_up_to_a_limit(fake, bot, adapters):
    stored = fake.world.add_file("a.pdf", b"x" * 1000, "application/pdf")
    adapter = adapters[-1]
    assert await adapter.fetch(Attachment("file", ref=stored.id), limit_bytes=1000) == b"x" * 1000
    for attachment, limit in (
        (Attachment("file", ref=stored.id), 999),
        (Attachment("file", ref="unknown"), 999),
        (Attachment("location", ref="geo:1,2"), 999),
        (Attachment("file"), 999),
        (Attachment("file", ref=stored.id, size_bytes=10**9), 1000),
    ):
        with pytest.raises(BadInput):
            await adapter.fetch(attachment, limit_bytes=limit)


async def test_two_bots_on_one_telegram_server_do_not_meet(fake, bot, texts):
    """A second fake, on another port, is another platform."""
    async with FakeTelegram("999:" + "B" * 35) as other:
        other.say("hello")
        fake.say("hello")
        await fake.until(lambda: texts() == ["Echo: hello"])
        assert other.calls == []


async def test_after_a_long_silence_updates_may_be_numbered_from_anywhere(fake, make_bot, texts, monkeypatch):
    monkeypatch.setattr("botcore_telegram.polling.IDLE_S", 0.0)
    monkeypatch.setattr("botcore_telegram.polling.POLL_S", 1)
    await make_bot()
    fake.say("before")
    await fake.until(lambda: texts() == ["Echo: before"])
    polls = fake.polls
    await fake.until(lambda: fake.polls > polls + 1)
    fake.updates._next = 7
    fake.say("after")
    fake.say("and on")
    await fake.until(lambda: texts() == ["Echo: before", "Echo: after", "Echo: and on"])
    await fake.until(lambda: len(fake.updates) == 0)


async def test_a_proxy_that_the_environment_names_is_used(fake, make_bot, texts, monkeypatch):
    monkeypatch.setenv("http_proxy", fake.url)  # the fake takes whatever host it is asked for
    await make_bot(base_url="http://telegram.test")
    fake.say("hello")
    await fake.until(lambda: texts() == ["Echo: hello"])
