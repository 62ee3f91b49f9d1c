"""Who is answered, where, and what the answer looks like; over Socket Mode."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_a_direct_message_is_answered_without_a_thread(slack, bot):
    slack.say("hello")
    answer = (await slack.answers(slack.direct("U1")))[0]
    assert (answer.text, answer.thread_ts) == ("echo: hello", None)
    assert slack.calls_of("chat.postMessage")[0].params["unfurl_links"] is False


async def test_a_thread_in_a_direct_message_is_a_conversation_of_its_own(slack, bot):
    root = slack.say("first")
    dm = slack.direct("U1")
    await slack.answers(dm)
    slack.say("second", thread_ts=root)
    assert [shown.text for shown in await slack.answers(dm, root)] == ["echo: second"]


async def test_a_mention_is_answered_once_and_in_its_thread(slack, bot):
    ts = slack.mention("where is   it?", channel="C1")
    await slack.answers("C1", ts)
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    assert [shown.text for shown in slack.bot_said("C1", ts)] == ["echo: where is it?"]


async def test_in_its_threads_the_bot_answers_without_a_mention_and_elsewhere_it_keeps_silent(slack, bot):
    ts = slack.mention("one", channel="C1")
    await slack.answers("C1", ts)
    slack.say("two", channel="C1", thread_ts=ts, user="U2")
    assert [shown.text for shown in await slack.answers("C1", ts, count=2)] == ["echo: one", "echo: two"]
    other = slack.say("not for the bot", channel="C1")
    slack.say("nor this", channel="C1", thread_ts=other)
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    assert len(slack.calls_of("chat.postMessage")) == 3


async def test_taking_part_in_a_thread_survives_a_restart(slack, make_bot):
    first = await make_bot()
    ts = slack.mention("one", channel="C1")
    await slack.answers("C1", ts)
    await first.stop()
    await make_bot()
    slack.say("two", channel="C1", thread_ts=ts)
    assert (await slack.answers("C1", ts, count=2))[1].text == "echo: two"


async def test_a_bare_mention_is_greeted(slack, bot):
    ts = slack.mention("", channel="C1")
    assert "Ada" in (await slack.answers("C1", ts))[0].text


async def test_a_reply_to_nobody_of_note_is_not_made(slack, bot):
    """Joins, edits, deletions, own and other bots' messages: none is answered."""
    dm = slack.direct("U1")
    ts = slack.say("one")
    await slack.answers(dm)
    slack.people.edit(slack.team, dm, ts, "changed")
    slack.people.delete(slack.team, dm, ts)
    slack.people.join(slack.team, "U2", "C1")
    slack.people.bot_says(slack.team, "I echo", bot="U0OTHER", channel="C1", is_mention=True)
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    assert len(slack.calls_of("chat.postMessage")) == 2


async def test_edits_are_answered_if_the_admin_wants(slack, make_bot, section):
    await make_bot(section(edits="answer"))
    dm = slack.direct("U1")
    ts = slack.say("one")
    await slack.answers(dm)
    slack.people.edit(slack.team, dm, ts, "changed")
    assert [shown.text for shown in await slack.answers(dm, count=2)] == ["echo: one", "echo: changed"]


async def test_two_bots_stop_after_three_turns(slack, make_bot, section):
    """C7: another bot that echoes us."""
    await make_bot(section(other_bots="answer"))
    root = slack.people.bot_says(slack.team, "1", bot="U0OTHER", channel="C1", is_mention=True)
    for number in range(2, 8):
        await slack.answers("C1", root, count=min(number - 1, 3))
        slack.people.bot_says(slack.team, str(number), bot="U0OTHER", channel="C1", thread_ts=root)
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    assert len(slack.bot_said("C1", root)) == 3


async def test_the_bots_own_updates_do_not_loop(slack, bot):
    ts = slack.mention("stream", channel="C1")
    await slack.answers("C1", ts)
    slack.say("last", user="U2")
    await slack.answers(slack.direct("U2"))
    assert len(slack.bot_said("C1", ts)) == 1


async def test_names_and_locales_are_known_and_mentions_are_names(slack, bot):
    slack.say("locale")
    assert (await slack.answers(slack.direct("U1")))[0].text == "Wei zh-CN"
    slack.say("ask <@U2> &lt;now&gt; <https://a.example|here>")
    assert (await slack.answers(slack.direct("U1"), count=2))[1].text == (
        "echo: ask @Ann &lt;now&gt; here (https://a.example)"
    )


async def test_a_slow_directory_does_not_hold_up_an_answer(slack, bot):
    slack.fail("delay", "users.info", seconds=5, count=-1)
    slack.say("hello")
    assert (await slack.answers(slack.direct("U1"), count=1))[0].text == "echo: hello"


