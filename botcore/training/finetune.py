"""Fine-tuning of an encoder on labelled messages: the usual recipe of the field, run by `transformers.Trainer`.

An interrupted run goes on where its last checkpoint was, if it is started again with the same data and settings.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from botcore.errors import BadInput, ModelError
from botcore.examples import Example, Span
from botcore.models.encoder import default_threads
from botcore.models.loading import input_prefix
from botcore.models.manifest import read_manifest, sha256_of
from botcore.models.tokenizers import load_tokenizer
from botcore.nlu.slots import slot_f1
from botcore.nlu.slots_train import threads_of
from botcore.nlu.slots_units import runs_of
from botcore.training.folder import FORMAT, load_finetuned, write
from botcore.training.joint import JointModel, build, decisions
from botcore.training.rows import IGNORED, Labels, RowMaker, collate
from botcore.training.settings import Report, Settings

__all__ = ["Report", "Settings", "finetune", "load_finetuned"]

CHECKPOINTS = "checkpoints"
PLAN = "plan.json"
FEWEST_TO_HOLD_OUT = 20
TEMPERATURES = np.geomspace(0.5, 4.0, 40)
Progress = Callable[[int, int], None]


def finetune(
    train: Sequence[Example],
    out: Path,
    *,
    base: Path,
    validation: Sequence[Example] | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Report:
    """Fine-tune the encoder in `base` on labelled messages and write the model into `out`.

    Args:
        train: the rows; those without an intent teach slots alone, those without `has_slots` intents alone.
        out: a folder; checkpoints lie in it until the model is written.
        base: the folder of any encoder that `AutoModel` reads from safetensors.
        validation: rows to choose the best checkpoint by; None holds a share of `train` out.
        settings: None means the defaults.
        progress: called with (steps done, steps in all).

    Raises:
        BadInput: the rows label nothing.
        ModelError: the encoder cannot be trained, or there is no such device.
    """
    settings = settings or Settings()
    labels = Labels.of(train)
    if not labels.intents and not labels.slots:
        raise BadInput("no_labels", "No row names an intent or a slot.", fix='Write {"text": ..., "intent": ...}.')
    started = time.monotonic()
    kept, held = _parts(train, validation, settings)
    prefix = _prefix(base, settings)
    maker = RowMaker(load_tokenizer(base), labels, prefix=prefix, max_tokens=settings.max_tokens)
    about = _about(kept, held, base, settings)
    resume = _last_checkpoint(out / CHECKPOINTS, about)
    with threads_of(settings.threads or default_threads()):
        trainer = _trainer(out, base, labels, settings, [maker.make(row) for row in kept], [*map(maker.make, held)])
        if progress:
            trainer.add_callback(_Tell(progress))
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
        model: JointModel = trainer.model.eval()
        temperature = _temperature(trainer) if held else 1.0
    history = tuple(_metrics(entry) for entry in trainer.state.log_history if "eval_score" in entry)
    report = Report(
        folder=out,
        steps=int(trainer.state.global_step),
        resumed_from=int(resume.name.rpartition("-")[2]) if resume else 0,
        device=str(trainer.args.device),
        seconds=round(time.monotonic() - started, 1),
        intents=labels.intents,
        slots=labels.slots,
        metrics=max(history, key=lambda one: one["score"], default={}),
        history=history,
    )
    write(model, base, out, prefix, about | _outcome(report, temperature))
    shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    return report


class _Tell(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self._progress(state.global_step, state.max_steps)


class _TwoRates(Trainer):  # type: ignore[misc]  # transformers is untyped here
    """A trainer whose new layers learn at a rate of their own."""

    head_learning_rate: float

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW in four groups: encoder and heads, with and without weight decay."""
        model = model or self.model
        decayed = set(self.get_decay_parameter_names(model))
        groups = []
        for is_head, rate in ((False, self.args.learning_rate), (True, self.head_learning_rate)):
            for is_decayed in (True, False):
                chosen = [
                    parameter
                    for name, parameter in model.named_parameters()
                    if parameter.requires_grad
                    and name.startswith("heads.") == is_head
                    and (name in decayed) == is_decayed
                ]
                decay = self.args.weight_decay if is_decayed else 0.0
                groups.append({"params": chosen, "lr": rate, "weight_decay": decay})
        found = torch.optim.AdamW([group for group in groups if group["params"]], fused=True)
        self.optimizer = found
        return found


def _trainer(out: Path, base: Path, labels: Labels, settings: Settings, train: list[Any], held: list[Any]) -> _TwoRates:
    is_cpu = _is_cpu(settings.device)
    often: dict[str, Any] = {"save_strategy": "epoch", "eval_strategy": "epoch"}
    if settings.save_steps:
        often = {"save_strategy": "steps", "eval_strategy": "steps", "save_steps": settings.save_steps}
        often["eval_steps"] = settings.save_steps
    if held:
        often |= {"load_best_model_at_end": True, "metric_for_best_model": "score", "greater_is_better": True}
    else:
        often["eval_strategy"] = "no"
    arguments = TrainingArguments(
        output_dir=str(out / CHECKPOINTS),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=64,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=settings.warmup,
        weight_decay=settings.weight_decay,
        save_total_limit=2,
        restore_callback_states_from_checkpoint=True,
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=settings.seed,
        use_cpu=is_cpu,
        dataloader_pin_memory=not is_cpu,
        remove_unused_columns=False,
        label_names=["intents", "tags"],
        log_level="error",
        **often,
    )
    transformers.utils.logging.set_verbosity_error()
    trainer = _TwoRates(
        model=build(base, labels, settings),
        args=arguments,
        data_collator=collate,
        train_dataset=train,
        eval_dataset=held or None,
        compute_metrics=_measure(labels),
        preprocess_logits_for_metrics=decisions,
        callbacks=[EarlyStoppingCallback(settings.patience)] if held else [],
    )
    trainer.head_learning_rate = settings.head_learning_rate
    trainer.remove_callback(PrinterCallback)
    return trainer


