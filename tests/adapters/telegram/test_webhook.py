"""C3: the webhook takes what Telegram sends, and nothing else; 200 only once it is stored."""

from __future__ import annotations

import asyncio
import gc
import io
import json

import aiohttp
import pytest

from botcore import NotReady

pytestmark = pytest.mark.anyio
SECRET = "webhook-secret_of-the-bot"
UPDATE = {
    "update_id": 77,
    "message": {
        "message_id": 1,
        "date": 1_700_000_000,
        "chat": {"id": 1001, "type": "private", "first_name": "Ann"},
        "from": {"id": 1001, "is_bot": False, "first_name": "Ann"},
        "text": "pushed",
    },
}


@pytest.fixture
async def hook(fake, make_bot, unused_port):
    """A bot with a webhook, set."""
    fake.updates.back_off_s = 0.05
    url = f"http://127.0.0.1:{unused_port}"
    running = await make_bot(mode="webhook", url=url, secret=SECRET, port=unused_port)
    await fake.until(lambda: fake.called("setWebhook"))
    running.hook = f"{url}/telegram/webhook"
    return running


@pytest.fixture
async def post(hook):
    """Call the webhook as somebody would: `status = await post(body, secret=..., kind=...)`."""
    async with aiohttp.ClientSession() as session:

        async def call(body, secret=SECRET, kind="application/json", method="POST"):
            data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
            headers = {"Content-Type": kind} | ({"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {})
            async with session.request(method, hook.hook, data=data, headers=headers) as answer:
                await answer.read()
                return answer.status

        yield call


async def test_updates_are_pushed_and_answered(fake, hook, texts):
    for number in range(5):
        fake.say(f"m{number}", user=2000 + number)
    await fake.until(lambda: all(texts(2000 + number) == [f"Echo: m{number}"] for number in range(5)))
    assert {status for _, status in fake.updates.pushed} == {200}
    info = fake.updates.webhook_info()
    assert info["url"].endswith("/telegram/webhook")
    assert info["allowed_updates"] == ["message", "callback_query", "my_chat_member"]
    assert fake.polls == 0


async def test_buttons_and_albums_work_too(fake, hook, texts):
    fake.say("choices")
    await fake.until(lambda: texts() == ["Pick one:"])
    key = fake.press("Track my order")
    await fake.until(lambda: fake.callback_answer(key) == {})
    fake.album(3, caption="look")
    await fake.until(lambda: texts()[-1] == "Got image image image: look")


async def test_what_is_written_after_an_album_is_answered_after_it(fake, hook, texts):
    fake.album(2, caption="look")
    fake.say("what is this?")
    fake.say("other", user=1002)
    await fake.until(lambda: len(texts()) == 2 and texts(1002))
    assert texts() == ["Got image image: look", "Echo: what is this?"]


async def test_an_album_that_cannot_be_stored_is_sent_again(fake, hook, texts, monkeypatch, caplog):
    refused = []
    accept_all = hook._host.accept_all

    async def full(messages):
        if not refused:
            refused.append(messages)
            raise NotReady("The journal is full.")
        return await accept_all(messages)

    monkeypatch.setattr(hook._host, "accept_all", full)
    fake.album(2, caption="look")
    await fake.until(lambda: texts() == ["Got image image: look"])
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_strangers_are_refused(fake, post):
    assert await post(UPDATE, secret=None) == 403
    assert await post(UPDATE, secret="wrong") == 403
    assert await post(UPDATE, secret=SECRET + "x") == 403
    assert await post(UPDATE, secret="sécret") == 403
    assert await post(b"", method="GET") == 405
    assert fake.shown() == []


async def test_the_charset_may_be_named(fake, post, texts):
    fake.world.chat(1001)
    assert await post(UPDATE, kind="application/json; charset=utf-8") == 200
    await fake.until(lambda: texts() == ["Echo: pushed"])


async def test_one_update_three_times_is_one_answer(fake, post, texts):
    fake.world.chat(1001)
    assert [await post(UPDATE) for _ in range(3)] == [200, 200, 200]
    assert await post({**UPDATE, "update_id": 78}) == 200
    await fake.until(lambda: len(texts()) == 2)
    await asyncio.sleep(0.1)
    assert len(texts()) == 2


BAD = {
    "no json": b"{",
    "no utf-8": b'{"update_id": 1, "x": "\xff"}',
    "a list": b"[]",
    "true": b'{"update_id": true}',
    "deep": b"[" * 100_000,
    "deep object": b'{"update_id": 1, "x": ' + b'{"x":' * 100_000,
    "empty": b"",
    "null": b"null",
    "a number": b"12",
    "long number": b'{"update_id": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_bodies_are_refused_and_counted(hook, post, name):
    assert await post(BAD[name]) == 400
    page = hook.metrics.page().decode()
    assert 'telegram_webhook_refused_total{why="' in page


async def test_other_kinds_of_bodies_and_too_large_ones_are_refused(post):
    assert await post(UPDATE, kind="text/plain") == 400
    assert await post(b" " * 5_000_000) == 413
    assert await post(b'{"update_id": 1, "x": "' + b"x" * 1_100_000 + b'"}') == 413


async def test_poison_is_kept_and_not_sent_again(post, letters):
    assert await post({"update_id": 80, "message": {"text": None}}) == 200
    assert len(letters()) == 1


async def test_what_cannot_be_stored_is_sent_again(fake, hook, adapters, texts):
    intake = adapters[-1]._intake
    host, failures = intake._host, []

    class Full:
        """A host whose journal cannot write for a while."""

        def __getattr__(self, name):
            return getattr(host, name)

        async def accept_all(self, messages):
            if len(failures) < 2:
                failures.append(messages)
                raise NotReady("The disk is full.")
            return await host.accept_all(messages)

    intake._host = Full()
    fake.say("kept")
    await fake.until(lambda: texts() == ["Echo: kept"])
    assert [status for _, status in fake.updates.pushed] == [503, 503, 200]


async def test_while_the_bot_is_away_telegram_keeps_what_comes(fake, hook, make_bot, texts, unused_port):
    await hook.stop()
    fake.say("missed")
    await fake.until(lambda: fake.updates.pushed)
    await make_bot(mode="webhook", url=f"http://127.0.0.1:{unused_port}", secret=SECRET, port=unused_port)
    await fake.until(lambda: texts() == ["Echo: missed"])


async def test_without_a_secret_of_its_own_the_bot_makes_one(fake, make_bot, unused_port, texts):
    await make_bot(mode="webhook", url=f"http://127.0.0.1:{unused_port}", port=unused_port)
    await fake.until(lambda: fake.called("setWebhook"))
    assert len(fake.called("setWebhook")[0]["secret_token"]) == 64
    fake.say("hello")
    await fake.until(lambda: texts() == ["Echo: hello"])


async def test_polling_takes_a_webhook_away_and_loses_nothing(fake, hook, make_bot, texts):
    await hook.stop()
    fake.say("waiting")
    await make_bot()
    await fake.until(lambda: texts() == ["Echo: waiting"])
    assert fake.called("deleteWebhook") == [{"drop_pending_updates": False}]


async def test_without_a_url_the_webhook_is_somebody_elses_to_set(fake, make_bot, unused_port, texts):
    await make_bot(mode="webhook", secret=SECRET, port=unused_port)
    fake.world.chat(1001, "Ann")
    url = f"http://127.0.0.1:{unused_port}/telegram/webhook"
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(url, json=UPDATE) as answer:
        assert answer.status == 200
    await fake.until(lambda: texts() == ["Echo: pushed"])
    assert not fake.called("setWebhook")
