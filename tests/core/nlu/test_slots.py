"""Slots that are learned from rows: found with the offsets of what was written, kept in a file, refused when broken."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from botcore.errors import ModelError
from botcore.examples import Example, Span
from botcore.nlu.slots import SlotHead, slot_f1
from botcore.nlu.slots_crf import ILLEGAL, Lattice, legal, viterbi
from botcore.nlu.slots_net import best_paths, log_partition, path_score
from botcore.nlu.slots_units import bounds_of, runs_of, tags_of
from botcore.text import normalise

with_encoder = [pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]
CITIES = (
    ("Berlin", "柏林"),
    ("Paris", "巴黎"),
    ("New York", "纽约"),
    ("Shanghai", "上海"),
    ("Lisbon", "里斯本"),
    ("Hong Kong", "香港"),
)
DAYS = (("on Monday", "周一"), ("tomorrow", "明天"), ("next Friday", "下周五"), ("on the 5th", "五号"))
FORMS = (
    ("fly to {city} {day}", "{day}飞{city}"),
    ("I need a hotel in {city}", "我要在{city}订酒店"),
    ("is there a train to {city} {day}?", "{day}有去{city}的火车吗？"),
    ("cancel my booking, please", "请取消我的预订"),
)


def filled(form: str, **values: str) -> Example:
    """The form with its values put in, and where they stand."""
    text, spans = "", []
    for part in form.replace("{", "|{").replace("}", "}|").split("|"):
        value = values[part[1:-1]] if part.startswith("{") else part
        if part.startswith("{"):
            spans.append(Span(len(text), len(text) + len(value), part[1:-1]))
        text += value
    return Example(text, "travel", tuple(spans), has_slots=True)


ROWS = [
    filled(form[i], city=city[i], day=day[i])
    for i in (0, 1)
    for form in FORMS
    for city in CITIES
    for day in (DAYS if "{day}" in form[0] else DAYS[:1])
]


def trained(encoder, rows=ROWS, **options) -> SlotHead:
    texts = [normalise(row.text) for row in rows]
    return SlotHead.train(rows, encoder.encode_many(texts), texts=texts, **options)


def found(head: SlotHead, encoder, text: str) -> list[tuple[str, str]]:
    (encoded,) = encoder.encode_many([normalise(text)])
    return [(entity.kind, entity.text) for entity in head.find(text, encoded)]


@pytest.fixture(scope="module")
def head(encoder) -> SlotHead:
    return trained(encoder)


class TestWithEncoder:
    pytestmark = with_encoder

    @pytest.mark.parametrize(
        ("text", "slots"),
        [
            ("is there a flight to Madrid tomorrow?", [("city", "Madrid"), ("day", "tomorrow")]),
            ("I want a hotel in New York", [("city", "New York")]),
            ("明天去广州的火车", [("day", "明天"), ("city", "广州")]),
            ("please cancel it", []),
        ],
    )
    def test_slots_are_found_in_words_that_no_row_has(self, head, encoder, text, slots):
        assert found(head, encoder, text) == slots

    @pytest.mark.parametrize(
        ("text", "city"),
        [
            ("ｆｌｙ　ｔｏ　Ｂｅｒｌｉｎ　tomorrow", "Ｂｅｒｌｉｎ"),
            ("fly  to\u200b  Ber\u200blin\n tomorrow", "Ber\u200blin"),
            ("我要在紐約訂酒店", "紐約"),
            ("👨‍👩‍👧 fly to Berlin tomorrow 🙂", "Berlin"),
        ],
    )
    def test_offsets_are_those_of_what_was_written(self, head, encoder, text, city):
        (encoded,) = encoder.encode_many([normalise(text)])
        entities = head.find(text, encoded)
        assert city in [entity.text for entity in entities if entity.kind == "city"]
        for entity in entities:
            assert entity.text == text[entity.start : entity.end]
            assert entity.by == "learned"
            assert 0 < entity.score <= 1

    def test_a_plain_slot_is_surer_than_a_doubtful_one(self, head, encoder):
        plain, doubtful = "fly to Berlin tomorrow", "Berlin wool socks"
        scores = {}
        for text in (plain, doubtful):
            (encoded,) = encoder.encode_many([text])
            scores[text] = max((e.score for e in head.find(text, encoded) if e.kind == "city"), default=0.0)
        assert scores[plain] > 0.8
        assert scores[doubtful] < scores[plain]

    def test_u1_no_text_is_too_odd(self, head, encoder):
        for text in ("", " ", "🙂🙂", "\ud83d", "a\x00b", "a" * 100_000, "柏林 " * 30_000, "فندق в Берлине ที่กรุงเทพ"):
            (encoded,) = encoder.encode_many([normalise(text)])
            for entity in head.find(text, encoded):
                assert entity.text == text[entity.start : entity.end]

    def test_a_saved_head_finds_the_same(self, head, encoder, tmp_path):
        file = tmp_path / "slots.safetensors"
        head.save(file)
        again = SlotHead.load(file)
        assert again.labels == head.labels == ("city", "day")
        assert file.read_bytes()[8:9] == b"{"  # safetensors: a JSON header, then numbers
        for row in ROWS[::7]:
            (encoded,) = encoder.encode_many([normalise(row.text)])
            first, second = head.find(row.text, encoded), again.find(row.text, encoded)
            assert [(e.kind, e.text) for e in first] == [(e.kind, e.text) for e in second]
            assert [e.score for e in first] == pytest.approx([e.score for e in second], abs=0.02)

    def test_the_same_rows_and_seed_give_the_same_head(self, encoder, tmp_path):
        files = [tmp_path / name for name in ("a", "b", "c")]
        for file, seed in zip(files, (1, 1, 2), strict=True):
            trained(encoder, ROWS[::3], seed=seed).save(file)
        first, second, third = (file.read_bytes() for file in files)
        assert first == second != third

    def test_rows_that_label_no_slots_teach_none(self, encoder, tmp_path):
        head = trained(encoder, [Example("fly to Berlin", "travel"), Example("hello", "greet", has_slots=True)])
        assert head.labels == ()
        assert found(head, encoder, "fly to Berlin") == []
        head.save(tmp_path / "none")
        assert found(SlotHead.load(tmp_path / "none"), encoder, "fly to Berlin") == []

    @pytest.mark.parametrize("count", [1, 2, 5])
    def test_a_handful_of_rows_is_enough_to_begin(self, encoder, count):
        head = trained(encoder, ROWS[:count])
        assert found(head, encoder, ROWS[0].text) == [("city", "Berlin"), ("day", "on Monday")]

    def test_rows_without_words_and_contradicting_rows_do_no_harm(self, encoder):
        odd = [
            Example("", "none", has_slots=True),
            Example("🙂", "none", (Span(0, 1, "city"),), has_slots=True),
            Example("fly to Berlin", "a", (Span(7, 13, "day"),), has_slots=True),
            Example("fly to Berlin", "b", (Span(7, 13, "city"), Span(4, 9, "day")), has_slots=True),
        ]
        assert trained(encoder, odd).labels == ("city", "day")
        assert trained(encoder, odd[:1]).labels == ()

    def test_progress_is_told(self, encoder):
        told: list[tuple[int, int]] = []
        before = torch.get_num_threads()
        trained(encoder, ROWS[:6], progress=lambda done, total: told.append((done, total)), threads=1)
        assert told == [(done, told[-1][1]) for done in range(1, len(told) + 1)]
        assert told[-1][0] == told[-1][1]
        assert torch.get_num_threads() == before


@pytest.mark.parametrize("content", [b"", b"\x80\x02", b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_broken_file_is_refused_with_the_mend(tmp_path, content):
    file = tmp_path / "slots.safetensors"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="botcore train nlu"):
        SlotHead.load(file)
    with pytest.raises(ModelError):
        SlotHead.load(tmp_path / "missing")


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("I'd fly at 5pm.", ["I'd", "fly", "at", "5", "pm", "."]),
        ("订单SF123发往广州市", ["订", "单", "SF", "123", "发", "往", "广", "州", "市"]),
        ("R&B a_b", ["R", "&", "B", "a", "_", "b"]),
        ("ไป กรุง", ["ไ", "ป", "ก", "ร", "ุ", "ง"]),
    ],
)
def test_units_are_words_numbers_signs_and_chinese_characters(text, units):
    assert [text[start:end] for start, end in bounds_of(text)] == units


def test_tags_and_slots_are_two_forms_of_the_same():
    text = "from New York to Los Angeles San Jose"
    spans = [Span(5, 13, "a"), Span(17, 28, "b"), Span(29, 37, "b")]
    bounds = bounds_of(text)
    tags = tags_of(spans, bounds, {"a": 0, "b": 1}).tolist()
    assert tags == [0, 1, 2, 0, 3, 4, 3, 4]
    back = [Span(bounds[first][0], bounds[after - 1][1], "ab"[label]) for first, after, label in runs_of(tags)]
    assert back == spans
    assert tags_of([Span(6, 8, "a")], bounds, {"a": 0}).tolist()[:3] == [0, 1, 0], (
        "a span that cuts a word takes it whole"
    )


def every_row(units: int, labels: int) -> list[list[int]]:
    """All rows of tags that BIO allows."""
    allowed = legal(labels)
    rows = [[]]
    for _ in range(units):
        rows = [[*row, tag] for row in rows for tag in range(1 + 2 * labels) if allowed[row[-1] if row else 0, tag]]
    return rows


def test_the_crf_is_what_counting_every_row_gives():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(4, 5)).astype(np.float32)
    moves = np.where(legal(2), rng.normal(size=(5, 5)), ILLEGAL).astype(np.float32)
    rows = every_row(4, 2)
    sums = [sum(scores[i, tag] + moves[([0, *row])[i], tag] for i, tag in enumerate(row)) for row in rows]
    total = np.log(np.exp(sums).sum())
    torch_scores, torch_moves = torch.from_numpy(scores)[None], torch.from_numpy(moves)
    best = rows[int(np.argmax(sums))]
    assert viterbi(scores, moves) == best == best_paths(torch_scores, torch_moves)[0].tolist()
    assert float(log_partition(torch_scores, torch_moves)) == pytest.approx(total, abs=1e-4)
    assert float(path_score(torch_scores, torch_moves, torch.tensor([rows[7]]))) == pytest.approx(sums[7], abs=1e-4)
    lattice = Lattice(scores, moves)
    assert lattice.total == pytest.approx(total, abs=1e-6)
    for slot in ((0, 1, 0), (1, 3, 1), (2, 4, 0), (0, 4, 1)):
        share = sum(np.exp(one - total) for one, row in zip(sums, rows, strict=True) if slot in runs_of(row))
        assert lattice.probability(*slot) == pytest.approx(share, abs=1e-6)


def test_f1_counts_whole_slots():
    gold = [[Span(0, 4, "city"), Span(5, 9, "day")], [Span(0, 2, "city")]]
    have = [[Span(0, 4, "city"), Span(5, 8, "day")], []]
    score = slot_f1(gold, have)
    assert (score["precision"], score["recall"]) == (0.5, pytest.approx(1 / 3))
    assert score["f1"] == pytest.approx(0.4)
    assert score["labels"]["day"] == {"f1": 0.0, "precision": 0.0, "recall": 0.0, "count": 1}
    assert slot_f1([[]], [[]])["f1"] == 1.0
