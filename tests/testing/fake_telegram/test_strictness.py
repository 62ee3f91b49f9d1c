"""What Telegram refuses, the fake refuses; what it takes, the fake takes."""

from __future__ import annotations

import aiohttp
import pytest

pytestmark = pytest.mark.anyio
WAVE = "👋"


async def why(call, method, **values):
    reply = await call(method, **values)
    assert not reply["ok"], reply
    return reply["description"]


async def test_a_wrong_token_is_unauthorized_and_a_malformed_one_not_found(call):
    assert (await call("getMe", token="123456:" + "x" * 35))["error_code"] == 401
    assert (await call("getMe", token="nonsense"))["error_code"] == 404
    assert (await call("getMe"))["result"]["username"] == "test_bot"
    assert (await call("noSuchMethod"))["error_code"] == 404
    assert (await call("GETME"))["ok"]


async def test_texts_count_utf16_units_after_entity_parsing(call):
    assert (await call("sendMessage", chat_id=1001, text=WAVE * 2048))["ok"]
    assert "too long" in await why(call, "sendMessage", chat_id=1001, text=WAVE * 2048 + "x")
    assert (await call("sendMessage", chat_id=1001, text="*" + "x" * 4096 + "*", parse_mode="MarkdownV2"))["ok"]
    assert "empty" in await why(call, "sendMessage", chat_id=1001, text="  \n ")


@pytest.mark.parametrize(
    ("offset", "length", "is_taken"),
    [(0, 2, True), (2, 3, True), (1, 1, False), (0, 1, False), (-1, 2, False), (2, 9, False), (0, 0, False)],
)
async def test_entities_must_lie_in_the_text_and_split_no_character(call, offset, length, is_taken):
    entities = [{"type": "bold", "offset": offset, "length": length}]
    reply = await call("sendMessage", chat_id=1001, text=f"{WAVE}abc", entities=entities)
    assert reply["ok"] == is_taken, reply


async def test_entities_must_nest(call):
    crossing = [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 2, "length": 3}]
    assert "nesting" in await why(call, "sendMessage", chat_id=1001, text="abcdef", entities=crossing)
    in_code = [{"type": "code", "offset": 0, "length": 5}, {"type": "bold", "offset": 1, "length": 2}]
    assert "inside" in await why(call, "sendMessage", chat_id=1001, text="abcdef", entities=in_code)


@pytest.mark.parametrize("text", ["1. one", "a-b", "*open", "`open", "[a](b", "a!", "x_y", "a|b"])
async def test_markdown_v2_slips_are_refused(call, text):
    assert "can't parse entities" in await why(call, "sendMessage", chat_id=1001, text=text, parse_mode="MarkdownV2")


async def test_markdown_v2_that_is_right_becomes_entities(call):
    text = "*bold _both_* `a*b` [site](https://a.example/x\\)y) ||s|| \\.\n>quote"
    sent = (await call("sendMessage", chat_id=1001, text=text, parse_mode="MarkdownV2"))["result"]
    assert sent["text"] == "bold both a*b site s .\nquote"
    kinds = [entity["type"] for entity in sent["entities"]]
    assert kinds == ["bold", "italic", "code", "text_link", "spoiler", "blockquote"]
    assert sent["entities"][3]["url"] == "https://a.example/x)y"


@pytest.mark.parametrize("text", ["<b>open", "<script>x</script>", "a < b", "</b>", "<b><i>x</b></i>"])
async def test_html_slips_are_refused(call, text):
    assert "can't parse entities" in await why(call, "sendMessage", chat_id=1001, text=text, parse_mode="HTML")


async def test_html_that_is_right_becomes_entities(call):
    text = '<b>x</b> &lt;y&gt; <a href="https://a.example">z</a>'
    sent = (await call("sendMessage", chat_id=1001, text=text, parse_mode="HTML"))["result"]
    assert sent["text"] == "x <y> z"
    assert [entity["type"] for entity in sent["entities"]] == ["bold", "text_link"]


@pytest.mark.parametrize(
    "rows",
    [
        [[{"text": "A", "callback_data": "x" * 65}]],
        [[{"text": "A", "callback_data": ""}]],
        [[{"text": "A", "callback_data": "中" * 22}]],
        [[{"text": "A"}]],
        [[{"text": " ", "callback_data": "x"}]],
        [[{"text": "A", "url": "javascript:alert(1)"}]],
        [[{"text": "A", "callback_data": "x"}] * 9],
        [[{"text": "A", "callback_data": "x"}]] * 101,
    ],
)
async def test_keyboards_out_of_bounds_are_refused(call, rows):
    await why(call, "sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": rows})


async def test_a_keyboard_at_the_bounds_is_taken(call):
    rows = [[{"text": "A", "callback_data": "中" * 21}] * 8] * 12
    assert (await call("sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": rows}))["ok"]


