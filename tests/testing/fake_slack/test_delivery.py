"""Events come until they are acknowledged; interactions come once; faults do what they say."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web as http
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from botcore.testing.fake_slack import FakeSlack

pytestmark = pytest.mark.anyio


async def test_an_event_that_is_not_acknowledged_comes_again_in_a_new_envelope(slack, app):
    app.skip = 2
    slack.say("hi")
    got = [await app.next() for _ in range(3)]
    assert len({envelope["envelope_id"] for envelope in got}) == 3
    assert len({envelope["payload"]["event_id"] for envelope in got}) == 1
    assert [envelope.get("retry_attempt") for envelope in got] == [None, 1, 2]
    assert got[1]["retry_reason"] == "timeout"
    assert slack.sockets.unacknowledged == []


async def test_after_four_deliveries_an_event_is_given_up(slack, app):
    app.skip = 4
    slack.say("hi")
    for _ in range(4):
        await app.next()
    await slack.until(lambda: slack.sockets.unacknowledged)


async def test_interactions_are_not_repeated(slack, app):
    app.skip = 1
    assert await slack.command("/ask", "x") is None
    app.answer = {"text": "seen"}
    assert await slack.command("/ask", "x") == {"text": "seen"}
    assert app.envelopes.qsize() == 2


async def test_a_mention_is_two_events_of_one_ts_and_the_bots_own_words_come_too(slack, app, web):
    ts = slack.mention("hello", channel="C1")
    pair = [(await app.next())["payload"] for _ in range(2)]
    assert {payload["event"]["type"] for payload in pair} == {"message", "app_mention"}
    assert [payload["event"]["ts"] for payload in pair] == [ts, ts]
    assert len({payload["event_id"] for payload in pair}) == 2
    posted = await web.chat_postMessage(channel="C1", text="own")
    assert (await app.next())["payload"]["event"]["bot_id"] == slack.team.bot_id
    await web.chat_update(channel="C1", ts=posted["ts"], text="changed")
    assert (await app.next())["payload"]["event"]["subtype"] == "message_changed"


async def test_a_socket_url_is_good_once_and_ten_are_the_most(slack, app, session):
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(app.url)
    assert slack.sockets.violations
    assert (await asyncio.wait_for(app.other.get(), 5))["num_connections"] == 1


async def test_a_warning_comes_before_the_end(slack, app):
    await asyncio.wait_for(app.other.get(), 5)
    await slack.sockets.disconnect("warning", close_after_s=0.01)
    assert (await asyncio.wait_for(app.other.get(), 5))["reason"] == "warning"
    await asyncio.wait_for(app.task, 5)


@asynccontextmanager
async def endpoint(handle):
    app = http.Application()
    app.router.add_post("/slack/events", handle)
    runner = http.AppRunner(app)
    await runner.setup()
    site = http.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def test_pushes_are_signed_and_repeated_with_a_number_and_a_reason():
    got = asyncio.Queue()
    verifier = SignatureVerifier("s3cret")

    async def handle(request):
        body = await request.text()
        assert verifier.is_valid_request(body, dict(request.headers))
        got.put_nowait(request.headers.get("X-Slack-Retry-Num"))
        return http.Response(status=503 if got.qsize() < 3 else 200)

    async with endpoint(handle) as url, FakeSlack(signing_secret="s3cret", time_scale=0.0001) as slack:
        slack.push_to(url)
        slack.say("hi")
        await slack.until(lambda: len(slack.pushes.answers) >= 3)
        assert [got.get_nowait() for _ in range(3)] == [None, "1", "2"]
        assert slack.pushes.answers[1]["headers"]["X-Slack-Retry-Reason"] == "http_error"


async def test_no_retry_is_honoured_and_a_command_is_a_form():
    seen = []

    async def handle(request):
        seen.append(dict(await request.post()))
        if "command" in seen[-1]:
            return http.json_response({"text": "ok"})
        return http.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    async with endpoint(handle) as url, FakeSlack(time_scale=0.0001) as slack:
        slack.push_to(url)
        slack.say("hi")
        assert await slack.command("/ask", "what?") == {"text": "ok"}
        await slack.until(lambda: len(slack.pushes.answers) >= 2)
        assert sorted(form.get("text", "") for form in seen) == ["", "what?"]


async def test_faults_do_what_they_say(slack, web):
    slack.fail("429", "chat.postMessage", seconds=7)
    with pytest.raises(SlackApiError) as caught:
        await web.chat_postMessage(channel="C1", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    slack.fail("drop_before")
    with pytest.raises(aiohttp.ClientError):
        await web.chat_postMessage(channel="C1", text="x")
    assert slack.bot_said("C1") == []
    slack.fail("drop_after", "chat.postMessage", channel="C1")
    with pytest.raises(aiohttp.ClientError):
        await web.chat_postMessage(channel="C1", text="x")
    assert len(slack.bot_said("C1")) == 1
    slack.fail("error", error="fatal_error", skip=1)
    await web.auth_test()
    with pytest.raises(SlackApiError, match="fatal_error"):
        await web.auth_test()


async def test_another_process_drives_it_over_http(slack, web, session):
    async def act(name, **given):
        async with session.post(f"{slack.url}/_control/{name}", json=given) as answer:
            assert answer.status == 200, await answer.text()
            return (await answer.json())["result"]

    ts = await act("say", text="hi", user="U1", channel="C1", files=[{"name": "a.png", "content": "YWJj"}])
    await web.chat_postMessage(channel="C1", text="answer", thread_ts=ts)
    async with session.get(f"{slack.url}/_control/bot_said", params={"channel": "C1", "thread_ts": ts}) as answer:
        assert [message["text"] for message in (await answer.json())["result"]] == ["answer"]
    await act("fail", kind="500", method="auth.test")
    async with session.get(f"{slack.url}/_control/calls") as answer:
        calls = (await answer.json())["result"]
    assert [call["method"] for call in calls] == ["chat.postMessage"]
    assert "xoxb" not in json.dumps(calls)
    async with session.post(f"{slack.url}/_control/fly", json={}) as answer:
        assert answer.status == 404
