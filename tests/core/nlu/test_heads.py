"""The intent head: from few rows in both languages to calibrated intents and to what lies outside; kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from botcore.app.encoded import frame_of
from botcore.app.evaluate_nlu import calibration_error
from botcore.errors import ModelError
from botcore.nlu.fitting import fit_temperature, stratified
from botcore.nlu.head_file import load_head, save_head
from botcore.nlu.heads import IntentHead, softmax
from botcore.nlu.understand import heard_of
from botcore.nlu.wordy import WordsOnly
from botcore.text import normalise

with_encoder = [pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]
ENGLISH = {
    "refund": (
        "I want my money back",
        "please refund me",
        "how do I get a refund",
        "the refund has not arrived",
        "can you return my payment",
    ),
    "shipping": (
        "where is my parcel",
        "when will my order arrive",
        "track my package",
        "it has not been delivered yet",
        "how long does delivery take",
    ),
    "invoice": (
        "I need an invoice",
        "send me the receipt",
        "can I get a VAT invoice",
        "where do I download the bill",
        "the invoice has the wrong name",
    ),
    "hours": (
        "when are you open",
        "opening hours please",
        "are you open on Sunday",
        "what time do you close",
        "do you open on holidays",
    ),
}
CHINESE = {
    "refund": ("退款什么时候到", "我要退款", "把钱退给我", "怎么申请退款", "退的钱还没收到"),
    "shipping": ("我的快递到哪了", "什么时候发货", "包裹还没收到", "多久能送到", "查一下物流"),
    "invoice": ("开一张发票", "发票怎么开", "我需要增值税发票", "电子发票在哪下载", "发票抬头写错了"),
    "hours": ("几点开门", "营业时间", "周日开门吗", "你们几点关门", "节假日营业吗"),
}
OTHER_WORDINGS = {
    "could I have my cash back?": "refund",
    "钱能退吗": "refund",
    "has the package been sent": "shipping",
    "东西寄出来了没": "shipping",
    "I'd like a bill for my company": "invoice",
    "能给我开票吗": "invoice",
    "do you work on weekends": "hours",
    "晚上几点打烊": "hours",
}
FOREIGN = (
    "what is the capital of France",
    "write me a poem about cats",
    "今天天气怎么样",
    "我想学弹吉他",
    "who won the world cup",
    "给我讲个笑话",
)
HOSTILE = ("", "🙂🙂🙂", "\ud83d", "\x00\x00", "x" * 100_000, "退" * 100_000, "مرحبا كيف حالك", "‮txet", "１２３")


def rows_of(*groups: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(text, intent) for group in groups for intent, texts in group.items() for text in texts]


BOTH = rows_of(ENGLISH, CHINESE)


class Texts:
    """Trains and scores by words alone, or with an encoder."""

    def __init__(self, encoder=None) -> None:
        self.encoder = encoder
        self.frame = frame_of(encoder)

    def encoded(self, texts: list[str]):
        if self.encoder is None:
            return [WordsOnly.encoded(text) for text in texts]
        return self.encoder.encode_many(texts)

    def trained(self, rows: list[tuple[str, str]], **options) -> IntentHead:
        texts = [normalise(text) for text, _ in rows]
        return IntentHead.train(texts, [intent for _, intent in rows], self.encoded(texts), self.frame, **options)

    def score(self, head: IntentHead, texts):
        texts = [normalise(text) for text in texts]
        return head.score(texts, self.encoded(texts))

    def found(self, head: IntentHead, texts) -> list[str]:
        return [head.intents[i] for i in self.score(head, texts).probabilities.argmax(1)]


@pytest.fixture(scope="module")
def words() -> Texts:
    return Texts()


@pytest.fixture(scope="module")
def texts(encoder) -> Texts:
    return Texts(encoder)


@pytest.fixture(scope="module")
def head(texts) -> IntentHead:
    return texts.trained(BOTH)


class TestWithEncoder:
    pytestmark = with_encoder

    def test_other_wordings_in_both_languages_are_recognised(self, texts, head):
        assert texts.found(head, OTHER_WORDINGS) == list(OTHER_WORDINGS.values())

    @pytest.mark.parametrize(("taught", "asked"), [(ENGLISH, CHINESE), (CHINESE, ENGLISH)])
    def test_what_was_taught_in_one_language_is_understood_in_the_other(self, texts, taught, asked):
        head = texts.trained(rows_of(taught))
        wanted = rows_of(asked)
        found = texts.found(head, [text for text, _ in wanted])
        right = sum(a == b for a, (_, b) in zip(found, wanted, strict=True))
        assert right >= len(wanted) - 2, list(zip(found, wanted, strict=True))

    def test_what_has_nothing_to_do_with_the_examples_lies_outside(self, texts, head):
        inside = texts.score(head, OTHER_WORDINGS).inside
        outside = texts.score(head, FOREIGN).inside
        assert outside.max() < 0.05 < inside.min()

    def test_rows_of_what_lies_outside_are_no_class_and_sharpen_the_border(self, texts):
        given = [(text, "oos") for text in FOREIGN * 4]
        head = texts.trained(BOTH + given)
        assert head.intents == ("hours", "invoice", "refund", "shipping")
        assert texts.found(head, OTHER_WORDINGS) == list(OTHER_WORDINGS.values())
        unseen = texts.score(head, ["how tall is the Eiffel tower", "帮我写作业"])
        assert unseen.inside.max() < texts.score(head, OTHER_WORDINGS).inside.min()

    def test_the_nearest_examples_come_first(self, texts, head):
        (asked,) = texts.encoded(["where is my package"])
        near = head.nearest(head.frame.place("where is my package", asked), 3)
        assert [intent for _, intent, _ in near] == ["shipping"] * 3
        assert near[0][2] >= near[1][2] >= near[2][2]
        far = head.nearest(head.frame.place("where is my package", asked), 2, intent="hours")
        assert {intent for _, intent, _ in far} == {"hours"}
        assert far[0][2] < near[0][2]

    def test_a_loaded_head_scores_as_the_saved_one(self, texts, head, tmp_path):
        save_head(head, tmp_path / "heads" / "intents.safetensors", "key")
        again = load_head(tmp_path / "heads" / "intents.safetensors", "key")
        assert again is not None
        one, two = texts.score(head, OTHER_WORDINGS), texts.score(again, OTHER_WORDINGS)
        assert np.abs(one.probabilities - two.probabilities).max() < 1e-2
        np.testing.assert_allclose(one.density, two.density, atol=1e-2)
        assert again.rows.texts == head.rows.texts


@pytest.fixture(scope="module")
def plain(words) -> IntentHead:
    return words.trained(BOTH)


# Scores


def test_probabilities_of_a_text_add_up_to_one(words, plain):
    scored = words.score(plain, [*OTHER_WORDINGS, *FOREIGN])
    np.testing.assert_allclose(scored.probabilities.sum(1), 1, atol=1e-5)
    assert (scored.probabilities >= 0).all()
    assert ((scored.inside >= 0) & (scored.inside <= 1)).all()


def noisy_rows(seed: int, count: int = 240) -> list[tuple[str, str]]:
    """Texts of five words, of which two or three belong to the intent: some cannot be told apart by anyone."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        label = number % 3
        own = [f"w{label}{chance.integers(30)}" for _ in range(2)]
        other = [f"w{chance.integers(3)}{chance.integers(30)}" for _ in range(3)]
        rows.append((" ".join(chance.permutation([*own, *other])), f"i{label}"))
    return rows


