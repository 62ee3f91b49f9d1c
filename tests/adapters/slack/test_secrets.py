"""A5: no token is ever in a log, an error, a page, the journal or the list of processes."""

from __future__ import annotations

import logging

import httpx
import pytest

from botcore import AuthFailed
from botcore.testing.fake_slack import Setup

pytestmark = pytest.mark.anyio
CANARY = Setup(
    bot_token="xoxb-canary-bot",
    app_token="xapp-canary-app",
    signing_secret="canary-signing",
    client_secret="canary-client",
    ack_timeout_s=1.0,
    time_scale=0.005,
)
SECRETS = ("canary-bot", "canary-app", "canary-signing", "canary-client")


@pytest.mark.parametrize("setup", [CANARY])
async def test_tokens_are_nowhere_even_at_debug(slack, make_bot, section, tmp_path, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    bot = await make_bot(section())
    for number, kind in enumerate(("429", "500", "drop_before", "drop_after", "garbage", "error")):
        user = f"U{number + 3}"
        slack.fail(kind, "chat.postMessage", channel=slack.direct(user), seconds=0.1, error="invalid_auth")
        slack.say("hello", user=user)
    slack.say("look", files=[{"name": "a.png", "content": b"abc"}])
    slack.push_raw({"type": "message", "ts": 5})
    slack.sockets.cut()
    await slack.until(lambda: not any(fault.count for fault in slack.api.faults.all))
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    await bot.stop()
    out = capfd.readouterr()
    config = (tmp_path / "config.yaml").read_bytes()
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "config.yaml"]
    seen = b"".join(path.read_bytes() for path in files) + (out.out + out.err + caplog.text).encode()
    assert b"canary-bot" in config
    assert [secret for secret in SECRETS if secret.encode() in seen] == []


@pytest.mark.parametrize("setup", [CANARY])
async def test_a_token_that_is_refused_is_not_in_the_error(slack, make_bot, section):
    with pytest.raises(AuthFailed) as caught:
        await make_bot(section(bot_token="xoxb-canary-wrong"))
    assert "canary" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("setup", [CANARY])
async def test_pages_and_settings_show_none(slack, make_bot, over_http):
    shared = {"client_id": slack.setup.client_id, "client_secret": "canary-client", "public_url": "http://127.0.0.1:1"}
    bot = await make_bot(over_http(bot_token=None, **shared))
    async with httpx.AsyncClient(base_url=bot.url) as client:
        pages = [await client.get("/slack/install"), await client.get("/slack/oauth_redirect?code=x&state=y")]
    texts = "".join(page.text + str(page.headers) for page in pages)
    settings = next(plugin.settings for plugin in bot.gathered.plugins.loaded if plugin.name == "slack")
    assert "canary" not in texts + repr(settings) + str(settings)
