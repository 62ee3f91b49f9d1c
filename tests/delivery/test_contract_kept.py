"""What every delivery engine keeps for channels beside messages: small values, and what nobody could read."""

from __future__ import annotations

import asyncio

import pytest

from botcore.errors import BadInput, NotReady
from botcore.messages import Delivery, Sent

pytestmark = pytest.mark.anyio


async def test_a_kept_value_comes_back_until_it_is_taken(world):
    async with world.running() as engine:
        kept = engine.kept("slack")
        assert await kept.get("token") is None
        await kept.put("token", {"team": "T1", "zh": "值"})
        await kept.put("token", {"team": "T2", "zh": "值"})
        assert await kept.get("token") == {"team": "T2", "zh": "值"}
        assert await kept.pop("token") == {"team": "T2", "zh": "值"}
        assert await kept.pop("token") is None
        assert await kept.get("token") is None


async def test_channels_do_not_see_each_others_values(world):
    async with world.running() as engine:
        await engine.kept("slack").put("x", 1)
        await engine.kept("telegram").put("x", 2)
        assert await engine.kept("slack").find("") == {"x": 1}


async def test_of_many_who_take_a_value_one_gets_it(world):
    async with world.running() as engine:
        kept = engine.kept("slack")
        await kept.put("state", "s")
        found = await asyncio.gather(*(kept.pop("state") for _ in range(20)))
        assert sorted(map(str, found)) == ["None"] * 19 + ["s"]


async def test_of_many_who_add_a_value_one_does(world):
    async with world.running() as engine:
        kept = engine.kept("slack")
        found = await asyncio.gather(*(kept.add("lock", number) for number in range(20)))
        assert sum(found) == 1
        assert await kept.get("lock") == found.index(True)


async def test_a_value_past_its_time_is_gone_and_may_be_added_again(world):
    async with world.running() as engine:
        kept = engine.kept("slack")
        await kept.put("old", 1, expires_s=-1)
        await kept.put("new", 2, expires_s=600)
        assert await kept.get("old") is None
        assert await kept.find("") == {"new": 2}
        assert await kept.add("old", 3, expires_s=-1) is True
        assert await kept.pop("old") is None
        await kept.put("old", 1, expires_s=-1)
        await engine.purge()
        assert await kept.add("old", 4) is True
        assert await kept.get("old") == 4


async def test_a_prefix_finds_exactly_what_begins_with_it(world):
    async with world.running() as engine:
        kept = engine.kept("slack")
        for key in ("a:1", "a:2", "A:3", "a", "b:1", "a%", "a_2"):
            await kept.put(key, key)
        assert list(await kept.find("a:")) == ["a:1", "a:2"]
        assert list(await kept.find("a%")) == ["a%"]


async def test_what_json_cannot_hold_is_refused_with_its_name(world):
    async with world.running() as engine:
        with pytest.raises(BadInput, match="install"):
            await engine.kept("slack").put("install", object())


async def test_kept_values_outlive_the_process_and_go_with_their_conversation(file_world):
    async with file_world.running(file_world.echo) as engine:
        kept = engine.kept("slack")
        await kept.put("preview:c1", "17.4", conversation="c1")
        await kept.put("team", "T")
    async with file_world.running(file_world.echo) as engine:
        kept = engine.kept("slack")
        assert await kept.find("") == {"preview:c1": "17.4", "team": "T"}
        await engine.accept(file_world.message("k1"))
        assert await engine.forget("c1")
        assert await kept.find("") == {"team": "T"}


async def test_a_reply_in_mid_send_may_still_keep_things_while_the_engine_stops(file_world):
    async with file_world.running(file_world.echo) as engine:
        await engine.accept(file_world.message("k1"))
        deliveries = engine.deliveries("web")
        delivery: Delivery = await anext(deliveries)
        stopping = asyncio.create_task(engine.stop(drain_s=5))
        await asyncio.sleep(0)
        await engine.kept("web").put("part", 1)
        await engine.settle(delivery, Sent("7"))
        await stopping
        with pytest.raises(NotReady):
            await engine.kept("web").get("part")
    async with file_world.running() as engine:
        assert await engine.kept("web").get("part") == 1


async def test_several_messages_are_accepted_in_their_order_and_repeats_told(world):
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        messages = [world.message(f"k{number}", text=f"t{number}") for number in range(20)]
        assert await engine.accept_all([messages[3]]) == [True]
        assert await engine.accept_all(messages) == [number != 3 for number in range(20)]
        order = [3, *(number for number in range(20) if number != 3)]
        assert await web.wait_for(20) == [f"re: t{number}" for number in order]
        assert await engine.accept_all([]) == []


async def test_what_nobody_can_read_is_kept_once_shown_and_not_replayed(world):
    async with world.running() as engine:
        for _ in range(3):
            await engine.bury("telegram", "9:17", "no chat", {"update_id": 17, "text": "毒"})
        (letter,) = await engine.dead_letters()
        assert (letter.source, letter.key, letter.error) == ("channel", "telegram:9:17", "no chat")
        assert letter.body == {"update_id": 17, "text": "毒"}
        assert len(world.letters) == 1
        assert await engine.replay(letter.id) is False


async def test_an_answer_knows_its_turn_and_what_it_answers(world):
    from dataclasses import replace

    async with world.running(world.echo) as engine, world.Receiver(engine, replay_safe=False) as web:
        await engine.accept(replace(world.message("k1"), ref="55"))
        await web.wait_for(1)
        assert web.seen[0].to == "55"
        assert web.seen[0].key.startswith(web.seen[0].turn + "-")
        assert next(event.kind for event in await engine.trace(web.seen[0].turn)) == "user"
