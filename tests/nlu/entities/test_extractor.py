"""The extractor as a whole: exact offsets, plain values, no overlaps, and nothing that makes it fail or hang."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from botcore.nlu.entities import KINDS, Extractor
from botcore.understanding import Entity

GOLD = Path(__file__).resolve().parents[3] / "benchmarks/nlu/entities_gold.jsonl"
PIECES = [
    "明天",
    "下午",
    "3点",
    "三百二十元",
    "１３８００１３８０００",
    "下週三",
    "到",
    "和",
    "，",
    " ",
    "3",
    "一",
    "百分之",
    "第",
    "块",
    "5月1日",
    "20",
    "kg",
    "tomorrow ",
    "at ",
    "3pm",
    "from ",
    " to ",
    "next ",
    "friday ",
    "$",
    "twenty ",
    "half ",
    "a ",
    "week ",
    "ago",
    "order ",
    "#",
    "AB12345",
    "@",
    ".",
    "b.cn",
    "https://",
    "4111 1111 1111 1111",
    "北京",
    "New York",
    "\u200b",
    "\ud83d",
    "\x00",
    "👨\u200d👩\u200d👧",
    "ﬁ",
    "e\u0301",
    "İ",
    "ß",
    "ﷺ",
    "½",
    "㎏",
    "九月",
    "卅",
    "零",
    "点",
    "半",
    "年",
    "2026",
    "/",
    "-",
    ":",
    "99",
    "(",
    ")",
    "last one",
    "除夕",
    "cents",
]
HOSTILE = [
    "1",
    "111,",
    "1.",
    "一",
    "十",
    "二十",
    "one ",
    "one and ",
    "a ",
    "第",
    "百分之",
    "3个",
    "¥1",
    "3块5",
    "下周",
    "2026年",
    "1/1/",
    "jan 1 ",
    "monday to ",
    "一点",
    "1:1",
    "half past ",
    "差",
    "下午",
    "from 1 to ",
    "明天下午",
    "3小时",
    "+1",
    "(1)",
    "a@",
    "a.b+c@d.",
    "https://a",
    "www.",
    "order number ",
    "a-1",
    "4111 1111 1111 111",
    "de89 3704 ",
    "new yor ",
    "\u200b",
    "\u0301",
    "\ud800",
    "\x00",
    "🙂",
    "ﷺ",
    "١",
    "১২",
    "कल ",
    "завтра ",
    "明日の",
]


def spans_of_built_in(entities: tuple[Entity, ...]) -> list[tuple[int, int]]:
    return [(each.start, each.end) for each in entities if each.by == "built-in"]


@pytest.mark.parametrize("seed", range(30))
def test_offsets_are_exact_and_values_plain_whatever_is_written(extractor, seed):
    dice = random.Random(seed)
    for _ in range(60):
        text = "".join(dice.choices(PIECES, k=dice.randint(0, 14)))
        entities = extractor.extract(text, datetime(2026, 11, 24, 2, tzinfo=UTC))
        assert all(each.text == text[each.start : each.end] and each.text for each in entities)
        assert all(each.kind in KINDS for each in entities)
        assert [each.start for each in entities] == sorted(each.start for each in entities)
        json.dumps([each.value for each in entities])
        spans = spans_of_built_in(entities)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans)), text


@pytest.mark.parametrize("unit", HOSTILE)
def test_a9_100_kb_of_one_thing_with_a_near_miss_ends(extractor, unit):
    text = (unit * (100_000 // len(unit) + 1))[:99_999] + "!"
    entities = extractor.extract(text)
    assert all(each.text == text[each.start : each.end] for each in entities)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "🙂🙂", "\ud800", "\x00", "?", "\n\t"])
def test_a_message_without_words_has_no_entities(extractor, text):
    assert extractor.extract(text) == ()


MOMENTS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, tzinfo=UTC),
    datetime.fromisoformat("2026-11-24"),
    None,
]


@pytest.mark.parametrize("at", MOMENTS)
def test_any_moment_will_do(extractor, at):
    assert [each.kind for each in extractor.extract("明年 tomorrow in 3 years 昨天", at)] == [
        "date_range",
        "date",
        "date",
        "date",
    ]


@pytest.mark.parametrize(
    "text", ["in 99999999 years", "999999999999年后", "99999999999999999999小时前", "在10000000000个工作日后"]
)
def test_a_time_out_of_all_reach_is_no_error(extractor, text):
    assert all(each.kind != "date" for each in extractor.extract(text))


def test_a_message_of_many_kinds_gives_each_in_its_place(extractor):
    text = "您好😀！我１１月１１號買的２件大衣（訂單SF1029384756102）能退￥３２０嗎？請在下週三下午3點打13800138000"
    found = extractor.extract(text, datetime.fromisoformat("2026-11-24T10:00:00+08:00"))
    assert [(each.kind, each.text, each.value) for each in found] == [
        ("date", "１１月１１號", "2026-11-11"),
        ("quantity", "２件", {"amount": 2, "unit": "piece"}),
        ("order_id", "SF1029384756102", "SF1029384756102"),
        ("money", "￥３２０", {"amount": 320, "currency": "CNY"}),
        ("datetime", "下週三下午3點", "2026-12-02T15:00:00+08:00"),
        ("phone", "13800138000", "+8613800138000"),
    ]


def test_the_language_decides_where_the_text_does_not(extractor):
    assert [each.value for each in extractor.extract("4155552671", language="en")] == ["+14155552671"]
    assert [each.kind for each in extractor.extract("4155552671", language="zh")] == ["number"]


@pytest.mark.parametrize(("split", "least"), [("held-out", 0.96), ("dev", 0.96)])
def test_the_gold_messages_stay_right(extractor, split, least):
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    right = wanted = given = 0
    for row in (row for row in rows if row["split"] == split):
        found = extractor.extract(row["text"], datetime.fromisoformat(row["at"]))
        have = [(each.kind, each.start, each.end, each.value) for each in found]
        want = [(each["kind"], each["start"], each["end"], each["value"]) for each in row["entities"]]
        right += sum(each in want for each in have)
        wanted, given = wanted + len(want), given + len(have)
    assert right / wanted >= least
    assert right / given >= least


def test_every_kind_is_one_that_some_message_has(extractor):
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    assert {each["kind"] for row in rows for each in row["entities"]} == set(KINDS)


def test_an_extractor_may_be_used_without_a_time_or_lists():
    assert [each.value for each in Extractor().extract("3 boxes")] == [{"amount": 3, "unit": "box"}]


@pytest.mark.parametrize("page", ["docs/admin/entities.md", "docs/zh/admin/entities.md"])
def test_every_kind_is_documented_with_examples_that_are_right(found, page):
    text = GOLD.parents[2].joinpath(page).read_text(encoding="utf-8")
    rows = text.split("<!-- kinds -->")[1].split("<!-- end of kinds -->")[0].strip().split("\n")[2:]
    cells = [[cell.strip(" `") for cell in row.strip("|").split(" | ")] for row in rows]
    assert sorted(kind for kind, _, _, _ in cells) == sorted(KINDS)
    for kind, han, english, value in cells:
        for example in (han, english):
            assert [each[2] for each in found(example) if each[0] == kind] == [json.loads(value)], example


@pytest.mark.parametrize("seed", range(8))
def test_messages_cut_anywhere_and_joined_keep_exact_offsets(extractor, seed):
    messages = [json.loads(line)["text"] for line in GOLD.read_text(encoding="utf-8").splitlines()]
    dice = random.Random(seed)
    for _ in range(400):
        first, second = dice.choice(messages), dice.choice(messages)
        joint = dice.choice(["", " ", "\u200b", "到", "to ", "第", "in"])
        text = first[: dice.randint(0, len(first))] + joint + second[dice.randint(0, len(second)) :]
        if dice.random() < 0.3:
            text = "".join(dice.sample(text, len(text)))
        entities = extractor.extract(text, datetime(2026, 11, 24, 2, tzinfo=UTC), dice.choice([None, "zh", "en"]))
        assert all(each.text and each.text == text[each.start : each.end] for each in entities), text


@pytest.mark.parametrize("text", ["第1二个", "in\u200b半小时"])
def test_digits_and_words_run_together_are_no_error(extractor, text):
    assert all(each.text == text[each.start : each.end] for each in extractor.extract(text))
