"""Measuring as an admin tries it: rows outside that have no name, rows that teach slots alone, a report in the way."""

from __future__ import annotations

import json

import pytest

from botcore.app.evaluate_nlu import evaluate_nlu
from botcore.app.nlu_report import write_report
from botcore.errors import BadInput
from botcore.examples import Rows

TRAIN = [
    *(
        {"text": text, "intent": "status"}
        for text in ("where is my parcel", "track my parcel", "parcel status", "包裹呢")
    ),
    *({"text": text, "intent": "cancel"} for text in ("cancel my order", "cancel it please", "取消订单", "取消")),
    {"text": "send to Rome", "slots": {"city": "Rome"}},
    {"tokens": ["ship", "to", "Oslo"], "tags": ["O", "O", "B-city"]},
]
TEST = [
    {"text": "my parcel, where is it", "intent": "status"},
    {"text": "please cancel", "intent": "cancel"},
    {"text": "deliver to Rome", "slots": {"city": "Rome"}},
]


@pytest.fixture
def files(shop):
    for name, rows in (("train", TRAIN), ("test", TEST)):
        shop.write(f"{name}.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return shop.folder


@pytest.mark.parametrize("is_held_out", [True, False])
def test_rows_that_teach_slots_alone_are_no_intent(files, is_held_out):
    outcome = evaluate_nlu(
        files / "train.jsonl", files / "test.jsonl" if is_held_out else None, encoder="none", folds=2
    )
    assert outcome.intents == ("cancel", "status")
    assert outcome.figures["texts"] == (2 if is_held_out else 8)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "sing a song"}\n{"text": "is it raining"}\n{"text": "x y z", "intent": "status"}\n'),
        ("a.csv", "text\nsing a song\nis it raining\nx y z\n"),
    ],
)
def test_rows_that_lie_outside_need_no_intent(files, shop, name, content):
    shop.write(name, content)
    outcome = evaluate_nlu(files / "train.jsonl", files / "test.jsonl", files / name, encoder="none")
    assert [row.intent for row in outcome.outside_rows] == ["oos"] * 3
    assert "oos_auroc" in outcome.figures


def test_a_report_in_place_of_a_file_is_refused_with_a_mend(files):
    outcome = evaluate_nlu(files / "train.jsonl", files / "test.jsonl", encoder="none")
    with pytest.raises(BadInput, match=r"train\.jsonl cannot be written"):
        write_report(outcome, files / "train.jsonl")


def test_warnings_beyond_those_that_are_listed_are_no_error():
    rows = Rows("a.jsonl")
    for line in range(1, 600):
        rows.add({"text": "abc", "intent": "x", "slots": {"city": "Rome"}}, line)
    assert {problem.severity for problem in rows.all_problems()} == {"warning"}


def test_check_tells_of_slots_that_are_not_in_their_text_although_the_file_is_read(files, shop):
    shop.write("rows.jsonl", '{"text": "abc", "intent": "oos", "slots": {"city": "Rome"}}\n')
    gathered = shop.gather("nlu: {examples: [rows.jsonl]}\nmodels: {encoder: none}\n")
    assert gathered.errors == []
    assert [(row.text, row.spans) for row in gathered.examples] == [("abc", ())]
    assert any("'Rome', which is not in the text" in str(problem) for problem in gathered.warnings)
