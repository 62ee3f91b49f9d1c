"""Socket Mode: an event is acknowledged once it is safe, and there is always a connection."""

from __future__ import annotations

import asyncio

import pytest

from botcore import AuthFailed
from botcore.testing.fake_slack import Setup

pytestmark = pytest.mark.anyio


async def test_two_connections_are_held_and_events_come_over_both(slack, bot):
    await slack.sockets.wait_for(2)
    for number in range(6):
        slack.say(str(number), user=f"U{number}")
    for number in range(6):
        await slack.answers(slack.direct(f"U{number}"))
    assert all(connection.received for connection in slack.sockets.connections)


async def test_the_same_event_on_both_sockets_is_answered_once(slack, bot):
    """C2."""
    await slack.sockets.wait_for(2)
    slack.say("hello")
    await slack.answers(slack.direct("U1"))
    await slack.sockets.again(slack.wire.events[0])
    await slack.until(lambda: len(slack.sockets.acks) >= 4)  # both copies, the event, and the bot's own message
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    assert len(slack.bot_said(slack.direct("U1"))) == 1


async def test_a_connection_that_is_to_be_renewed_is_replaced_before_it_ends(slack, bot):
    await slack.sockets.wait_for(2)
    await slack.sockets.disconnect("warning", close_after_s=1.0)
    await slack.until(lambda: len(slack.sockets.live) >= 2)
    assert len(slack.sockets.connections) == 3
    slack.say("hello")
    await slack.answers(slack.direct("U1"))
    await slack.until(lambda: len(slack.sockets.connections) == 2)
    assert slack.sockets.unacknowledged == []


async def test_both_told_to_go_at_once_nothing_is_lost(slack, bot):
    await slack.sockets.wait_for(2)
    first, second = [connection.number for connection in slack.sockets.live]
    await slack.sockets.disconnect("refresh_requested", number=first, close_after_s=0)
    await slack.sockets.disconnect("refresh_requested", number=second, close_after_s=0)
    slack.say("hello")
    await slack.answers(slack.direct("U1"))
    await slack.sockets.wait_for(2)


async def test_a_cut_connection_comes_back(slack, bot):
    await slack.sockets.wait_for(2)
    slack.sockets.cut()
    slack.say("hello")
    await slack.answers(slack.direct("U1"))
    await slack.until(lambda: slack.sockets.opened == 3)


async def test_a_silent_connection_is_replaced(slack, tmp_path, quick_adapter):
    """No pong: the connection is dead though nobody said so."""
    await quick_adapter(ping_s=0.2)
    await slack.sockets.wait_for(2)
    slack.sockets.fall_silent()
    await slack.until(lambda: slack.sockets.opened == 3)


async def test_slack_away_for_a_while_is_waited_for(slack, bot):
    await slack.sockets.wait_for(2)
    slack.fail("500", "apps.connections.open", count=3)
    slack.sockets.cut()
    slack.sockets.cut()
    await slack.sockets.wait_for(2)
    slack.say("hello")
    await slack.answers(slack.direct("U1"))


async def test_what_the_journal_cannot_take_is_not_acknowledged_and_comes_again(slack, quick_adapter):
    host = await quick_adapter()
    host.is_full = True
    slack.say("hello")
    await slack.until(lambda: len(slack.sockets.envelopes) >= 2)
    assert slack.sockets.acks == []
    host.is_full = False
    await slack.until(lambda: slack.sockets.acks)
    assert [message.text for message in host.accepted] == ["hello"]


async def test_messages_of_a_conversation_keep_their_order_though_names_are_slow(slack, bot):
    slack.fail("delay", "users.info", seconds=0.3, count=1)
    for number in range(5):
        slack.say(str(number))
    said = await slack.answers(slack.direct("U1"), count=5)
    assert [shown.text for shown in said] == [f"echo: {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({"bot_token": "xoxb-wrong"}, "copy it again"),
        ({"app_token": "xapp-wrong"}, "copy it again"),
    ],
)
async def test_a_token_that_slack_does_not_know_stops_the_start(slack, make_bot, section, changes, mend):
    with pytest.raises(AuthFailed, match=mend):
        await make_bot(section(**changes))


async def test_an_app_that_was_removed_stops_the_start(slack, make_bot):
    slack.team.token_error = "account_inactive"
    with pytest.raises(AuthFailed, match="install it again"):
        await make_bot()


@pytest.mark.parametrize("setup", [Setup(ack_timeout_s=3.0, time_scale=0.005)])
async def test_many_conversations_are_answered_each_in_its_order(slack, bot):
    for round_ in range(5):
        for user in range(20):
            slack.say(str(round_), user=f"U{user}")
    for user in range(20):
        said = await slack.answers(slack.direct(f"U{user}"), count=5)
        assert [shown.text for shown in said] == [f"echo: {round_}" for round_ in range(5)]
    await asyncio.sleep(0)
    assert len(slack.calls_of("chat.postMessage")) == 100
