"""C6: floods, broken connections and lost answers: what was not sent is sent, what is in doubt at most once more."""

from __future__ import annotations

import asyncio
import time

import pytest

from botcore import Button, Delivery, Reply, Retry, Sent, Unknown
from botcore.testing.fake_telegram import TOKEN
from botcore_telegram.request import Client, NotReached

pytestmark = pytest.mark.anyio
CONTENT = """
from botcore import Button, Card, Carousel, File, Image, Plugin, Reply
plugin = Plugin("echo")
@plugin.fallback
async def show(turn):
    words = turn.message.text
    if words == "once":
        return Reply("code 1234", at_most_once=True)
    if words.startswith("photo "):
        return Reply("Look:", content=(Image(words[6:], "A chair"),), buttons=(Button("Buy", "buy"),))
    if words.startswith("file "):
        return Reply(content=(File(words[5:], "Manual.pdf"),))
    if words == "odd button":
        return Reply("**See**", buttons=(Button("Site", url="https://bad url"),))
    return Reply("Echo: " + words)
"""


async def test_a_429_holds_up_its_chat_only_and_is_kept_to(fake, bot, texts):
    fake.fault("429", method="sendMessage", chat_id=1001, retry_after=1)
    fake.say("held", user=1001)
    fake.say("free", user=1002)
    await fake.until(lambda: texts(1002) == ["Echo: free"])
    started = next(call.at for call in fake.calls if call.status == 429)
    fake.say("more", user=1001)
    await fake.until(lambda: len(texts(1001)) == 2)
    assert texts(1001) == ["Echo: held", "Echo: more"]
    calls = [call for call in fake.calls if call.method == "sendMessage" and call.parameters["chat_id"] == 1001]
    assert [call.status for call in calls] == [429, 200, 200]
    assert 0.9 <= calls[1].at - started <= 2.5


async def test_an_hour_to_wait_is_a_dead_letter_and_no_further_call(fake, bot, texts, letters):
    fake.fault("429", method="sendMessage", chat_id=1001, retry_after=3600)
    fake.say("held", user=1001)
    await fake.until(lambda: len(fake.called("sendMessage")) == 1)
    fake.say("again", user=1001)
    fake.say("free", user=1002)
    await fake.until(lambda: texts(1002) == ["Echo: free"])
    assert len(fake.called("sendMessage", 1001)) == 1
    async with asyncio.timeout(5):
        while len(letters()) < 2:  # noqa: ASYNC110  # the journal tells of it in no other way
            await asyncio.sleep(0.02)
    assert "3600 s" in letters()[0][1]


@pytest.mark.parametrize(
    ("kind", "more"), [("status", {"status": 502}), ("status", {"status": 500}), ("drop_before", {})]
)
async def test_what_was_not_carried_out_is_sent_again(fake, bot, texts, kind, more):
    fake.fault(kind, method="sendMessage", **more)
    fake.say("hello")
    await fake.until(lambda: texts() == ["Echo: hello"])


async def test_a_lost_answer_is_repeated_once(fake, bot, texts):
    fake.fault("drop_after", method="sendMessage")
    fake.say("hello")
    await fake.until(lambda: len(texts()) == 2)
    fake.say("next")
    await fake.until(lambda: len(texts()) == 3)
    assert texts() == ["Echo: hello", "Echo: hello", "Echo: next"]


async def test_lost_twice_it_is_left_at_that(fake, bot, texts):
    fake.fault("malformed", method="sendMessage", count=2)
    fake.say("hello")
    await fake.until(lambda: len(texts()) == 2)
    fake.say("next")
    await fake.until(lambda: len(texts()) == 3)
    assert texts() == ["Echo: hello", "Echo: hello", "Echo: next"]


async def test_at_most_once_is_never_repeated(fake, make_bot, texts):
    await make_bot(delivery="at_most_once")
    fake.fault("drop_after", method="sendMessage")
    fake.say("hello")
    fake.say("next")
    await fake.until(lambda: "Echo: next" in texts())
    assert texts() == ["Echo: hello", "Echo: next"]


async def test_a_reply_can_ask_for_at_most_once_itself(fake, make_bot, texts):
    await make_bot(CONTENT)
    fake.fault("drop_after", method="sendMessage")
    fake.say("once")
    fake.say("next")
    await fake.until(lambda: "Echo: next" in texts())
    assert texts() == ["code 1234", "Echo: next"]


