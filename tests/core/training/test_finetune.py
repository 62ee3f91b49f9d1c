"""Fine-tuning: it learns, goes on after a kill, and its folder serves as encoder and as model."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from botcore.errors import BadInput, ModelError
from botcore.examples import Example, Span
from botcore.models.encoder import load_encoder
from botcore.models.store import ModelStore, default_root
from botcore.nlu.slots import slot_f1
from botcore.text import normalise
from botcore.training.finetune import Report, Settings, finetune, load_finetuned
from botcore.training.folder import read_heads

pytestmark = pytest.mark.timeout(300)
QUICK = Settings(epochs=20, batch=8, learning_rate=3e-3, head_learning_rate=1e-2, patience=100, device="cpu", threads=1)


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "model"


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_it_learns_intents_and_slots_in_both_languages(rows, tiny, out):
    told: list[tuple[int, int]] = []
    report = finetune(
        rows, out, base=tiny, validation=rows, settings=QUICK, progress=lambda done, total: told.append((done, total))
    )
    assert report.metrics["intent_accuracy"] > 0.9
    assert report.metrics["slot_f1"] > 0.9
    assert report.metrics["score"] == max(one["score"] for one in report.history)
    assert (report.intents, report.slots) == (("book", "greet", "weather"), ("city",))
    assert told[-1] == (report.steps, 20 * -(-len(rows) // 8))
    model = load_finetuned(out, device="cpu", threads=1)
    predicted = model.predict([row.text for row in rows])
    model.close()
    right = [model.intents[odds.argmax()] == row.intent for (odds, _), row in zip(predicted, rows, strict=True)]
    assert np.mean(right) == pytest.approx(report.metrics["intent_accuracy"], abs=1e-3)
    f1 = slot_f1([row.spans for row in rows], [spans for _, spans in predicted])["f1"]
    assert f1 == pytest.approx(report.metrics["slot_f1"], abs=1e-3)
    for odds, _ in predicted:
        assert odds.sum() == pytest.approx(1, abs=1e-5)


def test_offsets_are_those_of_what_was_written(rows, tiny, out):
    finetune(rows, out, base=tiny, validation=rows, settings=QUICK)
    model = load_finetuned(out, device="cpu", threads=1)
    for text in ("ｆｌｙ　ｔｏ　Ｐａｒｉｓ", "fly \u200bto\n Par\u200bis", "", "🙂", "\ud83d", "a" * 100_000):
        ((odds, spans),) = model.predict([text])
        assert odds.shape == (3,)
        for span in spans:
            assert normalise(text[span.start : span.end]) == span.value
    assert model.predict([]) == []
    model.close()


def test_the_folder_is_an_encoder_and_its_heads_read_that_encoders_output(rows, tiny, out):
    finetune(rows, out, base=tiny, settings=replace(QUICK, epochs=2))
    encoder = load_encoder(out, name="mine", device="cpu")
    _, heads = read_heads(out)
    whole = load_finetuned(out, device="cpu", threads=1)
    for text, (odds, spans) in zip(("fly to Paris", "你好"), whole.predict(["fly to Paris", "你好"]), strict=True):
        (encoded,) = encoder.encode_many([text])
        assert heads.probabilities(encoded) == pytest.approx(odds, abs=1e-4)
        assert [(e.start, e.end, e.kind) for e in heads.find(text, encoded)] == [
            (s.start, s.end, s.label) for s in spans
        ]
    assert whole.identity != encoder.identity, "vectors of an encoder that was trained anew are not taken from a cache"
    encoder.close()
    whole.close()


def test_the_folder_says_where_it_came_from_and_holds_no_pickle(rows, tiny, out):
    finetune(rows, out, base=tiny, settings=replace(QUICK, epochs=1))
    about = json.loads((out / "botcore_nlu.json").read_text())
    assert about["base"]["sha256"] == sha(tiny / "model.safetensors")
    assert about["data"]["train"]["rows"] + about["data"]["held_out"]["rows"] == len(rows)
    assert len(about["data"]["train"]["sha256"]) == 64
    assert about["settings"]["epochs"] == 1
    assert {"torch", "transformers"} <= set(about["versions"])
    assert about["made"].startswith("20")
    assert {file.suffix for file in out.iterdir()} == {".safetensors", ".json"}
    assert not list(out.glob("checkpoint*"))


def test_the_same_data_and_seed_give_the_same_model(rows, tiny, tmp_path):
    made = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        finetune(rows, tmp_path / name, base=tiny, settings=replace(QUICK, epochs=1, seed=seed))
        made.append(sha(tmp_path / name / "model.safetensors"))
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(
    ("settings", "moved"),
    [
        (QUICK, {"layer.0", "layer.1"}),
        (replace(QUICK, layers=1), {"layer.1"}),
        (replace(QUICK, layers=0), set()),
        (replace(QUICK, train_embeddings=True), {"layer.0", "layer.1", "word_embeddings"}),
    ],
)
def test_what_is_frozen_stays_as_it_was(rows, tiny, out, settings, moved):
    finetune(rows, out, base=tiny, settings=replace(settings, epochs=1))
    before, after = load_file(tiny / "model.safetensors"), load_file(out / "model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    parts = ("layer.0", "layer.1", "word_embeddings")
    assert {part for part in parts if any(part in name for name in changed)} == moved


def test_it_stops_early_when_nothing_gets_better(rows, tiny, out):
    still = replace(QUICK, epochs=50, learning_rate=0.0, head_learning_rate=0.0, patience=2)
    report = finetune(rows, out, base=tiny, validation=rows, settings=still)
    assert len(report.history) == 3
    assert report.steps == 3 * -(-len(rows) // 8)


def test_rows_may_name_intents_alone_or_slots_alone(rows, tiny, tmp_path):
    intents = [Example(row.text, row.intent) for row in rows]
    slots = [replace(row, intent="") for row in rows]
    first = finetune(intents, tmp_path / "a", base=tiny, settings=replace(QUICK, epochs=1))
    second = finetune(slots, tmp_path / "b", base=tiny, settings=replace(QUICK, epochs=1))
    assert (first.slots, second.intents) == ((), ())
    assert set(first.metrics) == {"step", "intent_accuracy", "score", "loss"}
    assert set(second.metrics) == {"step", "slot_f1", "score", "loss"}
    for folder, intent_count in ((tmp_path / "a", 3), (tmp_path / "b", 0)):
        model = load_finetuned(folder, device="cpu", threads=1)
        ((odds, _),) = model.predict(["fly to Paris"])
        assert odds.shape == (intent_count,)
        model.close()


def test_odd_rows_do_no_harm(tiny, out):
    odd = [
        Example("", "a", has_slots=True),
        Example("🙂", "b", (Span(0, 1, "city"),), has_slots=True),
        Example("x" * 100_000, "a", (Span(5, 9, "city"),), has_slots=True),
        Example("\ud83d\x00", "b"),
    ]
    assert finetune(odd, out, base=tiny, settings=replace(QUICK, epochs=1)).metrics == {}


def test_rows_without_labels_and_a_missing_device_are_refused(rows, tiny, out):
    with pytest.raises(BadInput, match="No row names an intent"):
        finetune([Example("hello", "")], out, base=tiny)
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match="no CUDA device"):
            finetune(rows, out, base=tiny, settings=replace(QUICK, device="cuda"))


@pytest.mark.parametrize("broken", ["botcore_nlu.json", "heads.safetensors"])
def test_a_broken_folder_is_refused_with_the_mend(rows, tiny, out, broken):
    finetune(rows, out, base=tiny, settings=replace(QUICK, epochs=1))
    (out / broken).write_bytes(b"\x80\x02")
    with pytest.raises(ModelError, match="botcore train nlu --fine-tune"):
        load_finetuned(out)
    (out / broken).unlink()
    with pytest.raises(ModelError, match="holds no fine-tuned model"):
        load_finetuned(out)


# After a break


class Killed(Exception):
    pass


def killing_at(step: int) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done == step:
            raise Killed

    return progress


def cut_off(rows: list[Example], out: Path, tiny: Path, settings: Settings, at: int) -> None:
    with pytest.raises(Killed):
        finetune(rows, out, base=tiny, settings=settings, progress=killing_at(at))


def test_an_interrupted_run_goes_on_and_ends_like_one_that_was_not(rows, tiny, tmp_path):
    settings = replace(QUICK, epochs=4, save_steps=3)
    whole = finetune(rows, tmp_path / "whole", base=tiny, settings=settings)
    cut_off(rows, tmp_path / "cut", tiny, settings, at=8)
    checkpoints = tmp_path / "cut" / "checkpoints"
    half_written = checkpoints / "checkpoint-9"
    shutil.copytree(checkpoints / "checkpoint-6", half_written)
    (half_written / "trainer_state.json").write_text("{")
    again = finetune(rows, tmp_path / "cut", base=tiny, settings=settings)
    assert (whole.resumed_from, again.resumed_from) == (0, 6)
    assert again.steps == whole.steps
    assert again.metrics == whole.metrics
    assert sha(tmp_path / "cut" / "model.safetensors") == sha(tmp_path / "whole" / "model.safetensors")


def test_patience_outlasts_a_break(rows, tiny, out):
    still = replace(QUICK, epochs=50, learning_rate=0.0, head_learning_rate=0.0, patience=3)
    a_step = -(-len(rows) // 8)
    with pytest.raises(Killed):
        finetune(rows, out, base=tiny, validation=rows, settings=still, progress=killing_at(3 * a_step + 1))
    report = finetune(rows, out, base=tiny, validation=rows, settings=still)
    assert report.resumed_from == 3 * a_step
    assert report.steps == 4 * a_step


def test_other_rows_or_settings_begin_anew(rows, tiny, out):
    settings = replace(QUICK, epochs=2, save_steps=3)
    cut_off(rows, out, tiny, settings, at=5)
    assert finetune(rows, out, base=tiny, settings=replace(settings, seed=5)).resumed_from == 0
    cut_off(rows, out, tiny, settings, at=5)
    assert finetune(rows[1:], out, base=tiny, settings=settings).resumed_from == 0


def arguments(rows_file: Path, tiny: Path) -> tuple[object, ...]:
    often = ("--epochs", 30, "--batch", 4, "--save-steps", 5, "--patience", 1000)
    return (
        "train",
        "nlu",
        "--fine-tune",
        *often,
        "--device",
        "cpu",
        "--threads",
        1,
        "--data",
        rows_file,
        "--base",
        tiny,
        "--out",
        "model",
    )


@pytest.mark.kill
def test_after_a_kill_the_command_goes_on_to_the_same_number_of_steps(cli, rows, rows_file, tiny, tmp_path):
    process = cli.start(*arguments(rows_file, tiny))
    until = time.monotonic() + 120
    while time.monotonic() < until and not list(
        (tmp_path / "model").glob("checkpoints/checkpoint-*/trainer_state.json")
    ):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "model/botcore_nlu.json").exists()
    report = cli.json(*arguments(rows_file, tiny), "--quiet")
    assert report["resumed_from"] >= 5
    assert report["steps"] == 30 * -(-(len(rows) - round(len(rows) * 0.1)) // 4)
    assert not (tmp_path / "model/checkpoints").exists()


def test_the_command_trains_on_the_files_of_the_config(cli, shop, rows_file, tiny):
    shop.write("config.yaml", f"""
        bot: {{name: Ada, languages: [en, zh]}}
        models: {{encoder: {tiny}}}
        nlu: {{examples: [rows*.jsonl], model: tuned}}
        """)  # fmt: skip
    done = cli("train", "nlu", "--fine-tune", "--epochs", 1, "--device", "cpu", "--threads", 1)
    assert done.returncode == 0, done.stderr
    assert "training: step" in done.stderr
    assert "Warning" not in done.stderr
    assert (shop.folder / "tuned/botcore_nlu.json").is_file()
    assert "steps" in done.stdout
    again = cli.json("train", "nlu", "--fine-tune", "--epochs", 1, "--device", "cpu", "--threads", 1, "--quiet")
    assert again["folder"] == "tuned"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--data", "none.jsonl"), "there is no such file"),
        ((), "no labelled messages"),
        (("--device", "tpu"), "auto, cpu or cuda"),
    ],
)
def test_the_command_says_what_is_missing(cli, options, says):
    done = cli("train", "nlu", "--fine-tune", *options)
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.xdist_group("encoder")
@pytest.mark.timeout(600)
def test_the_default_encoder_keeps_its_small_word_table(rows, out):
    """The table stays float16 and mapped from the file, and as it was: only the upper layer is trained here."""
    base = ModelStore(default_root()).ensure("multilingual-e5-small").folder
    settings = Settings(epochs=1, layers=1, device="cpu", threads=1)
    report: Report = finetune(rows, out, base=base, validation=rows[:4], settings=settings)
    assert report.steps == 2
    name = "embeddings.word_embeddings.weight"
    with safe_open(base / "model.safetensors", "pt") as old, safe_open(out / "model.safetensors", "pt") as new:
        assert set(old.keys()) == set(new.keys())
        assert old.get_slice(name).get_dtype() == new.get_slice(name).get_dtype() == "F16"
        assert torch.equal(old.get_tensor(name), new.get_tensor(name))
    model = load_finetuned(out, device="cpu", threads=1)
    assert model.encoder.prefix == "query: "
    assert model.predict(["fly to Paris"])[0][0].shape == (3,)
    model.close()
