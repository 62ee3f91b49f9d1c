"""Replies shown while they are made: a stream in a thread, a message that is updated elsewhere, and always one."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
# What the bot does with the same question after the restart.
DESK_AGAIN = """
from botcore import Plugin

plugin = Plugin("desk")

@plugin.fallback
async def desk(turn):
    if turn.message.text.startswith("stream"):
        turn.preview("Your order")
        return "Your order **4711** left us today. You can follow it on the way."
    return f"echo: {turn.message.text}"
"""
FINAL = "Your order *4711* left us today. You can follow it on the way."


async def settled(slack, channel, thread=None):
    """Once another question was answered, nothing more is coming for the first."""
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    return [(shown.text, shown.is_streaming) for shown in slack.bot_said(channel, thread)]


def methods(slack):
    return [call.method for call in slack.calls if call.method.startswith("chat.")]


async def replied(slack, channel, thread=None, text=FINAL):
    await slack.until(lambda: any(shown.text == text for shown in slack.bot_said(channel, thread)))


async def test_in_a_thread_it_streams_and_the_reply_takes_its_place(slack, make_bot, section):
    await make_bot(section())
    ts = slack.mention("stream 0.8", channel="C1")
    await replied(slack, "C1", ts)
    assert methods(slack)[0] == "chat.startStream"
    assert {"chat.appendStream", "chat.stopStream"} <= set(methods(slack))
    assert await settled(slack, "C1", ts) == [(FINAL, False)]


async def test_in_a_direct_message_one_message_is_updated(slack, bot):
    slack.say("stream 1.3")
    dm = slack.direct("U1")
    await replied(slack, dm)
    assert methods(slack)[0] == "chat.postMessage"
    assert len(slack.calls_of("chat.update")) >= 2
    assert all(call.params["text"].strip() for call in slack.calls_of("chat.update"))
    assert await settled(slack, dm) == [(FINAL, False)]


async def test_updates_keep_their_distance(slack, bot):
    slack.say("stream 0.1")
    dm = slack.direct("U1")
    await replied(slack, dm)
    assert len(slack.calls_of("chat.update")) == 1  # only the reply itself


async def test_a_workspace_that_may_not_stream_gets_updates(slack, bot):
    slack.fail("error", "chat.startStream", error="not_allowed_token_type")
    ts = slack.mention("stream", channel="C1")
    await replied(slack, "C1", ts)
    assert await settled(slack, "C1", ts) == [(FINAL, False)]


async def test_a_stream_that_expired_is_replaced_all_the_same(slack, bot):
    slack.fail("error", "chat.stopStream", error="message_not_in_streaming_state")
    slack.fail("error", "chat.appendStream", error="message_not_in_streaming_state", count=-1)
    slack.chat._stream_lifetime_s = 0.0
    ts = slack.mention("stream 0.8", channel="C1")
    await replied(slack, "C1", ts)
    assert await settled(slack, "C1", ts) == [(FINAL, True)]  # the platform itself ended it long ago


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "500", "429"])
@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"])
async def test_whatever_fails_there_is_one_message_in_the_end(slack, bot, kind, method):
    slack.fail(kind, method)
    ts = slack.mention("stream 0.8", channel="C1")
    await replied(slack, "C1", ts)
    assert await settled(slack, "C1", ts) == [(FINAL, False)]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "500", "429"])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_the_same_in_a_direct_message(slack, bot, kind, method):
    slack.fail(kind, method)
    slack.say("stream")
    dm = slack.direct("U1")
    await replied(slack, dm)
    assert await settled(slack, dm) == [(FINAL, False)]


async def test_stopping_ends_streams_and_the_next_start_finishes_the_message(slack, make_bot):
    first = await make_bot()
    ts = slack.mention("stream 30", channel="C1")
    await slack.until(lambda: any(shown.is_streaming for shown in slack.bot_said("C1", ts)))
    await first.stop(drain_s=0.1)
    assert [shown.is_streaming for shown in slack.bot_said("C1", ts)] == [False]
    await make_bot(plugin=DESK_AGAIN)
    await replied(slack, "C1", ts)
    assert await settled(slack, "C1", ts) == [(FINAL, False)]