def delivery(key="k1", text="hello", **more):
    return Delivery(key, "telegram", "telegram:123456:1001", Reply(text), seq=1, turn=key, **more)


LONG = "\n\n".join(f"paragraph {number} " + "word " * 200 for number in range(12))


async def test_of_a_long_reply_only_the_part_in_doubt_is_repeated(fake, bot, adapters, texts):
    fake.world.chat(1001)
    fake.fault("drop_after", method="sendMessage", after=1)
    assert isinstance(await adapters[-1].send(delivery(text=LONG)), Retry)
    assert len(texts()) == 2
    assert isinstance(await adapters[-1].send(delivery(text=LONG, attempt=2)), Sent)
    assert texts()[2] == texts()[1]
    once = [text for number, text in enumerate(texts()) if number != 2]
    assert "".join("".join(once).split()) == "".join(LONG.split())


async def test_each_part_may_be_in_doubt_once(fake, bot, adapters, texts):
    fake.world.chat(1001)
    fake.fault("drop_after", method="sendMessage")
    fake.fault("drop_after", method="sendMessage", after=2)
    assert isinstance(await adapters[-1].send(delivery(text=LONG)), Retry)
    assert isinstance(await adapters[-1].send(delivery(text=LONG, attempt=2)), Retry)
    assert isinstance(await adapters[-1].send(delivery(text=LONG, attempt=3)), Sent)
    assert "".join("".join(dict.fromkeys(texts())).split()) == "".join(LONG.split())


async def test_after_a_crash_a_long_reply_goes_on_where_it_was(fake, make_bot, adapters, texts):
    fake.world.chat(1001)
    first = await make_bot()
    fake.fault("status", method="sendMessage", after=2)
    assert isinstance(await adapters[-1].send(delivery(text=LONG)), Retry)
    await first.stop()
    await make_bot()
    assert isinstance(await adapters[-1].send(delivery(text=LONG, attempt=2, is_ambiguous=True)), Sent)
    assert "".join("".join(texts()).split()) == "".join(LONG.split())


async def test_what_a_crash_left_in_doubt_is_sent_once_more_or_not_at_all(fake, make_bot, adapters, texts):
    fake.world.chat(1001)
    first = await make_bot()
    assert isinstance(await adapters[-1].send(delivery(is_ambiguous=True)), Sent)
    fake.fault("drop_after", method="sendMessage")
    assert isinstance(await adapters[-1].send(delivery("k2", is_ambiguous=True)), Unknown)
    assert texts() == ["hello", "hello"]
    await first.stop()
    await make_bot(delivery="at_most_once")
    assert isinstance(await adapters[-1].send(delivery("k3", is_ambiguous=True)), Unknown)
    assert texts() == ["hello", "hello"]


async def test_a_connection_that_cannot_be_made_is_no_doubt(fake, make_bot, adapters, texts):
    fake.world.chat(1001)
    await make_bot(delivery="at_most_once")
    await fake.close()
    await adapters[-1]._client.close_all()  # no connection of before may be left to try
    await adapters[-1]._client.open()
    assert isinstance(await adapters[-1].send(delivery()), Retry)
    await fake.start()
    assert isinstance(await adapters[-1].send(delivery(attempt=2)), Sent)
    assert texts() == ["hello"]


async def test_a_proxy_that_opens_no_way_is_no_doubt(monkeypatch):
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    client = Client(TOKEN, "https://telegram.example")
    await client.open()
    async with proxy:
        with pytest.raises(NotReached, match="cannot be reached"):
            await client.call("sendMessage", {"chat_id": 1001, "text": "hello"})
    await client.close_all()


async def test_a_blocked_bot_gives_up_at_once_and_comes_back(fake, bot, texts):
    fake.say("hello")
    await fake.until(lambda: len(texts()) == 1)
    fake.say("slow one")
    fake.block()
    await fake.until(lambda: len(fake.updates) == 0)
    await asyncio.sleep(0.8)
    assert len(fake.called("sendMessage")) == 1
    fake.unblock()
    fake.say("back")
    await fake.until(lambda: texts() == ["Echo: hello", "Echo: back"])


