"""Each part of a reply is shown once: over rate limits, lost answers, and whatever Slack refuses."""

from __future__ import annotations

import asyncio
import time

import pytest

pytestmark = pytest.mark.anyio
FAULTS = ("drop_before", "drop_after", "500", "garbage")


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(slack, bot, kind):
    slack.fail(kind, "chat.postMessage")
    slack.say("hello")
    dm = slack.direct("U1")
    await slack.answers(dm)
    slack.say("next")
    await slack.answers(dm, count=2)
    assert [shown.text for shown in slack.bot_said(dm)] == ["echo: hello", "echo: next"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("part", [0, 1])
async def test_in_a_thread_and_in_the_middle_of_a_long_reply_too(slack, bot, kind, part):
    slack.fail(kind, "chat.postMessage", skip=part)
    ts = slack.mention("long", channel="C1")
    await slack.answers("C1", ts, count=2)
    slack.say("next", channel="C1", thread_ts=ts)
    await slack.until(lambda: any("next" in shown.text for shown in slack.bot_said("C1", ts)))
    words = " ".join(shown.text for shown in slack.bot_said("C1", ts)).split()
    assert words.count("Paragraph") == 25


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_a_file_is_shown_once_too(slack, bot, tmp_path, kind, method):
    for name in ("a.png", "b.pdf"):
        (tmp_path / name).write_bytes(b"x" * 100)
    slack.fail(kind, method)
    slack.say("files a.png b.pdf")
    dm = slack.direct("U1")
    await slack.answers(dm, count=3)
    slack.say("next")
    await slack.until(lambda: any("next" in shown.text for shown in slack.bot_said(dm)))
    assert [shown.files for shown in slack.bot_said(dm)] == [(), ("a.png",), ("terms.pdf",), ()]


async def test_without_the_scope_to_look_a_lost_answer_is_sent_once_more(slack, bot):
    slack.say("hello")
    slack.team.scopes.discard("im:history")
    slack.fail("drop_after", "chat.postMessage")
    dm = slack.direct("U1")
    said = await slack.answers(dm, count=2)
    assert [shown.text for shown in said] == ["echo: hello"] * 2


async def test_what_must_not_come_twice_is_left_to_the_operator(slack, bot):
    slack.say("code")
    slack.team.scopes.discard("im:history")
    slack.fail("drop_after", "chat.postMessage")
    dm = slack.direct("U1")
    await slack.answers(dm)
    slack.team.scopes.add("im:history")
    slack.say("next")
    await slack.until(lambda: any("next" in shown.text for shown in slack.bot_said(dm)))
    assert [shown.text for shown in slack.bot_said(dm)] == ["Your code is 1234", "echo: next"]


async def test_a_rate_limit_is_honoured_and_other_channels_go_on(slack, bot):
    """C6: retry_after 1."""
    dm, other = slack.direct("U1"), slack.direct("U2")
    slack.fail("429", "chat.postMessage", channel=dm, seconds=1)
    began = time.monotonic()
    slack.say("hello")
    await slack.until(lambda: slack.calls_of("chat.postMessage"))
    slack.say("hello", user="U2")
    await slack.answers(other)
    assert time.monotonic() - began < 1
    await slack.answers(dm)
    assert time.monotonic() - began >= 1
    assert len(slack.bot_said(dm)) == 1
    assert len([call for call in slack.calls_of("chat.postMessage") if call.params["channel"] == dm]) == 2


async def test_threads_of_a_limited_channel_do_not_all_come_at_once(slack, bot):
    slack.fail("429", "chat.postMessage", channel="C1", seconds=1)
    roots = [slack.mention(str(number), channel="C1") for number in range(3)]
    for root in roots:
        await slack.answers("C1", root)
    limited = [call for call in slack.calls_of("chat.postMessage") if call.status == 429]
    assert len(limited) == 1


async def test_an_hour_is_too_long_to_wait(slack, bot):
    """C6: retry_after 3600 is a dead letter."""
    slack.fail("429", "chat.postMessage", seconds=3600)
    slack.say("hello")
    await slack.until(lambda: slack.calls_of("chat.postMessage"))
    slack.say("next")
    assert [shown.text for shown in await slack.answers(slack.direct("U1"))] == ["echo: next"]
    assert (await bot.health())["dead_letters"] == 1


@pytest.mark.parametrize(
    "error", ["channel_not_found", "is_archived", "account_inactive", "not_in_channel", "token_revoked"]
)
async def test_a_refusal_for_good_is_a_dead_letter_with_its_mend(slack, bot, error, capsys):
    slack.fail("error", "chat.postMessage", error=error)
    slack.say("hello")
    await slack.until(lambda: slack.calls_of("chat.postMessage"))
    slack.say("next")
    await slack.answers(slack.direct("U1"))
    assert (await bot.health())["dead_letters"] == 1
    assert error in capsys.readouterr().out


async def test_a_picture_that_slack_cannot_fetch_does_not_cost_the_words(slack, bot):
    slack.fail("error", "chat.postMessage", error="invalid_blocks")
    slack.say("card")
    shown = (await slack.answers(slack.direct("U1")))[0]
    assert "Kettle" in shown.text
    assert shown.buttons == ()


async def test_a_slow_channel_does_not_hold_up_another(slack, bot):
    dm, other = slack.direct("U1"), slack.direct("U2")
    slack.fail("delay", "chat.postMessage", channel=dm, seconds=3)
    began = time.monotonic()
    slack.say("hello")
    slack.say("hello", user="U2")
    await slack.answers(other)
    assert time.monotonic() - began < 3
    await slack.answers(dm)


async def test_parts_carry_what_finds_them_again(slack, bot):
    slack.say("long")
    dm = slack.direct("U1")
    said = await slack.answers(dm, count=2)
    payloads = [shown.metadata["event_payload"] for shown in said]
    assert [payload["part"] for payload in payloads] == [0, 1]
    assert len({payload["key"] for payload in payloads}) == 1
    ids = {call.params["client_msg_id"] for call in slack.calls_of("chat.postMessage")}
    assert len(ids) == 2
    await asyncio.sleep(0)
