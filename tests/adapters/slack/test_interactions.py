"""Buttons, commands, shortcuts and forms: once each, and only what was offered."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = pytest.mark.anyio


async def offered(slack, user="U1"):
    slack.say("buttons", user=user)
    channel = slack.direct(user)
    return channel, (await slack.answers(channel))[0]


async def test_a_press_is_answered_once_however_often_it_comes(slack, bot):
    channel, shown = await offered(slack)
    presses = [slack.press(channel, shown.ts, "Two") for _ in range(5)]
    assert await asyncio.gather(*presses) == [{}] * 5
    await slack.answers(channel, count=2)
    slack.say("last")
    await slack.until(lambda: any("last" in said.text for said in slack.bot_said(channel)))
    assert [said.text for said in slack.bot_said(channel)] == ["*Pick*", "You chose two", "echo: last"]


async def test_a_press_in_a_thread_is_answered_there(slack, bot):
    ts = slack.mention("buttons", channel="C1")
    shown = (await slack.answers("C1", ts))[0]
    await slack.press("C1", shown.ts, "One", user="U2")
    assert (await slack.answers("C1", ts, count=2))[1].text == "You chose one"


async def test_a_button_still_works_after_a_restart(slack, make_bot):
    first = await make_bot()
    channel, shown = await offered(slack)
    await first.stop()
    await make_bot()
    await slack.press(channel, shown.ts, "One")
    assert (await slack.answers(channel, count=2))[1].text == "You chose one"


@pytest.mark.parametrize(
    "action_id",
    [
        "0.0.AAAAAAAAAA",
        "zzzzzzzzzzzzz.0.AAAAAAAAAA",
        "1.1.١١١١١١١١١١",
        "one",
        "\x00" * 64,
        "ÿ" * 64,
        "a.b.c",
        "-1.0.AAAAAAAAAA",
    ],
)
async def test_a_forged_button_finds_nothing_and_is_acknowledged(slack, bot, action_id):
    """C9."""
    channel, shown = await offered(slack)
    assert await slack.press(channel, shown.ts, "One", changes={"action_id": action_id}) == {}
    slack.say("last")
    await slack.answers(channel, count=2)
    assert not any("chose" in said.text for said in slack.bot_said(channel))


async def test_a_button_of_another_conversation_is_not_obeyed_and_the_clicker_is_told(slack, bot):
    channel, shown = await offered(slack)
    other, their = await offered(slack, user="U2")
    blocks = slack.team.channels[other].messages[their.ts]["blocks"]
    stolen = next(block for block in blocks if block["type"] == "actions")["elements"][0]["action_id"]
    await slack.press(channel, shown.ts, "One", changes={"action_id": stolen})
    await slack.until(lambda: slack.ephemeral("U1"))
    assert slack.ephemeral("U1") == ["这个按钮是给其他人的。"]
    assert len(slack.bot_said(channel)) == 1


async def test_a_link_needs_no_answer(slack, bot):
    channel, shown = await offered(slack)
    assert await slack.press(channel, shown.ts, "Site") == {}
    assert slack.chat.ephemeral == []


async def test_a_command_is_answered_in_private_and_the_person_is_told(slack, bot):
    told = await slack.command("/ask", "where is it?", channel="C1", user="U2")
    assert told == {"response_type": "ephemeral", "text": "I answer you in our direct messages."}
    assert (await slack.answers(slack.direct("U2")))[0].text == "echo: where is it?"


async def test_a_command_without_words_is_greeted(slack, bot):
    await slack.command("/ask", "", user="U2")
    assert "Ada" in (await slack.answers(slack.direct("U2")))[0].text


async def test_a_shortcut_on_a_message_asks_about_that_message(slack, bot):
    ts = slack.say("where is my parcel?", channel="C1", user="U2")
    assert await slack.people.shortcut(slack.team, "ask", user="U1", channel="C1", message_ts=ts) == {}
    assert (await slack.answers(slack.direct("U1")))[0].text == "echo: where is my parcel?"


async def test_a_global_shortcut_is_a_choice(slack, bot):
    assert await slack.people.shortcut(slack.team, "returns", user="U1") == {}
    assert (await slack.answers(slack.direct("U1")))[0].text == "You chose returns"


async def test_a_form_is_closed_and_its_words_arrive_where_it_belongs(slack, bot):
    ts = slack.mention("hello", channel="C1")
    await slack.answers("C1", ts)
    place = f"slack:{slack.team.id}:C1:{ts}"
    answer = await slack.people.submit_view(slack.team, "order", {"number": "4711"}, user="U1", private_metadata=place)
    assert answer == {"response_action": "clear"}
    assert (await slack.answers("C1", ts, count=2))[1].text == "You chose order"


async def test_what_cannot_be_stored_is_not_acknowledged(slack, quick_adapter):
    host = await quick_adapter()
    host.is_full = True
    assert await slack.command("/ask", "x") is None
    host.is_full = False
    assert await slack.command("/ask", "x") is not None
