"""A reply is shown while it is made: as a draft in private chats, by edits in groups; and it is always completed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from botcore import Delivery, NotReady, Preview, Reply, Retry, Sent, User
from botcore_telegram.previews import DRAFT_EVERY_S, EDIT_EVERY_S

pytestmark = pytest.mark.anyio
GROUP = -1009
ANN = User("1001")


@dataclass
class Stage:
    """The adapter of a real bot, told to show things as the core would tell it."""

    adapter: object
    conversation: str
    shown: list[str] = field(default_factory=list)

    async def preview(self, text: str, turn: str = "t1") -> None:
        await self.adapter.preview(Preview(turn, "telegram", self.conversation, text, ANN))

    async def send(self, reply: Reply, turn: str = "t1", key: str = "k1", **more) -> object:
        return await self.adapter.send(Delivery(key, "telegram", self.conversation, reply, seq=1, turn=turn, **more))


@pytest.fixture
def stage(adapters, fake):
    fake.world.chat(1001)
    fake.group(GROUP)

    def make(conversation):
        return Stage(adapters[-1], conversation)

    return make


async def test_in_private_a_draft_grows_and_gives_way_to_the_message(fake, stage, bot, texts):
    private = stage("telegram:123456:1001")
    await private.preview("We")
    started = asyncio.get_running_loop().time()
    await private.preview("We **ship**")
    assert asyncio.get_running_loop().time() - started >= DRAFT_EVERY_S - 0.1
    assert fake.drafts() == ["We ship"]
    assert len({call["draft_id"] for call in fake.called("sendMessageDraft")}) == 1
    assert isinstance(await private.send(Reply("We **ship** worldwide.")), Sent)
    assert fake.drafts() == []
    assert texts() == ["We ship worldwide."]


async def test_in_a_group_one_message_is_edited_to_its_end(fake, stage, bot, texts):
    group = stage(f"telegram:123456:{GROUP}:u1001")
    await group.preview("We")
    assert texts(GROUP) == ["We"]
    started = asyncio.get_running_loop().time()
    await group.preview("We ship")
    assert asyncio.get_running_loop().time() - started >= EDIT_EVERY_S - 0.1
    result = await group.send(Reply("We ship worldwide. " + "word " * 1000))
    assert isinstance(result, Sent)
    assert len(texts(GROUP)) == 2
    assert texts(GROUP)[0].startswith("We ship worldwide.")
    assert texts(GROUP)[1].endswith("word")


async def test_a_preview_that_is_the_whole_reply_already_is_left_as_it_is(fake, stage, bot, texts):
    group = stage(f"telegram:123456:{GROUP}:u1001")
    await group.preview("We ship")
    assert isinstance(await group.send(Reply("We ship")), Sent)
    assert texts(GROUP) == ["We ship"]
    assert isinstance(await group.send(Reply("Next"), turn="t2", key="k2"), Sent)
    assert texts(GROUP) == ["We ship", "Next"]


async def test_an_edit_whose_answer_is_lost_is_simply_repeated(fake, stage, bot, texts):
    group = stage(f"telegram:123456:{GROUP}:u1001")
    await group.preview("We")
    for _ in range(3):
        fake.fault("drop_after", method="editMessageText")
        assert not isinstance(await group.send(Reply("We ship")), Sent)
    assert isinstance(await group.send(Reply("We ship")), Sent)
    assert texts(GROUP) == ["We ship"]


async def test_what_a_crash_left_unfinished_is_finished(fake, stage, make_bot, texts):
    first = await make_bot()
    await stage(f"telegram:123456:{GROUP}:u1001").preview("We sh")
    await first.stop()
    await make_bot()
    group = stage(f"telegram:123456:{GROUP}:u1001")
    assert isinstance(await group.send(Reply("We ship")), Sent)
    assert texts(GROUP) == ["We ship"]


async def test_what_a_crash_left_unfinished_is_not_written_over_by_another_turn(fake, stage, make_bot, texts):
    first = await make_bot()
    await stage(f"telegram:123456:{GROUP}:u1001").preview("We sh")
    await first.stop()
    await make_bot()
    group = stage(f"telegram:123456:{GROUP}:u1001")
    await group.preview("Your", turn="another")
    await group.send(Reply("Your order"), turn="another")
    assert texts(GROUP) == ["We sh", "Your order"]


async def test_a_journal_that_cannot_forget_a_preview_does_not_double_the_reply(
    fake, stage, bot, adapters, texts, monkeypatch
):
    group = stage(f"telegram:123456:{GROUP}:u1001")
    await group.preview("We")

    async def full(_key):
        raise NotReady("The journal is full.")

    monkeypatch.setattr(adapters[-1]._previews._kept, "pop", full)
    assert isinstance(await group.send(Reply("We ship")), Sent)
    assert isinstance(await group.send(Reply("And back"), key="k2"), Sent)
    assert texts(GROUP) == ["We ship", "And back"]


async def test_a_group_that_moved_after_the_preview_gets_its_reply(fake, stage, bot, texts):
    old = -77
    fake.group(old)
    group = stage(f"telegram:123456:{old}:u1001")
    await group.preview("We")
    fake.world.chats[old].moved_to = -10077  # and the update that tells of it has not come yet
    fake.group(-10077)
    assert isinstance(await group.send(Reply("We ship")), Sent)
    assert texts(-10077) == ["We ship"]


async def test_a_preview_that_hangs_is_not_followed_by_others(fake, stage, bot, texts):
    group = stage(f"telegram:123456:{GROUP}:u1001")
    fake.fault("delay_after", method="sendMessage", seconds=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await group.preview("We")
    await group.preview("We ship")
    assert texts(GROUP) == ["We"]


async def test_a_reply_of_another_turn_leaves_the_preview_alone(fake, stage, bot, texts):
    group = stage(f"telegram:123456:{GROUP}:u1001")
    await group.preview("So far", turn="t2")
    await group.send(Reply("Earlier answer"), turn="t1")
    await group.send(Reply("So far, so good"), turn="t2", key="k2")
    assert texts(GROUP) == ["So far, so good", "Earlier answer"]


async def test_a_deleted_preview_is_no_loss(fake, stage, bot, texts):
    group = stage(f"telegram:123456:{GROUP}:u1001")
    await group.preview("We")
    fake.world.chats[GROUP].messages.clear()
    assert isinstance(await group.send(Reply("We ship")), Sent)
    assert texts(GROUP) == ["We ship"]


@pytest.mark.parametrize("kind", ["429", "status", "drop_before"])
async def test_previews_end_when_telegram_objects_and_the_reply_is_whole(fake, stage, bot, texts, kind):
    private = stage("telegram:123456:1001")
    fake.fault(kind, method="sendMessageDraft")
    await private.preview("We")
    await private.preview("We ship")
    assert len(fake.called("sendMessageDraft")) == (1 if kind != "drop_before" else 0)
    await asyncio.sleep(1.0 if kind == "429" else 0)
    assert isinstance(await private.send(Reply("We ship worldwide.")), Sent)
    assert texts() == ["We ship worldwide."]


async def test_blank_previews_and_long_ones(fake, stage, bot):
    private = stage("telegram:123456:1001")
    await private.preview("**")
    await private.preview("word " * 2000)
    assert len(fake.drafts()) == 1


async def test_the_previews_of_a_group_share_its_pace(fake, stage, bot, texts):
    await stage(f"telegram:123456:{GROUP}:u1001").preview("We", turn="t1")
    started = asyncio.get_running_loop().time()
    await stage(f"telegram:123456:{GROUP}:u1002").preview("You", turn="t2")
    assert asyncio.get_running_loop().time() - started >= EDIT_EVERY_S - 0.1
    assert texts(GROUP) == ["We", "You"]


async def test_a_preview_that_must_wait_for_an_hour_is_no_reason_to_give_up_the_reply(fake, stage, bot):
    private = stage("telegram:123456:1001")
    fake.fault("429", method="sendMessageDraft", retry_after=3600)
    await private.preview("We")
    result = await private.send(Reply("We ship"))
    assert isinstance(result, Retry)
    assert result.after_s <= 60
