"""What the platform refuses, the fake refuses, with the same error."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from botcore.testing.fake_slack import check_blocks, live_markup
from botcore.testing.fake_slack.params import Refused

pytestmark = pytest.mark.anyio


def words(text):
    return {"type": "mrkdwn", "text": text}


def section(text="x", **fields):
    return {"type": "section", "text": words(text), **fields}


def button(**fields):
    return {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "a", **fields}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


GOOD = {
    "sections": [section("x" * 3000)] * 4,
    "fifty blocks": [section()] * 50,
    "twenty-five buttons": [actions(*(button(action_id=f"a{i}") for i in range(25)))],
    "a picture": [{"type": "image", "image_url": "https://shop.example/a.png", "alt_text": "a"}],
    "a header": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 150}}],
    "fields": [{"type": "section", "fields": [words("x" * 2000)] * 5}],
    "a select": [
        actions(
            {
                "type": "static_select",
                "placeholder": {"type": "plain_text", "text": "?"},
                "options": [{"text": {"type": "plain_text", "text": "a"}, "value": "a"}],
            }
        )
    ],
}
BAD = {
    "fifty-one blocks": ([section()] * 51, "invalid_blocks"),
    "an empty section": ([section("")], "invalid_blocks"),
    "a long section": ([section("x" * 3001)], "invalid_blocks"),
    "a section of nothing": ([{"type": "section"}], "invalid_blocks"),
    "eleven fields": ([{"type": "section", "fields": [words("x")] * 11}], "invalid_blocks"),
    "no buttons": ([actions()], "invalid_blocks"),
    "twenty-six buttons": ([actions(*(button(action_id=f"a{i}") for i in range(26)))], "invalid_blocks"),
    "two buttons of one id": ([actions(button(), button())], "invalid_blocks"),
    "a long label": ([actions(button(text={"type": "plain_text", "text": "x" * 76}))], "invalid_blocks"),
    "a label with markup": ([actions(button(text=words("x")))], "invalid_blocks"),
    "a long value": ([actions(button(value="x" * 2001))], "invalid_blocks"),
    "a long action_id": ([actions(button(action_id="x" * 256))], "invalid_blocks"),
    "a script behind a button": ([actions(button(url="javascript:alert(1)"))], "invalid_blocks"),
    "a picture without alt": ([{"type": "image", "image_url": "https://a.example/a.png"}], "invalid_blocks"),
    "a picture from a disk": ([{"type": "image", "image_url": "/etc/passwd", "alt_text": "a"}], "invalid_blocks"),
    "a long header": ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "invalid_blocks"),
    "eleven in a context": ([{"type": "context", "elements": [words("x")] * 11}], "invalid_blocks"),
    "an unknown block": ([{"type": "marquee"}], "invalid_blocks"),
    "no list": ({"type": "section"}, "invalid_blocks_format"),
    "too much in all": ([section("x" * 2900)] * 5, "msg_blocks_too_long"),
}


@pytest.mark.parametrize("name", GOOD)
async def test_blocks_within_the_limits_are_taken(web, slack, name):
    assert (await web.chat_postMessage(channel="C1", text="x", blocks=GOOD[name]))["ok"]
    assert slack.violations == []


@pytest.mark.parametrize("name", BAD)
def test_blocks_beyond_the_limits_are_refused(name):
    blocks, error = BAD[name]
    with pytest.raises(Refused) as caught:
        check_blocks(blocks)
    assert caught.value.error == error


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "a b", "event_payload": {}}}, "invalid_metadata_format"),
        ({"text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ({"text": "x", "channel": "C9"}, "channel_not_found"),
        ({"text": "x", "colour": "red"}, "invalid_arguments"),
        ({"text": 5}, "invalid_arguments"),
        ({"text": "x", "unfurl_links": "perhaps"}, "invalid_arguments"),
    ],
)
async def test_a_message_beyond_the_rules_is_refused(refusal, values, error):
    assert await refusal("chat.postMessage", **{"channel": "C1", **values}) == error


async def test_what_the_platform_does_not_know_is_a_violation(refusal, slack):
    assert await refusal("chat.shout", channel="C1") == "unknown_method"
    assert await refusal("chat.postMessage", channel="C1", text="x", tone="loud") == "invalid_arguments"
    assert slack.violations == ["chat.shout: unknown method", "chat.postMessage: unknown parameter 'tone'"]


async def test_tokens_and_scopes_are_checked(refusal, slack, session):
    with pytest.raises(SlackApiError) as caught:
        await AsyncWebClient("xoxb-wrong", slack.base_url, session=session).auth_test()
    assert caught.value.response["error"] == "invalid_auth"
    slack.team.scopes.discard("users:read")
    assert await refusal("users.info", user="U1") == "missing_scope"
    assert await refusal("apps.connections.open") == "not_allowed_token_type"
    slack.team.token_error = "account_inactive"
    assert await refusal("auth.test") == "account_inactive"


async def test_places_where_the_bot_may_not_write(refusal, slack):
    slack.add_channel("C2", is_member=False)
    slack.add_channel("C3")
    slack.team.channels["C3"].is_archived = True
    assert await refusal("chat.postMessage", channel="C2", text="x") == "not_in_channel"
    assert await refusal("chat.postMessage", channel="C3", text="x") == "is_archived"


async def test_only_own_messages_can_be_updated_and_blocks_stay_unless_given(web, refusal, slack):
    ts = slack.say("hi", channel="C1")
    assert await refusal("chat.update", channel="C1", ts=ts, text="x") == "cant_update_message"
    assert await refusal("chat.update", channel="C1", ts="1.2", text="x") == "message_not_found"
    posted = await web.chat_postMessage(channel="C1", text="old", blocks=[section("old")])
    await web.chat_update(channel="C1", ts=posted["ts"], text="new")
    assert slack.bot_said("C1")[0].text == "old"
    assert await refusal("chat.update", channel="C1", ts=posted["ts"], text="") == "no_text"


async def test_client_msg_id_is_not_an_idempotency_key(web, slack):
    for _ in range(2):
        await web.api_call("chat.postMessage", json={"channel": "C1", "text": "x", "client_msg_id": "same"})
    assert len(slack.bot_said("C1")) == 2


async def test_a_stream_begins_grows_and_ends(web, refusal, slack):
    root = slack.say("question", channel="C1")
    begin = {"channel": "C1", "thread_ts": root, "markdown_text": "Hel"}
    assert await refusal("chat.startStream", **begin) == "missing_recipient_team_id"
    to = {"recipient_team_id": slack.team.id, "recipient_user_id": "U1"}
    ts = (await web.chat_startStream(**begin, **to))["ts"]
    await web.chat_appendStream(channel="C1", ts=ts, markdown_text="lo")
    assert slack.bot_said("C1", root)[0].is_streaming
    assert await refusal("chat.update", channel="C1", ts=ts, text="x") == "streaming_state_conflict"
    await web.chat_stopStream(channel="C1", ts=ts, markdown_text="!")
    assert (slack.bot_said("C1", root)[0].text, slack.bot_said("C1", root)[0].is_streaming) == ("Hello!", False)
    assert (
        await refusal("chat.appendStream", channel="C1", ts=ts, markdown_text="x") == "message_not_in_streaming_state"
    )


async def test_history_has_pages_bounds_and_metadata_on_request(web, slack):
    metadata = {"event_type": "kind", "event_payload": {"key": "k"}}
    posted = [(await web.chat_postMessage(channel="C1", text=str(i), metadata=metadata))["ts"] for i in range(5)]
    first = await web.conversations_history(channel="C1", limit=2, include_all_metadata=True)
    assert [message["text"] for message in first["messages"]] == ["4", "3"]
    assert first["messages"][0]["metadata"] == metadata
    rest = await web.conversations_history(channel="C1", limit=9, cursor=first["response_metadata"]["next_cursor"])
    assert [message["text"] for message in rest["messages"]] == ["2", "1", "0"]
    assert "metadata" not in rest["messages"][0]
    later = await web.conversations_history(channel="C1", oldest=posted[2])
    assert [message["text"] for message in later["messages"]] == ["4", "3"]
    later = await web.conversations_history(channel="C1", oldest=posted[2], inclusive=True)
    assert len(later["messages"]) == 3


async def test_a_file_is_announced_sent_and_shown(web, slack, session):
    got = await web.files_getUploadURLExternal(filename="a.txt", length=3)
    async with session.post(got["upload_url"], data=b"abc") as answer:
        assert answer.status == 200
    await web.files_completeUploadExternal(files=[{"id": got["file_id"], "title": "a"}], channel_id="C1")
    assert slack.bot_said("C1")[0].files == ("a.txt",)


def test_live_markup_is_seen_and_escaped_text_is_not():
    assert live_markup(["<!channel> <@U1> <https://a.example|b> <#C1>"]) == [
        "<!channel>",
        "<@U1>",
        "<https://a.example|b>",
        "<#C1>",
    ]
    assert live_markup(["&lt;!channel&gt; a < b > c <b>"]) == []
