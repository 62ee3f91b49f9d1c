"""What an admin sees of understanding: the trace of a turn, and intents that nothing carries out."""

from __future__ import annotations

import pytest

from botcore.app.explain import explain
from botcore.cli.inspect import _line

pytestmark = [pytest.mark.timeout(600)]


def test_the_trace_of_a_turn_shows_entities_cues_several_wishes_and_flags():
    body = {
        "language": "en",
        "flags": ["outside"],
        "matches": [{"id": "hours", "score": 0.9, "phrasing": "when"}],
        "entities": [
            {"kind": "date", "text": "Monday", "value": "2026-11-30", "start": 5, "end": 11, "by": "built-in"}
        ],
        "cues": [{"name": "thanks", "score": 0.9, "start": 0, "end": 3, "by": "rule"}],
        "parts": [{"start": 0, "end": 4, "id": "hours", "score": 0.8}, {"start": 5, "end": 9, "id": "a", "score": 0.7}],
    }
    line = _line("understood", body)
    for words in ("hours 0.90", "date 'Monday'", "2026-11-30", "thanks 0.90", "hours 0.80 + a 0.70", "outside"):
        assert words in line


@pytest.mark.anyio
@pytest.mark.xdist_group("encoder")
async def test_an_intent_that_nothing_carries_out_is_shown_as_recognised(shop):
    shop.write("faq.yaml", "- {id: hours, questions: {en: [when are you open]}, answer: {en: From ten.}}\n")
    rows = {
        "status": ("where is my parcel", "track my order", "has it shipped", "parcel status", "where is the package"),
        "cancel": ("cancel my order", "I do not want it", "call it off", "please cancel", "cancel the purchase"),
    }
    shop.write("rows.yaml", "".join(f"{name}:\n" + "".join(f"- {row}\n" for row in rows[name]) for name in rows))
    config = "plugins: {faq: {files: [faq.yaml]}}\nnlu: {examples: [rows.yaml]}\nlogging: {level: error}\n"
    async with shop.running(config) as bot:
        found = await explain(bot, "where's my parcel?")
        assert found.heard[0][0] == "status"
        assert found.heard[0][1] > 0.5
        assert found.plain()["heard"][0]["intent"] == "status"
