"""What is sent and what the fake answers is what the Bot API documents; `contracts.json` is a part of its schema."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads(Path(__file__).with_name("contracts.json").read_text(encoding="utf-8"))
METHODS = {"getUpdates", "sendMessage", "sendPhoto", "answerCallbackQuery", "setMyCommands", "deleteWebhook", "getMe"}


@pytest.fixture(scope="module")
def checker():
    place = ROOT / "benchmarks" / "channels" / "contracts_telegram.py"
    spec = importlib.util.spec_from_file_location("contracts_telegram", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_a_whole_conversation_is_as_documented(checker, tmp_path):
    contracts = checker.Contracts(SCHEMA)
    for call in await checker.converse(tmp_path):
        contracts.call(call["method"], call["parameters"], call["reply"])
    assert contracts.problems == []
    assert contracts.checked.keys() >= METHODS


@pytest.mark.parametrize(
    ("method", "parameters", "result"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x", "foo": 1}, None),
        ("sendMessage", {"chat_id": 1}, None),
        ("sendMessage", {"chat_id": 1, "text": 5}, None),
        ("sendMessage", {"chat_id": 1, "text": "x", "entities": [{"type": "bold"}]}, None),
        ("getMe", {}, {"id": 1, "is_bot": True}),
        ("getMe", {}, {"id": "1", "is_bot": True, "first_name": "B"}),
        ("getUpdates", {}, [{"update_id": True}]),
        ("getUpdates", {}, [{"update_id": 1, "message": {"message_id": 1, "date": 1}}]),
    ],
)
def test_the_check_finds_what_is_not_documented(checker, method, parameters, result):
    contracts = checker.Contracts(SCHEMA)
    good = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}
    contracts.call(method, parameters, {"ok": True, "result": good if result is None else result})
    assert len(contracts.problems) == 1 or method == "sendMessage"
    assert contracts.problems
