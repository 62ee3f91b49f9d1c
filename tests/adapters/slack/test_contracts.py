"""What is sent and what the fake delivers is as the platform documented it; `contracts.json` is a part of that."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads(Path(__file__).with_name("contracts.json").read_text(encoding="utf-8"))
METHODS = {
    "auth.test",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.open",
    "conversations.replies",
    "files.info",
    "users.info",
    "event",
}


@pytest.fixture(scope="module")
def checker():
    place = ROOT / "benchmarks" / "channels" / "contracts_slack.py"
    spec = importlib.util.spec_from_file_location("contracts_slack", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_a_whole_conversation_is_as_documented(checker, tmp_path):
    contracts = checker.Contracts(SCHEMA, SCHEMA["event"])
    calls, events = await checker.converse(tmp_path)
    for call in calls:
        contracts.call(call["method"], call["params"], call["reply"])
    for event in events:
        contracts.event(event)
    assert contracts.problems == []
    assert contracts.checked.keys() >= METHODS
    new = {call["method"] for call in calls} & checker.NEW_METHODS
    assert new >= {"chat.startStream", "chat.stopStream", "assistant.threads.setSuggestedPrompts"}


@pytest.mark.parametrize(
    ("method", "params", "reply"),
    [
        ("chat.shout", {}, {"ok": True}),
        ("chat.postMessage", {"text": "x"}, {"ok": True}),
        ("chat.postMessage", {"channel": "C1", "text": 5}, {"ok": True}),
        ("chat.postMessage", {"channel": "C1", "tone": "loud"}, {"ok": True}),
        ("chat.postMessage", {"channel": "C1", "unfurl_links": "perhaps"}, {"ok": True}),
        ("chat.postMessage", {"channel": "C1"}, {"ok": False, "error": "bad_mood"}),
    ],
)
def test_the_check_finds_what_is_not_documented(checker, method, params, reply):
    contracts = checker.Contracts(SCHEMA, SCHEMA["event"])
    contracts.call(method, params, reply)
    assert contracts.problems


def test_the_check_finds_an_event_without_its_wrapper(checker):
    contracts = checker.Contracts(SCHEMA, SCHEMA["event"])
    contracts.event({"type": "event_callback", "event": {"type": "message"}})
    assert contracts.problems
