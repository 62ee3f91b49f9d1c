"""Faults strike as told, and the fake can be driven from another process."""

from __future__ import annotations

import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from time import monotonic

import aiohttp
import pytest

pytestmark = pytest.mark.anyio


async def test_429_names_the_wait_and_strikes_as_often_as_told(fake, call):
    fake.fault("429", method="sendMessage", chat_id=1001, retry_after=7, count=2)
    fake.world.chat(1002)
    assert (await call("sendMessage", chat_id=1002, text="x"))["ok"]
    for _ in range(2):
        assert (await call("sendMessage", chat_id=1001, text="x"))["parameters"] == {"retry_after": 7}
    assert (await call("sendMessage", chat_id=1001, text="x"))["ok"]


async def test_calls_before_it_are_spared(fake, call):
    fake.fault("status", method="getMe", after=2)
    assert [(await call("getMe"))["ok"] for _ in range(4)] == [True, True, False, True]


async def test_a_dropped_connection_before_and_after_the_send(fake, call):
    fake.fault("drop_before")
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=1001, text="before")
    assert fake.shown() == []
    fake.fault("drop_after")
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=1001, text="after")
    assert [shown["text"] for shown in fake.shown()] == ["after"]


async def test_errors_of_the_server_garbage_and_delays(fake, call):
    fake.fault("status", status=500)
    assert (await call("getMe"))["error_code"] == 500
    fake.fault("malformed")
    with pytest.raises(ValueError, match="decode"):
        await call("getMe")
    fake.fault("delay_before", seconds=0.1, count=None)
    started = monotonic()
    await call("getMe")
    assert monotonic() - started >= 0.1
    fake.mend()
    assert fake.faults.all == []
    with pytest.raises(ValueError, match="no fault"):
        fake.fault("earthquake")


async def test_another_process_can_drive_it():
    command = [sys.executable, "-m", "botcore.testing.fake_telegram", "--token", "42:" + "A" * 35]
    process = await create_subprocess_exec(*command, stdout=PIPE)
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:

            async def control(name, **arguments):
                async with session.post(f"{url}/_control/{name}", json=arguments) as answer:
                    return answer.status, await answer.json()

            status, said = await control("say", text="hello", user={"id": 7, "first_name": "Bo"})
            assert (status, said["text"]) == (200, "hello")
            await session.post(f"{url}/bot42:{'A' * 35}/sendMessage", json={"chat_id": 7, "text": "hi"})
            assert (await control("shown", chat=7))[1][0]["text"] == "hi"
            assert (await control("state"))[1]["waiting"] == 1
            assert [call["method"] for call in (await control("calls"))[1]] == ["sendMessage"]
            assert (await control("press", button="none", user=7))[0] == 400
            assert (await control("nothing"))[0] == 404
            assert (await control("fault", kind="429", retry_after=3))[1]["retry_after"] == 3
    finally:
        process.terminate()
        assert await process.wait() == 0