async def test_a_403_ends_the_chat_until_something_comes_from_it(fake, bot, texts):
    fake.say("hello")
    await fake.until(lambda: len(texts()) == 1)
    fake.say("slow one")
    fake.world.chats[1001].is_blocked = True  # without telling the bot
    await fake.until(lambda: len(fake.called("sendMessage")) == 2)
    fake.say("back")
    await fake.until(lambda: texts()[-1] == "Echo: back")
    assert [call.status for call in fake.calls if call.method == "sendMessage"] == [200, 403, 200]


async def test_what_telegram_cannot_parse_is_said_plainly(fake, make_bot, texts):
    await make_bot(CONTENT)
    fake.say("odd button")
    await fake.until(lambda: texts() == ["See\nSite: https://bad url"])


async def test_the_address_of_a_button_that_is_refused_fits_below_a_full_text(fake, bot, adapters, texts):
    fake.world.chat(1001)
    reply = Reply("x" * 4096, buttons=(Button("Site", url="https://bad url"), Button("More", "more")))
    shown = Delivery("k1", "telegram", "telegram:123456:1001", reply, seq=1, turn="k1")
    assert isinstance(await adapters[-1].send(shown), Sent)
    assert texts() == ["x" * 4096, "Site: https://bad url"]
    assert fake.shown()[-1]["buttons"] == ["More"]


async def test_a_gateway_that_failed_is_a_doubt_where_nothing_may_be_repeated(fake, make_bot, adapters, texts):
    fake.world.chat(1001)
    await make_bot(delivery="at_most_once")
    fake.fault("status", method="sendMessage", status=502)
    assert isinstance(await adapters[-1].send(delivery()), Unknown)
    assert texts() == []


async def test_pictures_and_files(fake, make_bot, texts, tmp_path):
    await make_bot(CONTENT)
    manual = b"%PDF" + bytes(3_000_000)
    (tmp_path / "a.pdf").write_bytes(manual)
    fake.say("photo https://a.example/chair.png")
    await fake.until(lambda: texts() == ["Look:", "A chair"])
    assert fake.shown()[1]["kind"] == "photo"
    assert fake.shown()[1]["buttons"] == ["Buy"]
    fake.say("photo https://refused.example/chair.png")
    await fake.until(lambda: len(texts()) == 4)
    assert fake.shown()[3]["text"] == "A chair\nhttps://refused.example/chair.png"
    assert fake.shown()[3]["buttons"] == ["Buy"]
    fake.say(f"file {tmp_path}/a.pdf")
    await fake.until(lambda: len(texts()) == 5)
    document = fake.world.chats[1001].messages[fake.shown()[4]["message_id"]]["document"]
    assert (document["file_name"], fake.world.files[document["file_id"]].content) == ("Manual.pdf", manual)
    fake.say(f"file {tmp_path}/gone.pdf")
    await fake.until(lambda: texts()[-1] == "Manual.pdf")


async def test_typing_is_said_while_the_bot_thinks(fake, bot, texts):
    fake.say("slow")
    await fake.until(lambda: texts() == ["Echo: slow"])
    assert fake.world.chats[1001].actions == ["typing"]


async def test_chats_do_not_wait_for_each_other(fake, bot, texts):
    fake.fault("delay_before", method="sendMessage", chat_id=1001, seconds=2)
    started = time.monotonic()
    fake.say("slow chat", user=1001)
    for user in range(2000, 2020):
        fake.say("hello", user=user)
    await fake.until(lambda: all(texts(user) for user in range(2000, 2020)))
    assert time.monotonic() - started < 2


async def test_a_local_picture_that_telegram_refuses_goes_as_a_file(fake, make_bot, texts, tmp_path):
    await make_bot(CONTENT)
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    fake.fault("status", method="sendPhoto", status=400)
    fake.say(f"photo {tmp_path}/a.png")
    await fake.until(lambda: texts() == ["Look:", "A chair"])
    assert fake.shown()[1]["kind"] == "document"
    assert fake.shown()[1]["buttons"] == ["Buy"]
    fake.fault("status", method="sendPhoto", status=413)
    fake.fault("status", method="sendDocument", status=413)
    fake.say(f"photo {tmp_path}/a.png")
    await fake.until(lambda: len(texts()) == 4)
    assert fake.shown()[3]["kind"] == "text"
