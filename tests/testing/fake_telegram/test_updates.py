"""getUpdates and webhooks of the fake keep the Bot API's rules."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

pytestmark = pytest.mark.anyio


def ids(reply):
    return [update["update_id"] for update in reply["result"]]


async def test_an_update_comes_again_until_a_higher_offset_confirms_it(fake, call):
    fake.say("one")
    fake.say("two")
    first, second = ids(await call("getUpdates"))
    assert ids(await call("getUpdates", offset=first)) == [first, second]
    assert ids(await call("getUpdates", offset=first + 1)) == [second]
    assert ids(await call("getUpdates")) == [second]
    assert ids(await call("getUpdates", offset=second + 1)) == []


async def test_limit_cuts_and_a_negative_offset_keeps_the_last(fake, call):
    for number in range(5):
        fake.say(str(number))
    all_ids = ids(await call("getUpdates"))
    assert ids(await call("getUpdates", limit=2)) == all_ids[:2]
    assert ids(await call("getUpdates", offset=-1)) == all_ids[-1:]
    assert ids(await call("getUpdates")) == all_ids[-1:]


async def test_a_long_poll_returns_when_something_comes(fake, call):
    asyncio.get_running_loop().call_later(0.05, fake.say, "hello")
    reply = await call("getUpdates", timeout=20)
    assert [update["message"]["text"] for update in reply["result"]] == ["hello"]
    assert fake.polls == 1


async def test_of_two_pollers_the_first_is_told_of_the_conflict(fake, call):
    first = asyncio.create_task(call("getUpdates", timeout=20))
    await fake.until(lambda: fake.polls == 1)
    second = asyncio.create_task(call("getUpdates", timeout=20))
    assert (await first)["error_code"] == 409
    fake.say("hello")
    assert len((await second)["result"]) == 1


async def test_the_last_list_of_allowed_updates_sticks(fake, call):
    await call("getUpdates", allowed_updates=["callback_query"])
    fake.say("not wanted")
    assert ids(await call("getUpdates")) == []
    await call("getUpdates", allowed_updates=[])
    fake.say("wanted")
    assert len(ids(await call("getUpdates"))) == 1


@pytest.fixture
async def receiver():
    """An HTTP server that notes what is pushed, and answers with the next of `statuses`."""
    got, statuses = [], []

    async def take(request):
        got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.Response(status=statuses.pop(0) if statuses else 200)

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got, statuses
    await runner.cleanup()


async def test_a_webhook_gets_each_update_with_the_secret_until_it_says_200(fake, call, receiver):
    url, got, statuses = receiver
    statuses += [500, 503]
    fake.updates.back_off_s = 0.01
    await call("setWebhook", url=url, secret_token="s3cret-of-the-hook")
    fake.say("hello")
    await fake.until(lambda: len(fake.updates) == 0)
    assert [secret for secret, _ in got] == ["s3cret-of-the-hook"] * 3
    assert len({update["update_id"] for _, update in got}) == 1
    assert (await call("getUpdates"))["error_code"] == 409
    assert (await call("getWebhookInfo"))["result"]["url"] == url
    await call("deleteWebhook")
    assert (await call("getUpdates"))["ok"]


async def test_a_webhook_must_be_https_and_its_secret_plain(call):
    assert (await call("setWebhook", url="http://bot.example/hook"))["error_code"] == 400
    assert (await call("setWebhook", url="https://bot.example/hook", secret_token="with blank"))["error_code"] == 400
