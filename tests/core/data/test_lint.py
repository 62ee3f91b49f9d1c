"""What is wrong with labelled messages before anything is trained on them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from botcore.data.lint import Finding, lint
from botcore.data.similar import key_of


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name: str, *rows: tuple[str, str] | dict) -> Path:
        path = Path(name)
        dicts = [row if isinstance(row, dict) else {"text": row[0], "intent": row[1]} for row in rows]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in dicts), encoding="utf-8")
        return path.absolute()

    return write


def of_kind(kind: str, *files: Path, tests: tuple[Path, ...] = ()) -> list[Finding]:
    return [finding for finding in lint(files, tests).findings if finding.kind == kind]


def test_the_same_text_with_two_intents_is_an_error(write):
    a = write("a.jsonl", ("Where is my order?", "status"), ("where is my  ORDER", "complaint"))
    (finding,) = of_kind("contradiction", a)
    assert finding.severity == "error"
    assert finding.place == "a.jsonl:2"
    assert finding.what == "'where is my ORDER' is 'complaint' here and 'status' in a.jsonl:1."


def test_contradictions_are_found_across_files_and_scripts(write):
    a, b = write("a.jsonl", ("退貨", "return")), write("b.jsonl", ("退货！", "refund"))
    assert len(of_kind("contradiction", a, b)) == 1


def test_the_same_text_again_is_a_note(write):
    (finding,) = of_kind("duplicate", write("a.jsonl", ("hi", "greet"), ("Hi!", "greet"), ("HI", "greet")))
    assert (finding.severity, finding.place) == ("note", "a.jsonl:2")
    assert finding.what == "'Hi!' is here again (first in a.jsonl:1). So are 1 more."


def test_texts_without_letters_are_told_apart(write):
    assert key_of("👍") != key_of("👎")
    assert len(of_kind("no_words", write("a.jsonl", ("👍", "yes"), ("👎", "no"), ("!?", "what")))) == 3


def test_few_examples_and_one_that_dominates_are_warnings(write):
    rows = [(f"please do the thing number {n} for me", "much") for n in range(60)]
    a = write("a.jsonl", *rows, ("hello", "greet"), ("bye now", "leave"))
    assert {finding.place for finding in of_kind("too_few", a)} == {"a.jsonl:61", "a.jsonl:62"}
    (finding,) = of_kind("dominates", a)
    assert "'much' has 60 of 62" in finding.what
    assert of_kind("one_intent", write("b.jsonl", ("hello", "greet")))


def test_very_long_texts_are_told(write):
    a = write("a.jsonl", ("word " * 61, "x"), ("字" * 101, "x"), ("short", "x"))
    assert [finding.place for finding in of_kind("long", a)] == ["a.jsonl:1", "a.jsonl:2"]


def test_a_test_row_among_the_examples_is_an_error_and_a_near_one_a_note(write):
    a = write("a.jsonl", ("how do I return my shoes to the shop", "return"), ("where is my parcel now", "status"))
    b = write(
        "b.jsonl", ("Where is my parcel, now?", "status"), ("how do I return my shoes to the shop please", "return")
    )
    (leaked,) = of_kind("leaked", a, tests=(b,))
    assert (leaked.severity, leaked.place) == ("error", "b.jsonl:1")
    assert "a.jsonl:2" in leaked.what
    assert [finding.place for finding in of_kind("nearly_leaked", a, tests=(b,))] == ["b.jsonl:2"]


def test_intents_that_overlap_are_named_with_examples(write):
    status = ["where is my blue parcel", "where is my red parcel", "where is my green parcel", "my order is late"]
    track = [
        "where is my grey parcel",
        "where is my pink parcel",
        "where is my black parcel",
        "give me a tracking code",
    ]
    other = ["how do I pay by card", "can I pay by card", "do you take cards", "is cash fine too"]
    rows = [(text, name) for name, texts in (("status", status), ("track", track), ("pay", other)) for text in texts]
    found = of_kind("overlap", write("a.jsonl", *rows))
    (finding,) = found
    assert finding.what.startswith("'status' and 'track' overlap by words: ")


def test_a_label_that_the_same_words_nearly_never_have_is_told(write):
    rows = [{"text": f"{n} to Rome", "intent": "fly", "slots": {"city": "Rome"}} for n in range(9)]
    a = write("a.jsonl", *rows, {"text": "go to Rome", "intent": "fly", "slots": {"place": "Rome"}})
    (finding,) = of_kind("labels", a)
    assert finding.place == "a.jsonl:10"
    assert finding.what == "'rome' is 'place' here, and 'city' 9 times elsewhere."


def test_mistakes_in_a_file_come_first_and_do_not_hide_the_rest(write):
    a = write("a.jsonl", ("hi", "x"), {"text": 5, "intent": "x"}, ("hi", "y"))
    report = lint([a])
    assert [finding.kind for finding in report.findings if finding.severity == "error"] == [
        "unreadable",
        "contradiction",
    ]
    assert report.rows == 2
    assert report.has_errors


def test_good_files_have_no_findings(write):
    greet = ["hello there", "good morning to you", "hey bot", "hiya", "greetings, friend"]
    leave = ["see you tomorrow", "I am off", "farewell then", "have a nice day", "until next week"]
    rows = [(text, name) for name, texts in (("greet", greet), ("leave", leave)) for text in texts]
    report = lint([write("a.jsonl", *rows)])
    assert report.findings == ()
    assert not report.has_errors
    assert report.intents == {"greet": 5, "leave": 5}


def test_no_file_at_all_is_no_fault(tmp_path):
    assert lint([]).rows == 0


@pytest.mark.xdist_group("encoder")
def test_an_encoder_finds_overlaps_that_share_no_words(write, encoder):
    refund = ["when do I get my money back", "refund please", "pay me back what I spent", "return the cash to me"]
    back = ["reimburse me", "I want to be repaid", "give back the amount I paid", "credit my account for it"]
    hours = ["when do you open", "opening hours", "are you open on Sunday", "until when is the shop open"]
    rows = [(text, name) for name, texts in (("refund", refund), ("repay", back), ("hours", hours)) for text in texts]
    found = [
        finding for finding in lint([write("a.jsonl", *rows)], encoder=encoder).findings if "encoder" in finding.what
    ]
    assert found
    assert all("'refund' and 'repay'" in finding.what for finding in found)