def _is_cpu(device: str) -> bool:
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError("There is no CUDA device.", fix="Use --device cpu, or a torch that was built with CUDA.")
    return device == "cpu" or not torch.cuda.is_available()


def _measure(labels: Labels) -> Callable[[Any], dict[str, float]]:
    """Accuracy of intents, F1 of slots, and the mean of what is labelled."""

    def spans(tags: Sequence[int], truth: Sequence[int]) -> list[Span]:
        kept = [int(tag) for tag, true in zip(tags, truth, strict=False) if true != IGNORED]
        return [Span(first, after, labels.slots[label]) for first, after, label in runs_of(kept)]

    def measure(prediction: Any) -> dict[str, float]:
        (intents, tags), (true_intents, true_tags) = prediction.predictions, prediction.label_ids
        found = {}
        is_labelled = true_intents != IGNORED
        if is_labelled.any():
            found["intent_accuracy"] = float((intents == true_intents)[is_labelled].mean())
        if labels.slots and (true_tags != IGNORED).any():
            rows = [(spans(true, true), spans(seen, true)) for seen, true in zip(tags, true_tags, strict=True)]
            found["slot_f1"] = float(slot_f1([row[0] for row in rows], [row[1] for row in rows])["f1"])
        return {**found, "score": float(np.mean(list(found.values()))) if found else 0.0}

    return measure


def _parts(
    train: Sequence[Example], validation: Sequence[Example] | None, settings: Settings
) -> tuple[list[Example], list[Example]]:
    """What is trained on, and what is held out."""
    if validation is not None:
        return list(train), list(validation)
    if len(train) < FEWEST_TO_HOLD_OUT or settings.validation_share <= 0:
        return list(train), []
    order = np.random.default_rng(settings.seed).permutation(len(train))
    count = max(1, round(len(train) * settings.validation_share))
    return [train[i] for i in order[count:]], [train[i] for i in order[:count]]


def _prefix(base: Path, settings: Settings) -> str:
    if settings.prefix is not None:
        return settings.prefix
    manifest = read_manifest(base)
    return manifest.prefix if manifest else input_prefix(base)


def _about(train: Sequence[Example], held: Sequence[Example], base: Path, settings: Settings) -> dict[str, Any]:
    """Where the model comes from: what must be the same for an interrupted run to go on."""
    manifest = read_manifest(base)
    return {
        "format": FORMAT,
        "base": {
            "name": manifest.name if manifest else base.name,
            "source": manifest.source if manifest else "folder",
            "sha256": sha256_of(base / "model.safetensors"),
        },
        "data": {
            name: {"rows": len(rows), "sha256": _hash(rows)} for name, rows in (("train", train), ("held_out", held))
        },
        "settings": asdict(settings),
        "versions": {name: version(name) for name in ("torch", "transformers", "botcore-framework")},
    }


def _hash(rows: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        spans = [(span.start, span.end, span.label) for span in row.spans]
        digest.update(json.dumps([row.text, row.intent, spans, row.has_slots]).encode("ascii"))
    return digest.hexdigest()


def _outcome(report: Report, temperature: float) -> dict[str, Any]:
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "intents": report.intents,
        "slots": report.slots,
        "temperature": temperature,
        "steps": report.steps,
        "device": report.device,
        "seconds": report.seconds,
        "metrics": report.metrics,
        "history": report.history,
    }


def _last_checkpoint(folder: Path, about: dict[str, Any]) -> Path | None:
    """The last whole checkpoint of the same plan; those of another one, and what a kill left half-written, are removed.

    `trainer_state.json` is the last file that the trainer writes.
    """
    same = json.loads(json.dumps(about))
    if _read(folder / PLAN) != same:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / PLAN).write_text(json.dumps(about) + "\n", encoding="utf-8")
        return None
    whole = []
    for checkpoint in folder.glob("checkpoint-*"):
        if _read(checkpoint / "trainer_state.json") is None:
            shutil.rmtree(checkpoint)
        else:
            whole.append(checkpoint)
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _metrics(entry: dict[str, Any]) -> dict[str, float]:
    kept = ("intent_accuracy", "slot_f1", "score", "loss")
    found = {name: round(float(entry[f"eval_{name}"]), 4) for name in kept if f"eval_{name}" in entry}
    return {"step": int(entry["step"]), **found}


def _temperature(trainer: Trainer) -> float:
    """What to divide the intents' scores by, so that the held-out intents become most probable (Guo et al., 2017)."""
    losses = np.zeros(len(TEMPERATURES))
    for batch in trainer.get_eval_dataloader():
        batch = {name: value.to(trainer.args.device) for name, value in batch.items()}
        with torch.inference_mode():
            scores = trainer.model(**batch)["intent_scores"]
        for i, heat in enumerate(TEMPERATURES):
            loss = torch.nn.functional.cross_entropy(
                scores / heat, batch["intents"], ignore_index=IGNORED, reduction="sum"
            )
            losses[i] += loss.item()
    return float(TEMPERATURES[losses.argmin()]) if math.isfinite(losses.min()) and losses.any() else 1.0
