"""C9: a press is done once, by whom it was meant for, and always answered."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
GROUP = -1009


async def test_a_press_is_a_choice_and_is_answered(fake, bot, texts):
    fake.say("choices")
    await fake.until(lambda: texts() == ["Pick one:"])
    assert fake.shown()[0]["buttons"] == ["Track my order", "Return an item"]
    key = fake.press("Return an item")
    await fake.until(lambda: texts()[-1] == "You chose return")
    await fake.until(lambda: fake.callback_answer(key) == {})
    assert fake.shown()[0]["buttons"] == ["Track my order", "Return an item"]


async def test_five_presses_of_one_button_are_one_choice(fake, bot, texts):
    fake.say("choices")
    await fake.until(lambda: len(texts()) == 1)
    keys = [fake.press("Track my order") for _ in range(5)]
    await fake.until(lambda: all(fake.callback_answer(key) == {} for key in keys))
    fake.press("Return an item")
    await fake.until(lambda: texts()[-1] == "You chose return")
    assert texts() == ["Pick one:", "You chose track", "You chose return"]


async def test_a_press_and_what_is_written_after_it_stay_in_order(fake, make_bot, texts):
    first = await make_bot()
    fake.say("choices")
    await fake.until(lambda: len(texts()) == 1)
    await first.stop()
    fake.press("Return an item")
    fake.say("after")
    fake.press("Track my order")
    await make_bot()
    await fake.until(lambda: len(texts()) == 4)
    assert texts() == ["Pick one:", "You chose return", "Echo: after", "You chose track"]


async def test_a_button_works_after_a_restart(fake, make_bot, texts):
    first = await make_bot()
    fake.say("choices")
    await fake.until(lambda: len(texts()) == 1)
    await first.stop()
    await make_bot()
    fake.press("Track my order")
    await fake.until(lambda: texts()[-1] == "You chose track")


@pytest.mark.parametrize("data", ["1.0.AAAAAAAAAA", "track", "ÿ" * 32, "\x00", "", "0" * 64, "2.0." + "x" * 40])
async def test_forged_data_does_nothing_and_is_answered(fake, bot, texts, data):
    fake.say("choices")
    await fake.until(lambda: len(texts()) == 1)
    key = fake.press(data, is_forged=True)
    await fake.until(lambda: fake.callback_answer(key))
    assert "no longer works" in fake.callback_answer(key)["text"]
    fake.say("next")
    await fake.until(lambda: texts() == ["Pick one:", "Echo: next"])


async def test_the_data_of_another_chat_is_of_no_use(fake, bot, texts):
    fake.say("choices", user=1001)
    fake.say("choices", user=1002)
    await fake.until(lambda: texts(1001) and texts(1002))
    markup = fake.called("sendMessage", 1001)[0]["reply_markup"]
    stolen = markup["inline_keyboard"][0][0]["callback_data"]
    key = fake.press(stolen, user=1002, is_forged=True)
    await fake.until(lambda: fake.callback_answer(key))
    assert texts(1002) == ["Pick one:"]


async def test_in_a_group_only_the_member_who_was_asked_may_press(fake, bot, texts):
    fake.group(GROUP)
    fake.say("@test_bot choices", user=1001, chat=GROUP)
    await fake.until(lambda: texts(GROUP) == ["Pick one:"])
    zh = {"id": 1002, "first_name": "Li", "language_code": "zh-hans"}
    key = fake.press("Track my order", user=zh, chat=GROUP)
    await fake.until(lambda: fake.callback_answer(key))
    assert fake.callback_answer(key)["text"] == "这个按钮是给其他人的。"
    fake.press("Track my order", user=1001, chat=GROUP)
    await fake.until(lambda: texts(GROUP)[-1] == "You chose track")
    assert len(texts(GROUP)) == 2


async def test_where_members_share_a_conversation_any_may_press(fake, make_bot, texts):
    await make_bot(groups="shared")
    fake.group(GROUP)
    fake.say("@test_bot choices", user=1001, chat=GROUP)
    await fake.until(lambda: texts(GROUP) == ["Pick one:"])
    fake.press("Track my order", user=1002, chat=GROUP)
    await fake.until(lambda: texts(GROUP)[-1] == "You chose track")


async def test_a_query_too_old_to_be_answered_is_still_a_choice(fake, bot, texts):
    fake.say("choices")
    await fake.until(lambda: len(texts()) == 1)
    key = fake.press("Track my order")
    fake.age_callback(key)
    await fake.until(lambda: texts()[-1] == "You chose track")
    await fake.until(lambda: [c.status for c in fake.calls if c.method == "answerCallbackQuery"] == [400])


async def test_the_message_of_a_press_may_be_out_of_reach(fake, bot, texts):
    fake.say("choices")
    await fake.until(lambda: len(texts()) == 1)
    shown = fake.shown()[0]
    message = {"chat": {"id": 1001, "type": "private"}, "message_id": shown["message_id"], "date": 0}
    data = fake.called("sendMessage")[0]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    query = {"id": "q", "from": fake.world.user(1001), "message": message, "chat_instance": "1", "data": data}
    fake.push_raw({"callback_query": query})
    await fake.until(lambda: texts()[-1] == "You chose track")


async def test_a_press_that_cannot_be_read_is_answered_too(fake, bot, letters):
    for number, odd in enumerate(({"message": {"date": 0}}, {"message": None}, {"data": 7})):
        key = f"odd-{number}"
        fake.world.callbacks[key] = None
        sender = {"id": 1001, "is_bot": False, "first_name": "Ann"}
        fake.push_raw({"callback_query": {"id": key, "from": sender, "chat_instance": "1", **odd}})
        await fake.until(lambda key=key: fake.callback_answer(key) is not None)
    assert len(letters()) == 3
