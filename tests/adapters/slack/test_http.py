"""HTTP mode: nothing unsigned comes in, nothing odd breaks it, nothing is acknowledged before it is safe."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import httpx
import pytest

from botcore.testing.fake_slack import signed_headers

pytestmark = pytest.mark.anyio
BODY = b'{"type":"event_callback"}'


@pytest.fixture
async def bot(slack, make_bot, over_http):
    bot = await make_bot(over_http())
    slack.push_to(f"{bot.url}/slack/events")
    return bot


@pytest.fixture
async def post(slack, bot):
    """`await post(body, at=..., **changes)`: a signed request with some of it changed."""
    async with httpx.AsyncClient(base_url=bot.url) as client:

        async def send(body=BODY, *, at=None, secret=None, sign=None, **headers):
            signed = signed_headers(secret or slack.setup.signing_secret, sign or body, at=at)
            lower = {name.lower().encode(): value.encode() for name, value in signed.items()}
            for name, value in headers.items():
                key = name.replace("_", "-").lower().encode()
                if value is None:
                    lower.pop(key)
                else:
                    lower[key] = value if isinstance(value, bytes) else value.encode()
            lower.setdefault(b"content-type", b"application/json")
            return await client.post("/slack/events", content=body, headers=list(lower.items()))

        yield send


STAMP, SIGNATURE = "X_Slack_Request_Timestamp", "X_Slack_Signature"


def refused():
    """C1."""
    return {
        "another secret": {"secret": "other"},
        "301 s old": {"at": time.time() - 301},
        "301 s ahead": {"at": time.time() + 302},
        "a stamp of letters": {STAMP: "abc"},
        "a negative stamp": {STAMP: "-1"},
        "a stamp with an exponent": {STAMP: "1e9"},
        "an empty stamp": {STAMP: ""},
        "a stamp of 400 digits": {STAMP: "1" * 400},
        "a stamp in Arabic digits": {STAMP: "١٢٣".encode()},
        "no stamp": {STAMP: None},
        "no signature": {SIGNATURE: None},
        "an empty signature": {SIGNATURE: ""},
        "a signature outside ASCII": {SIGNATURE: "v0=é".encode("latin-1")},
        "another version": {SIGNATURE: "v1=" + "0" * 64},
        "another body": {"sign": BODY + b" "},
        "not UTF-8": {"body": b"\xff\xfe", "sign": b"\xff\xfe"},
    }


@pytest.mark.parametrize("name", refused())
async def test_what_is_not_certainly_from_slack_gets_401_and_one_line(post, name, capfd):
    changes = refused()[name]
    assert (await post(changes.pop("body", BODY), **changes)).status_code == 401
    out = capfd.readouterr()
    assert (out.out + out.err).count("slack_request_refused") == 1
    assert "Traceback" not in out.out + out.err


async def test_an_upper_case_signature_and_two_headers_are_refused(slack, bot):
    signed = signed_headers(slack.setup.signing_secret, BODY)
    stamp, signature = signed["X-Slack-Request-Timestamp"], signed["X-Slack-Signature"]
    shouted = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + signature[3:].upper()}
    twice = [*signed.items(), ("X-Slack-Signature", signature)]
    async with httpx.AsyncClient(base_url=bot.url) as client:
        for headers in (shouted, twice):
            assert (await client.post("/slack/events", content=BODY, headers=headers)).status_code == 401


async def test_too_large_a_body_is_refused_before_it_is_read(post):
    assert (await post(b"x" * (1024 * 1024 + 1))).status_code == 413


async def test_odd_bodies_that_are_signed_are_taken_and_kept(post, bot):
    deep = b"[" * 50_000
    for body in (
        b"",
        b"[]",
        b"null",
        b"{",
        deep,
        b'{"event":"x"}',
        b'{"type":"event_callback","team_id":5,"event":{}}',
    ):
        assert (await post(body)).status_code == 200
    assert (await bot.health())["status"] == "ready"


async def test_get_is_no_way_in(bot):
    async with httpx.AsyncClient(base_url=bot.url) as client:
        assert (await client.get("/slack/events")).status_code == 405


async def test_the_url_is_verified(post):
    answer = await post(json.dumps({"type": "url_verification", "challenge": "c4"}).encode())
    assert answer.json() == {"challenge": "c4"}


async def test_events_presses_and_commands_come_in_at_one_url(slack, bot):
    slack.say("buttons")
    dm = slack.direct("U1")
    shown = (await slack.answers(dm))[0]
    assert await slack.press(dm, shown.ts, "Two") == {}
    assert (await slack.answers(dm, count=2))[1].text == "You chose two"
    told = await slack.command("/ask", "what?", user="U2")
    assert told["response_type"] == "ephemeral"
    assert (await slack.answers(slack.direct("U2")))[0].text == "echo: what?"
    assert await slack.people.submit_view(slack.team, "form", {}, user="U2") == {"response_action": "clear"}


async def test_replays_and_retries_are_answered_once(slack, bot, post):
    """C2: the same signed request three times, the same event with retry numbers 1 to 3."""
    slack.say("hello")
    dm = slack.direct("U1")
    await slack.answers(dm)
    body = json.dumps(slack.wire.events[0]).encode()
    statuses = [(await post(body)).status_code for _ in range(3)]
    statuses += [(await post(body, X_Slack_Retry_Num=number)).status_code for number in "123"]
    assert statuses == [200] * 6
    slack.say("last")
    await slack.answers(dm, count=2)
    assert [shown.text for shown in slack.bot_said(dm)] == ["echo: hello", "echo: last"]


async def test_a_retry_after_the_start_is_answered(slack, bot, make_bot, over_http):
    """While the bot is away Slack gets no answer, and tries again."""
    port = int(bot.url.rpartition(":")[2])
    await bot.stop()
    slack.say("hello")
    await asyncio.sleep(0.05)
    await make_bot(over_http(port=port))
    assert (await slack.answers(slack.direct("U1")))[0].text == "echo: hello"


async def test_a_form_with_a_bad_payload_is_kept(post):
    body = urlencode({"payload": "{"}).encode()
    assert (await post(body, Content_Type="application/x-www-form-urlencoded")).status_code == 200


def test_the_signature_is_slacks_own():
    """The example of Slack's documentation."""
    secret, stamp = "8f742231b10e8888abcd99yyyzzz85a5", "1531420618"
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        "foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
        "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    expected = "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert digest == expected
    from botcore_slack.signing import flaw

    headers = [(b"X-Slack-Request-Timestamp", stamp.encode()), (b"x-slack-signature", f"v0={expected}".encode())]
    assert flaw(headers, body.encode(), secret, float(stamp)) is None
