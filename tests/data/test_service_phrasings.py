"""The phrasings that the adapter is trained on: their shape, so that training needs no checks of its own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from botcore.text import HAN, normalise

DATA = Path(__file__).parents[2] / "benchmarks" / "adapter" / "data"


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture(scope="module")
def rows():
    return read("service.jsonl")


@pytest.fixture(scope="module")
def answers():
    return read("answers.jsonl")


def test_every_request_has_its_own_id_and_phrasings_in_both_languages(rows):
    assert len({row["id"] for row in rows}) == len(rows) >= 260
    assert len({row["domain"] for row in rows}) >= 22
    for row in rows:
        assert set(row) == {"id", "domain", "en", "zh", "near"}
        assert 6 <= len(row["en"]) <= 8, row["id"]
        assert 6 <= len(row["zh"]) <= 8, row["id"]
        assert not any(HAN.search(text) for text in row["en"]), row["id"]
        assert sum(bool(HAN.search(text)) for text in row["zh"]) >= 5, row["id"]


def test_no_phrasing_stands_twice(rows):
    texts = Counter(normalise(text).casefold().strip("?!. ？！。") for row in rows for text in (*row["en"], *row["zh"]))
    assert [text for text, times in texts.items() if times > 1] == []


def test_near_requests_exist_and_are_near_both_ways(rows):
    near = {row["id"]: row["near"] for row in rows}
    for name, others in near.items():
        assert others, f"{name} has no near request"
        assert name not in others
        assert all(name in near[other] for other in others), name


def test_answers_belong_to_requests_and_come_with_questions_that_they_do_not_answer(rows, answers):
    known = {row["id"] for row in rows}
    assert len({answer["id"] for answer in answers}) == len(answers) >= 120
    for answer in answers:
        assert answer["id"] in known
        assert set(answer) == {"id", "en", "zh", "unanswered_en", "unanswered_zh"}
        assert answer["en"], answer["id"]
        assert HAN.search(answer["zh"]), answer["id"]
        assert 2 <= len(answer["unanswered_en"]) <= 3, answer["id"]
        assert 2 <= len(answer["unanswered_zh"]) <= 3, answer["id"]