def test_a_score_says_how_often_it_is_right(words):
    head = words.trained(noisy_rows(1))
    test = noisy_rows(2)
    scored = words.score(head, [text for text, _ in test])
    found = [head.intents[i] for i in scored.probabilities.argmax(1)]
    right = np.array([a == b for a, (_, b) in zip(found, test, strict=True)])
    raw = softmax(scored.logits)
    error = calibration_error(scored.probabilities.max(1), right)
    assert 0.5 < right.mean() < 0.97
    assert error < 0.1
    assert error <= calibration_error(raw.max(1), right) + 0.01


def test_the_temperature_undoes_what_was_made_too_loud():
    chance = np.random.default_rng(0)
    quiet = chance.normal(size=(4000, 4)).astype(np.float32)
    truth = np.array([chance.choice(4, p=softmax(row[None])[0]) for row in quiet], np.int64)
    assert fit_temperature(quiet * 3, truth) == pytest.approx(3, rel=0.15)


def test_evidence_is_nothing_at_chance_and_one_where_sure():
    assert heard_of(("a", "b"), np.array([0.5, 0.5], np.float32)) == {"a": 0.0, "b": 0.0}
    heard = heard_of(("a", "b", "c"), np.array([1.0, 0.0, 0.0], np.float32))
    assert heard == {"a": pytest.approx(1), "b": -1.0, "c": -1.0}