async def test_a_name_cannot_mention_a_channel(slack, bot):
    """C8."""
    slack.add_person("U3", "<!channel> *Eve*")
    slack.say("locale", user="U3")
    await slack.answers(slack.direct("U3"))
    slack.say("<http://evil.example|https://bank.example> &lt;!here&gt; @everyone", user="U3")
    await slack.answers(slack.direct("U3"), count=2)
    assert slack.live_markup == []


async def test_a_long_reply_is_cut_within_the_limits_and_nothing_of_it_is_lost(slack, bot):
    slack.say("long")
    said = await slack.answers(slack.direct("U1"), count=2)
    words = " ".join(shown.text for shown in said).split()
    assert words.count("Paragraph") == 25
    assert words.count("word") == 3750


async def test_cards_have_a_picture_facts_and_buttons(slack, bot):
    slack.say("card")
    dm = slack.direct("U1")
    shown = (await slack.answers(dm))[0]
    assert "*Kettle &lt;1&gt;*" in shown.text
    assert "*Price*\n20 EUR" in shown.text
    assert shown.buttons == ("Buy", "Buy", "More")
    await slack.press(dm, shown.ts, "More")
    assert (await slack.answers(dm, count=2))[1].text == "You chose more"


async def test_files_of_the_bots_machine_are_uploaded_between_the_words(slack, bot, tmp_path):
    for name in ("a.png", "b.pdf"):
        (tmp_path / name).write_bytes(b"x" * 100)
    slack.say("files a.png b.pdf")
    said = await slack.answers(slack.direct("U1"), count=3)
    assert [(shown.text, shown.files) for shown in said] == [("Before", ()), ("", ("a.png",)), ("", ("terms.pdf",))]


async def test_a_file_that_is_missing_is_a_dead_letter_and_not_a_loop(slack, bot):
    slack.say("files nothing.png nothing.pdf")
    await slack.answers(slack.direct("U1"))
    slack.say("next")
    assert (await slack.answers(slack.direct("U1"), count=2))[1].text == "echo: next"
    assert (await bot.health())["dead_letters"] == 1


async def test_what_a_person_attaches_can_be_looked_at(slack, bot):
    slack.say("look", files=[{"name": "a.png", "mimetype": "image/png", "content": b"abc"}])
    dm = slack.direct("U1")
    assert (await slack.answers(dm))[0].text == "3 bytes"
    slack.say("see", files=[{"name": "a.png", "mimetype": "image/png", "content": b"abc"}])
    assert (await slack.answers(dm, count=2))[1].text == "echo: see [image a.png]"


async def test_agents_are_called_when_a_channel_goes_to_people(slack, make_bot, section):
    await make_bot(section(agents=["U0ANN", "S01AGENTS"]))
    ts = slack.mention("person", channel="C1")
    answer = (await slack.answers("C1", ts))[0]
    assert answer.text.endswith("<@U0ANN> <!subteam^S01AGENTS>")
    slack.say("person")
    assert "<@" not in (await slack.answers(slack.direct("U1")))[0].text


async def test_an_assistant_thread_begins_with_a_greeting_and_prompts_and_gets_a_title(slack, make_bot, section):
    await make_bot(section(suggestions={"zh": ["我的订单到哪了？"], "en": ["Where is it?"]}))
    channel, thread = slack.people.open_assistant(slack.team, "U1")
    await slack.answers(channel, thread, count=2)
    assistant = slack.methods.assistant(channel, thread)
    await slack.until(lambda: assistant.prompts)
    assert assistant.prompts == [{"title": "我的订单到哪了？", "message": "我的订单到哪了？"}]
    slack.say("slow", thread_ts=thread)
    await slack.answers(channel, thread, count=3)
    await slack.until(lambda: assistant.title)
    assert assistant.title == "slow"
    await slack.until(lambda: slack.methods.statuses)


async def test_poison_is_kept_and_passed(slack, bot):
    for event in (
        {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "text": "x"},
        {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "text": "x", "ts": "tomorrow"},
        {"type": "message", "channel": ["D1"], "channel_type": "im", "user": "U1", "text": "x", "ts": "1.1"},
        {"type": "message", "channel": "D1", "channel_type": "im", "user": {"id": 1}, "text": {"a": 1}, "ts": "1.1"},
        {"type": "assistant_thread_started"},
        {"type": ["message"]},
    ):
        slack.push_raw(event)
    slack.say("hello")
    assert (await slack.answers(slack.direct("U1")))[0].text == "echo: hello"
    await slack.until(lambda: len(slack.sockets.acks) >= 7)
    assert (await bot.health())["dead_letters"] >= 5