async def test_an_edit_must_change_something(call, fake):
    sent = (await call("sendMessage", chat_id=1001, text="one"))["result"]
    where = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert "not modified" in await why(call, "editMessageText", **where, text="one")
    assert (await call("editMessageText", **where, text="two"))["ok"]
    assert [shown["text"] for shown in fake.shown()] == ["two"]
    said = fake.say("mine")
    assert "can't be edited" in await why(
        call, "editMessageText", chat_id=1001, message_id=said["message_id"], text="two"
    )


async def test_who_cannot_be_written_to(call, fake):
    assert "chat not found" in await why(call, "sendMessage", chat_id=5, text="x")
    fake.block(1001)
    assert "blocked by the user" in await why(call, "sendMessage", chat_id=1001, text="x")
    fake.unblock(1001)
    assert (await call("sendMessage", chat_id=1001, text="x"))["ok"]
    fake.deactivate(1001)
    assert "deactivated" in await why(call, "sendMessage", chat_id=1001, text="x")
    fake.group(-7)
    new = fake.migrate(-7)
    reply = await call("sendMessage", chat_id=-7, text="x")
    assert reply["parameters"] == {"migrate_to_chat_id": new}


async def test_drafts_are_for_private_chats_and_vanish_with_the_message(call, fake):
    fake.group(-7)
    assert "private" in await why(call, "sendMessageDraft", chat_id=-7, draft_id=1, text="x")
    assert "non-zero" in await why(call, "sendMessageDraft", chat_id=1001, draft_id=0, text="x")
    await call("sendMessageDraft", chat_id=1001, draft_id=4, text="so far")
    assert fake.drafts() == ["so far"]
    await call("sendMessage", chat_id=1001, text="whole")
    assert fake.drafts() == []


async def test_a_query_is_answered_once_and_in_time(call, fake):
    markup = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    await call("sendMessage", chat_id=1001, text="x", reply_markup=markup)
    key = fake.press("A")
    assert (await call("answerCallbackQuery", callback_query_id=key))["ok"]
    assert "too old" in await why(call, "answerCallbackQuery", callback_query_id=key)
    assert "too old" in await why(call, "answerCallbackQuery", callback_query_id="unknown")
    late = fake.press("A")
    fake.age_callback(late)
    assert "too old" in await why(call, "answerCallbackQuery", callback_query_id=late)


async def test_files_go_up_and_down(call, fake):
    form = aiohttp.FormData({"chat_id": "1001"})
    form.add_field("document", b"%PDF", filename="a.pdf", content_type="application/pdf")
    async with call.session.post(f"{fake.url}/bot{fake.token}/sendDocument", data=form) as answer:
        document = (await answer.json())["result"]["document"]
    assert (document["file_name"], document["file_size"]) == ("a.pdf", 4)
    path = (await call("getFile", file_id=document["file_id"]))["result"]["file_path"]
    async with call.session.get(f"{fake.url}/file/bot{fake.token}/{path}") as answer:
        assert await answer.read() == b"%PDF"
    async with call.session.get(f"{fake.url}/file/bot999:x/{path}") as answer:
        assert answer.status == 404
    assert "HTTP URL" in await why(call, "sendPhoto", chat_id=1001, photo="https://refused.example/a.png")


async def test_what_the_documentation_does_not_know_is_written_down(call, fake):
    await call("sendMessage", chat_id=1001, text="x", no_such_thing=1)
    await call("sendMessage", chat_id=1001, text=5)
    assert fake.violations == [
        "sendMessage: unknown parameter 'no_such_thing'",
        "sendMessage: text is no string but int",
    ]


async def test_forms_and_queries_are_read_like_json(call, fake):
    url = f"{fake.url}/bot{fake.token}/sendMessage"
    values = {"chat_id": "1001", "text": "你好", "link_preview_options": '{"is_disabled": true}'}
    async with call.session.post(url, data=values) as answer:
        assert (await answer.json())["ok"]
    async with call.session.get(url, params=values) as answer:
        assert (await answer.json())["ok"]
    assert [shown["text"] for shown in fake.shown()] == ["你好", "你好"]
    assert fake.violations == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"chat_id": 1001, "text": "\\ud800"}', "application/json"),
        (b'{"chat_id": 1001, "text": "\xff"}', "application/json"),
        (b"chat_id=1001&text=%FF", "application/x-www-form-urlencoded"),
        (b"[]", "application/json"),
        (b"[" * 100_000, "application/json"),
    ],
)
async def test_bad_encodings_are_refused(call, fake, body, kind):
    url = f"{fake.url}/bot{fake.token}/sendMessage"
    async with call.session.post(url, data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == 400
    assert fake.shown() == []


async def test_the_menu_is_kept_by_language(call):
    commands = [{"command": "orders", "description": "Orders"}]
    assert (await call("setMyCommands", commands=commands, language_code="en"))["ok"]
    assert (await call("getMyCommands", language_code="en"))["result"] == commands
    assert (await call("getMyCommands"))["result"] == []
    await why(call, "setMyCommands", commands=[{"command": "Orders!", "description": "x"}])
