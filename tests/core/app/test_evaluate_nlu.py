"""Understanding measured on files: figures, cross-validation, what lies outside, slots, and the report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from botcore.app.evaluate_nlu import Outcome, calibration_error, evaluate_nlu, figures, learning_curve, per_intent
from botcore.app.nlu_report import confusions, write_report
from botcore.errors import BadInput, ConfigError
from botcore.examples import Example

VERBS = ("cancel", "change", "track", "return")
THINGS = ("order", "parcel", "table", "lamp", "chair", "booking", "flight", "hotel")
FORMS = ("please {} my {}", "I want to {} the {}", "{} {} now", "how do I {} this {}?")


def rows(forms=FORMS) -> list[dict]:
    return [
        {"text": form.format(verb, thing), "intent": verb, "slots": {"thing": thing}}
        for form in forms
        for verb in VERBS
        for thing in THINGS
    ]


OUTSIDE = [{"text": text} | {"intent": "oos"} for text in ("is it raining", "tell me a joke", "who won", "天气怎么样")]


@pytest.fixture
def files(tmp_path):
    """Writes rows as JSON lines."""

    def write(name: str, content: list[dict]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
        return path

    return write


def without_slots(content: list[dict]) -> list[dict]:
    return [{"text": row["text"], "intent": row["intent"]} for row in content]


# Figures


def test_a_test_file_is_measured(files):
    train = files("train.jsonl", without_slots(rows(FORMS[:2])))
    test = files("test.jsonl", without_slots(rows(FORMS[2:])))
    outcome = evaluate_nlu(train, test, encoder="none")
    found = outcome.figures
    assert (found["intents"], found["texts"]) == (4, 64)
    assert found["accuracy"] > 0.9
    assert found["macro_f1"] > 0.9
    assert 0 <= found["ece"] <= 1
    assert found["ms_per_text"] > 0
    assert found["train_s"] > 0
    assert found["held_out"]["held_out_rows"] == 64
    assert not {"slot_f1", "oos_auroc", "folds"} & set(found)


def test_without_a_test_file_every_row_is_held_out_once(files):
    said: list[str] = []
    outcome = evaluate_nlu(
        files("train.jsonl", without_slots(rows(FORMS[:2]))), None, encoder="none", folds=3, say=said.append
    )
    assert outcome.figures["folds"] == 3
    assert outcome.figures["texts"] == 64
    assert len({row.text for row in outcome.rows}) == 64
    assert outcome.figures["accuracy"] > 0.8
    assert said[-1] == "fold 3 of 3"


@pytest.mark.parametrize("is_held_out", [True, False])
def test_rows_outside_are_told_apart_whether_in_their_own_file_or_among_the_test_rows(files, is_held_out):
    train = files("train.jsonl", without_slots(rows(FORMS[:2])))
    test = without_slots(rows(FORMS[2:3]))
    if is_held_out:
        outcome = evaluate_nlu(
            train,
            files("test.jsonl", test),
            files("oos.jsonl", [{**row, "intent": "x"} for row in OUTSIDE]),
            encoder="none",
        )
    else:
        outcome = evaluate_nlu(train, files("test.jsonl", test + OUTSIDE), encoder="none")
    found = outcome.figures
    assert found["texts"] == 32
    assert len(outcome.outside_rows) == 4
    assert found["oos_auroc"] > 0.9
    assert found["oos_recall_at_95"] >= 0.75
    assert {"oos_recall_by_default", "kept_by_default"} <= set(found)


def test_outside_rows_are_told_apart_in_cross_validation_too(files):
    train = files("train.jsonl", without_slots(rows(FORMS[:2])) + OUTSIDE)
    outcome = evaluate_nlu(train, None, files("oos.jsonl", OUTSIDE), encoder="none", folds=2)
    assert outcome.intents == tuple(sorted(VERBS))
    assert len(outcome.outside_density) == 4
    assert outcome.figures["oos_auroc"] > 0.9


def test_only_outside_rows_to_test_on_give_no_accuracy_and_no_exception(files, tmp_path):
    train = files("train.jsonl", without_slots(rows(FORMS[:1])))
    outcome = evaluate_nlu(train, files("test.jsonl", OUTSIDE), encoder="none")
    assert (outcome.figures["texts"], outcome.figures["accuracy"]) == (0, 0.0)
    write_report(outcome, tmp_path / "report")
    assert (tmp_path / "report" / "index.html").is_file()


def test_intents_that_were_not_trained_on_count_as_wrong(files):
    train = files("train.jsonl", without_slots(rows(FORMS[:2])))
    test = files("test.jsonl", [{"text": "cancel order now", "intent": "cancel"}, {"text": "hi", "intent": "greet"}])
    outcome = evaluate_nlu(train, test, encoder="none")
    assert outcome.figures["accuracy"] == 0.5
    assert per_intent(outcome)["greet"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "rows": 1}


def test_a_learning_curve_has_more_and_more_rows(files):
    train, test = (files(f"{i}.jsonl", without_slots(rows(FORMS[i : i + 2]))) for i in (0, 2))
    curve = learning_curve(train, test, encoder="none")
    assert [count for count, _ in curve] == [8, 16, 32, 64]
    assert all(0 <= accuracy <= 1 for _, accuracy in curve)
    assert curve[-1][1] > 0.9


@pytest.mark.xdist_group("encoder")
@pytest.mark.timeout(600)
def test_slots_are_measured_by_the_encoder_where_rows_label_them(files):
    outcome = evaluate_nlu(files("train.jsonl", rows(FORMS[:2])), files("test.jsonl", rows(FORMS[3:])))
    assert outcome.figures["slot_f1"] > 0.7
    assert outcome.figures["accuracy"] > 0.9


# Mistakes


def test_fewer_than_two_intents_cannot_be_measured(files):
    for content in ([{"text": "a", "intent": "a"}], [{"text": "a", "intent": "a"}, {"text": "b", "intent": "oos"}]):
        with pytest.raises(BadInput, match="fewer than two intents"):
            evaluate_nlu(files("train.jsonl", content), None, encoder="none")


def test_one_row_an_intent_cannot_be_held_out_but_trained_on(files):
    train = files("train.jsonl", [{"text": "cancel it", "intent": "a"}, {"text": "track it", "intent": "b"}])
    with pytest.raises(BadInput) as wrong:
        evaluate_nlu(train, None, encoder="none")
    assert wrong.value.fix == "Give --test."
    assert evaluate_nlu(train, train, encoder="none").figures["texts"] == 2


def test_every_bad_row_of_a_file_is_told(files, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "a"}\nnot json\n{"text": "b", "intent": "b"}\n')
    with pytest.raises(ConfigError) as wrong:
        evaluate_nlu(bad, None, encoder="none")
    assert [(problem.line, bool(problem.fix)) for problem in wrong.value.problems] == [(1, True), (2, True)]


# The report

HOSTILE = ("<script>alert(1)</script>", "$\\frac{$", "a\"'&<b>", "退款\u202e", "x" * 300, "$^$", "\\", "%s {0}")


def hostile_outcome() -> Outcome:
    intents = tuple(sorted(HOSTILE))
    test = [Example(f"text of {name} <img src=x onerror=alert(1)> \ud83d", name, place=f"{name}:1") for name in HOSTILE]
    chance = np.random.default_rng(0)
    probabilities = chance.dirichlet(np.ones(len(intents)), len(test)).astype(np.float32)
    density = chance.normal(size=len(test)).astype(np.float32)
    outcome = Outcome(intents, test, probabilities, density, density, test[:3], density[:3] - 2, density[:3])
    outcome.figures = figures(outcome)
    return outcome


def test_a_report_is_a_page_with_plots_and_all_errors(files, tmp_path):
    train, test = (files(f"{i}.jsonl", without_slots(rows(FORMS[i : i + 1]))) for i in (0, 2))
    outcome = evaluate_nlu(train, test, files("oos.jsonl", OUTSIDE), encoder="none")
    write_report(outcome, tmp_path / "deep" / "report", [(8, 0.5), (16, 0.7)])
    folder = tmp_path / "deep" / "report"
    plots = ("calibration.png", "confusion.png", "curve.png", "outside.png")
    assert sorted(file.name for file in folder.iterdir()) == [*plots[:3], "errors.jsonl", "index.html", plots[3]]
    page = (folder / "index.html").read_text(encoding="utf-8")
    for plot in plots:
        assert f"src='{plot}'" in page
        assert (folder / plot).read_bytes().startswith(b"\x89PNG")
    errors = [json.loads(line) for line in (folder / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(errors) == sum(row.intent != found for row, found in zip(outcome.rows, outcome.found, strict=True))
    assert [error["score"] for error in errors] == sorted((error["score"] for error in errors), reverse=True)


def test_plots_that_there_is_nothing_to_draw_of_are_left_out(files, tmp_path):
    train = files("train.jsonl", without_slots(rows(FORMS[:1])))
    write_report(evaluate_nlu(train, train, encoder="none"), tmp_path / "report")
    assert {file.suffix: file.stem for file in (tmp_path / "report").glob("*.png")}.keys() == {".png"}
    assert not (tmp_path / "report" / "outside.png").exists()
    assert not (tmp_path / "report" / "curve.png").exists()


def test_names_and_texts_of_the_files_are_only_text_in_the_report(tmp_path):
    outcome = hostile_outcome()
    write_report(outcome, tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    errors = [json.loads(line) for line in (tmp_path / "errors.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    assert {error["intent"] for error in errors} <= set(HOSTILE)
    assert errors[0]["text"].endswith("\ud83d")


def test_the_report_does_not_ask_the_network_for_anything(tmp_path):
    write_report(hostile_outcome(), tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "http" not in page


def test_the_most_frequent_confusion_comes_first():
    test = [Example("t", intent) for intent in ("a", "a", "b", "c")]
    probabilities = np.eye(3, dtype=np.float32)[[1, 1, 1, 0]]
    outcome = Outcome(("a", "b", "c"), test, probabilities, np.zeros(4, np.float32), np.zeros(4, np.float32))
    assert confusions(outcome) == [("a", "b", 2), ("c", "a", 1)]
    assert figures(outcome)["accuracy"] == 0.25


def test_the_calibration_error_is_how_far_scores_are_from_being_right():
    half = np.array([True, False] * 50)
    assert calibration_error(np.full(100, 0.5, np.float32), half) == pytest.approx(0)
    assert calibration_error(np.full(100, 1.0, np.float32), half) == pytest.approx(0.5)
    assert calibration_error(np.full(100, 1.0, np.float32), np.ones(100, bool)) == pytest.approx(0)
