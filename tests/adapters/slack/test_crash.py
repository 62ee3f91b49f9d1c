"""The process ends at any point of a send: the next one finishes it, and every part is there once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from botcore import Delivery, File, Preview, Reply, User
from botcore_slack import SlackAdapter, SlackSettings

pytestmark = pytest.mark.anyio
TEXT = "\n\n".join(f"Paragraph {number}. " + "word " * 100 for number in range(50))
CALLS = 12  # more than a send makes


@pytest.fixture
def begin(slack, memory_host, section, tmp_path):
    """`async with begin() as adapter`: the adapter of a process, all of them on the same kept values."""
    (tmp_path / "a.pdf").write_bytes(b"x" * 50)

    async def start():
        settings = SlackSettings(**section()).model_copy(update={"base_dir": tmp_path})
        adapter = SlackAdapter(settings, preview_every_s=0)
        await adapter.start(memory_host)
        return adapter

    return start


async def finish(adapter, delivery):
    for attempt in range(1, 8):
        result = await adapter.send(replace(delivery, attempt=attempt, is_ambiguous=attempt == 1))
        if type(result).__name__ != "Retry":
            return result
    raise AssertionError(result)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("where", ["direct", "thread"])
@pytest.mark.parametrize("preview", [False, True])
async def test_a_crash_at_any_call_loses_nothing_and_repeats_nothing(slack, begin, kind, where, preview):
    for call in range(CALLS):
        user = f"U{call}"
        if where == "direct":
            to, channel, thread = slack.say("question", user=user), slack.direct(user), None
        else:
            channel = f"C{call}"
            to = thread = slack.mention("question", user=user, channel=channel)
        conversation = ":".join(("slack", slack.team.id, channel, *([thread] if thread else [])))
        key, turn = f"key{where}{preview}{call}", f"turn{call}"
        reply = Reply(TEXT, content=(File("a.pdf"),))
        delivery = Delivery(key, "slack", conversation, reply, seq=1, turn=turn, to=to)
        first = await begin()
        slack.fail(kind, channel=channel, skip=call)
        if preview:
            for text in ("Paragraph", "Paragraph 0. word word"):
                shown = Preview(turn, "slack", conversation, text, User(f"{slack.team.id}:{user}"), to)
                await asyncio.wait_for(first.preview(shown), 10)
        await first.send(delivery)
        # The process ends here: what it knew is gone, what it kept is not.
        await first._session.close()
        slack.api.faults.clear()
        second = await begin()
        result = await finish(second, delivery)
        assert type(result).__name__ == "Sent"
        said = slack.bot_said(channel, thread)
        words = " ".join(shown.text for shown in said)
        counted = Counter(word for word in words.split() if word.rstrip(".").isdigit())
        assert counted == Counter(f"{number}." for number in range(50)), f"call {call}"
        assert [shown.files for shown in said if shown.files] == [("a.pdf",)]
        assert not any(shown.is_streaming for shown in said)
        await second.stop()
