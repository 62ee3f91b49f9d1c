"""Payloads: what is for the bot, what is not, and what cannot be understood. Places and callback ids."""

from __future__ import annotations

import pytest

from botcore_slack.pace import Pace
from botcore_slack.parse import POISON, Heard, Me, Removed, Rules, command_of, event_of, interaction_of, team_of
from botcore_slack.places import Place, callback_id, read_callback
from botcore_slack.sealing import seal, unseal

ME = Me("U0BOT", "B0BOT")
BASE = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "text": "hi",
    "ts": "1760000000.000100",
}


def event(rules=None, **fields):
    body = {"team_id": "T1", "event_id": "Ev1", "event": {**BASE, **fields}}
    return event_of(body, "T1", ME, rules or Rules())


@pytest.mark.parametrize(
    ("fields", "conversation"),
    [
        ({"channel": "D1", "channel_type": "im"}, "slack:T1:D1"),
        ({"channel": "D1", "channel_type": "im", "thread_ts": "1759999999.1"}, "slack:T1:D1:1759999999.1"),
        ({"type": "app_mention", "channel_type": None}, "slack:T1:C1:1760000000.000100"),
        ({"text": "<@U0BOT> hi"}, "slack:T1:C1:1760000000.000100"),
        ({"thread_ts": "1759999999.1"}, "slack:T1:C1:1759999999.1"),
        ({"subtype": "file_share", "channel": "D1"}, "slack:T1:D1"),
        ({"subtype": "thread_broadcast", "thread_ts": "1759999999.1"}, "slack:T1:C1:1759999999.1"),
    ],
)
def test_a_message_belongs_to_its_thread_or_to_its_direct_message(fields, conversation):
    heard = event(**fields)
    assert isinstance(heard, Heard)
    assert heard.place.conversation == conversation
    assert Place.of(conversation) == heard.place


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"user": "U0BOT", "channel": "D1"},
        {"bot_id": "B0BOT", "channel": "D1"},
        {"bot_id": "B0OTHER", "channel": "D1"},
        {"subtype": "bot_message", "bot_id": "B0OTHER", "channel": "D1"},
        {"subtype": "channel_join", "channel": "D1"},
        {"subtype": "message_deleted", "channel": "D1"},
        {"subtype": "message_changed", "channel": "D1", "message": {**BASE, "edited": {"ts": "1.1"}}},
        {"subtype": "message_replied", "channel": "D1"},
        {"hidden": True, "channel": "D1"},
        {"type": "reaction_added"},
        {"thread_ts": BASE["ts"]},
    ],
)
def test_what_is_not_for_the_bot_is_nothing(fields):
    assert event(**fields) is None


def test_another_bot_is_heard_if_wanted_and_is_known_as_one():
    heard = event(Rules(other_bots=True), bot_id="B2", user="U2", channel="D1")
    assert isinstance(heard, Heard)
    assert heard.is_bot
    assert heard.message({}, ME.user).user.is_bot


def test_the_preview_of_a_link_is_no_edit():
    rules = Rules(edits=True)
    message = {**BASE, "text": "new", "edited": {"ts": "1760000001.1"}}
    fields = {"subtype": "message_changed", "channel": "D1"}
    edited = event(rules, **fields, message=message, previous_message={"text": "old"})
    assert isinstance(edited, Heard)
    assert edited.key == "T1:D1:1760000000.000100:1760000001.1"
    assert event(rules, **fields, message=message, previous_message={"text": "new"}) is None
    assert event(rules, **fields, message=BASE, previous_message={"text": "old"}) is None


def test_the_pair_of_a_mention_has_one_key():
    first, second = event(text="<@U0BOT> hi"), event(type="app_mention", text="<@U0BOT> hi")
    assert isinstance(first, Heard)
    assert isinstance(second, Heard)
    assert first.key == second.key


@pytest.mark.parametrize(
    "fields",
    [
        {"ts": None},
        {"ts": "1e9"},
        {"ts": "99999999999999.1"},
        {"channel": None},
        {"channel": "D 1"},
        {"text": 5},
        {"user": None},
        {"files": [{}]},
        {"files": "x"},
        {"thread_ts": "x"},
        {"type": "assistant_thread_started"},
        {"subtype": "message_changed", "message": None},
    ],
)
def test_what_cannot_be_understood_is_said_so(fields):
    with pytest.raises(POISON):
        event(Rules(edits=True), **{"channel": "D1", **fields})


def test_in_a_shared_channel_the_team_is_ours():
    body = {"team_id": "T0THEIRS", "authorizations": [{"team_id": "T0OURS", "enterprise_id": "E1"}]}
    assert team_of(body) == ("T0OURS", "E1")
    assert team_of({"team": {"id": "T2"}, "enterprise": {"id": "E2"}}) == ("T2", "E2")
    assert team_of({"team": None, "user": {"team_id": "T3"}}) == ("T3", None)


def test_tokens_of_others_are_not_the_end():
    def revoked(**tokens):
        return event(type="tokens_revoked", tokens=tokens)

    assert revoked(oauth=["U1"], bot=[]) is None
    assert isinstance(revoked(bot=["U0BOT"]), Removed)
    assert isinstance(event(type="app_uninstalled"), Removed)


def test_a_command_without_a_trigger_is_poison_and_a_strange_interaction_is_nothing():
    with pytest.raises(POISON):
        command_of({"team_id": "T1", "user_id": "U1"}, "T1")
    assert interaction_of({"type": "view_closed", "user": {"id": "U1"}}, "T1") is None


@pytest.mark.parametrize("name", ["web:T1:D1", "slack:T1", "slack:T1:D1:x", "slack:T1:D1:1.1:2", "slack:t/../:D1", ""])
def test_other_conversations_are_no_places(name):
    assert Place.of(name) is None


def test_a_callback_is_good_in_its_own_conversation_only():
    secret = b"s" * 32
    made = callback_id(secret, "slack:T1:D1", 1234, 7)
    assert len(made) <= 64
    assert read_callback(secret, "slack:T1:D1", made) == (1234, 7)
    assert read_callback(secret, "slack:T1:D2", made) is None
    assert read_callback(b"t" * 32, "slack:T1:D1", made) is None
    assert read_callback(secret, "slack:T1:D1", made[:-1] + ("A" if made[-1] != "A" else "B")) is None
    assert read_callback(secret, "slack:T1:D1", made + "\n") is None


def test_a_sealed_token_opens_with_its_own_key_only():
    sealed = seal(b"k" * 32, "xoxb-令牌")
    assert unseal(b"k" * 32, sealed) == "xoxb-令牌"
    assert unseal(b"l" * 32, sealed) is None
    assert unseal(b"k" * 32, sealed[:-4] + "AAAA") is None
    assert unseal(b"k" * 32, "?") is None
    assert seal(b"k" * 32, "x") != seal(b"k" * 32, "x")


def test_a_blocked_channel_gives_each_a_second_of_its_own():
    now = [100.0]
    pace = Pace(lambda: now[0])
    assert pace.wait_s("T1", "C1") == 0
    pace.block("T1", "C1", 5)
    assert [pace.wait_s("T1", "C1") for _ in range(3)] == [5, 6, 7]
    assert pace.wait_s("T1", "C2") == 0
    now[0] += 5
    assert pace.wait_s("T1", "C1") == 0
