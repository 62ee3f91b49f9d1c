"""`botcore evaluate nlu`, `train nlu` and `explain` as admins and scripts use them."""

from __future__ import annotations

import json

import pytest

from botcore.app.training import train_heads

pytestmark = [pytest.mark.timeout(600)]
KEYS = {"accuracy", "macro_f1", "ece", "ms_per_text", "train_s", "intents", "texts"}
VERBS = ("cancel", "change", "track", "return")
THINGS = ("order", "parcel", "table", "lamp", "chair", "booking")
CONFIG = """
models: {encoder: none}
plugins: {faq: {files: [faq.yaml]}}
logging: {level: error}
"""
FAQ = """
- id: hours
  questions: {en: [when are you open, opening hours, open now?, open on Sunday, when do you close], zh: [几点开门]}
  answer: {en: From ten., zh: 十点。}
- id: parking
  questions: {en: [where can I park, is there a car park, parking please, may I park here, park my car], zh: [哪里停车]}
  answer: {en: Behind the house., zh: 屋后。}
"""


def rows(*forms: str) -> str:
    found = [{"text": f.format(v, t), "intent": v} for f in forms for v in VERBS for t in THINGS]
    return "".join(json.dumps(row) + "\n" for row in found)


@pytest.fixture
def shop(shop):
    shop.write("train.jsonl", rows("please {} my {}", "I want to {} the {}"))
    shop.write("test.jsonl", rows("{} {} now"))
    shop.write("oos.jsonl", '{"text": "is it raining", "intent": "oos"}\n{"text": "who won", "intent": "oos"}\n')
    shop.write("faq.yaml", FAQ)
    return shop


@pytest.fixture
def evaluate(shop, cli):
    return lambda *more, **options: cli.json("evaluate", "nlu", "--encoder", "none", *more, **options)


def test_a_test_file_and_rows_outside_give_all_figures_and_a_report(shop, evaluate):
    found = evaluate("--train", "train.jsonl", "--test", "test.jsonl", "--oos", "oos.jsonl", "--report", "out")
    assert set(found) >= KEYS | {"oos_auroc", "oos_recall_at_95"}
    assert found["accuracy"] > 0.9
    assert (shop.folder / "out" / "index.html").is_file()


def test_without_a_test_file_rows_are_held_out(shop, cli):
    done = cli("evaluate", "nlu", "--encoder", "none", "--train", "train.jsonl", "--folds", "2")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("acc", "folds"))] == [
        "accuracy",
        "folds",
    ]
    assert "fold 2 of 2" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--train", "nothing.jsonl"), 2, "nothing.jsonl:1:1: the file does not exist."),
        (("--train", "bad.jsonl"), 2, "bad.jsonl:2:2: this is not JSON"),
        (("--train", "one.jsonl"), 1, "fewer than two intents"),
        (("--train", "single.jsonl"), 1, "Give --test."),
        (("--train", "train.jsonl", "--curve"), 2, "--test"),
        (("--train", "train.jsonl", "--fine-tune"), 2, "--test"),
        (("--train", "train.jsonl", "--folds", "1"), 2, "--folds"),
        ((), 2, "--train"),
    ],
)
def test_mistakes_are_told_without_a_traceback(shop, cli, arguments, code, told):
    shop.write("bad.jsonl", '{"text": "a", "intent": "a"}\n{oops\n')
    shop.write("one.jsonl", '{"text": "a", "intent": "a"}\n{"text": "b", "intent": "a"}\n')
    shop.write("single.jsonl", '{"text": "a", "intent": "a"}\n{"text": "b", "intent": "b"}\n')
    done = cli("evaluate", "nlu", "--encoder", "none", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_encoder_a_message_is_explained_by_its_words(shop, cli):
    shop.write("config.yaml", CONFIG)
    found = cli.json("explain", "where can I park")
    assert found["intent"] == "parking"
    assert (found["characters"], found["deletion"]) == ([], {})
    assert found["scores"][0]["id"] == "parking"
    assert found["scores"][0]["evidence"]["words"] > 0


@pytest.mark.parametrize("text", ["", "🙂"])
def test_a_message_without_words_is_explained_as_nothing(shop, cli, text):
    shop.write("config.yaml", CONFIG)
    found = cli.json("explain", text)
    assert (found["text"], found["intent"], found["characters"], found["scores"]) == (text, None, [], [])


def test_training_without_an_encoder_says_that_there_is_nothing_to_train(shop, cli):
    shop.write("config.yaml", CONFIG)
    done = cli("train", "nlu")
    assert done.returncode == 1
    assert "there is nothing to train" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.xdist_group("encoder")
def test_what_was_trained_once_is_taken_from_its_file_and_explains(shop, cli):
    shop.write("config.yaml", CONFIG.replace("models: {encoder: none}\n", ""))
    first = cli.json("train", "nlu")
    second = train_heads(shop.config, quiet=True)
    assert (first["trained"], second["trained"]) == (True, False)
    assert (first["intents"], first["examples"]) == (2, 12)
    done = cli("explain", "tell me where I can park")
    assert done.returncode == 0
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("intent", "check"))] == [
        ["intent", "parking"],
        ["check", "without"],
    ]
    assert done.stdout.startswith("tell me where I can park\n")