# Training


def test_the_same_rows_and_seed_give_the_same_head(words):
    one, two = (words.score(words.trained(rows_of(ENGLISH), seed=3), OTHER_WORDINGS) for _ in range(2))
    np.testing.assert_array_equal(one.probabilities, two.probabilities)
    np.testing.assert_array_equal(one.inside, two.inside)


def test_training_tells_how_far_it_is(words):
    steps: list[tuple[str, float]] = []
    words.trained(rows_of(ENGLISH), progress=lambda what, share: steps.append((what, share)))
    assert [share for _, share in steps] == sorted(share for _, share in steps)
    assert {what for what, _ in steps} == {"cross-validation"}


def test_the_report_says_what_held_out_rows_showed(plain):
    report = plain.report
    assert report["held_out_rows"] == len(BOTH)
    assert 0 <= report["held_out_accuracy"] <= 1


@pytest.mark.parametrize("rows", [[], [("hello", "a"), ("hi", "a")], [("hello", "a"), ("weather", "oos")]])
def test_fewer_than_two_intents_are_refused(words, rows):
    with pytest.raises(ValueError, match="two intents"):
        words.trained(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [("hello", "a"), ("hello", "b")] * 5,
        [("hello there", "a"), ("refund please", "b")],
        [("hello", "a"), ("hi", "a"), ("hey", "a"), ("refund", "b")],
        [("", "a"), ("", "b")] * 5,
        [("🙂", "a"), ("🙃🙃", "b"), ("!", "b")] * 3,
        [("\ud83d x", "a"), ("\udc00", "b")] * 3,
        [("x " * 50_000, "a"), ("退" * 100_000, "b")] * 2,
        [("", "a"), ("hello", "b"), ("hey", "a"), ("", "b")],
        [("hello", "\ud83d"), ("refund", "\x00"), ("hey", "\ud83d"), ("money", "\x00")],
    ],
    ids=["contradictions", "one row each", "one row", "empty", "no words", "surrogates", "long", "some empty", "names"],
)
def test_rows_that_teach_little_or_nothing_break_nothing(words, rows, tmp_path):
    head = words.trained(rows)
    scored = words.score(head, [*(text for text, _ in rows), *HOSTILE])
    for part in (scored.logits, scored.probabilities, scored.density, scored.inside):
        assert np.isfinite(part).all()
    save_head(head, tmp_path / "head", "key")
    again = load_head(tmp_path / "head", "key")
    assert again is not None
    assert again.intents == head.intents


def test_a_contradiction_is_no_reason_to_be_sure(words):
    head = words.trained([("hello", "a"), ("hello", "b")] * 5)
    assert words.score(head, ["hello"]).probabilities.max() == pytest.approx(0.5, abs=0.05)


def test_held_out_rows_are_disjoint_and_each_class_keeps_one():
    labels = np.array([0] * 7 + [1] * 2 + [2], np.int64)
    folds = list(stratified(labels, 5, seed=0))
    held = np.concatenate(folds)
    assert sorted(held.tolist()) == list(range(9))  # the class with one row is never held out
    for fold in folds:
        assert set(np.delete(labels, fold).tolist()) == {0, 1, 2}


# Files


def test_a_head_of_something_else_is_not_taken(plain, tmp_path):
    save_head(plain, tmp_path / "head", "these rows")
    assert load_head(tmp_path / "head", "those rows") is None
    assert load_head(tmp_path / "nothing", "these rows") is None
    assert load_head(tmp_path / "head") is not None


@pytest.mark.parametrize("spoil", [b"", b"\x00" * 100, b"{}", None], ids=["empty", "zeros", "json", "cut off"])
def test_a_broken_file_is_named_with_the_mend(plain, tmp_path, spoil):
    file: Path = tmp_path / "head"
    save_head(plain, file, "key")
    file.write_bytes(file.read_bytes()[:-1000] if spoil is None else spoil)
    with pytest.raises(ModelError) as wrong:
        load_head(file, "key")
    assert str(file) in wrong.value.what
    assert wrong.value.fix == "Delete the file."
