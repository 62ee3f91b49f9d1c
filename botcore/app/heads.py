"""What understanding needs beside the index: examples gathered, heads trained or taken from their files."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from botcore.app.encoded import encode, frame_of
from botcore.app.encoders import NO_ENCODER
from botcore.app.gather import Gathered
from botcore.app.tuned import TunedIntents
from botcore.errors import ModelError
from botcore.examples import Example
from botcore.models.encoder import TextEncoder
from botcore.nlu.cue_head import CueHead
from botcore.nlu.entities import Extractor
from botcore.nlu.head_file import load_head, save_head
from botcore.nlu.heads import OUTSIDE, IntentHead
from botcore.nlu.slots import SlotHead
from botcore.nlu.understand import Trained
from botcore.text import Reader
from botcore.training.folder import TunedHeads, read_heads

LEAST_EXAMPLES = 5
"""An intent with fewer examples is left to the index, which needs one."""
INTENTS_FILE, SLOTS_FILE = "intents.safetensors", "slots.safetensors"
Progress = Callable[[str], None]
Head = TypeVar("Head")


@dataclass(frozen=True, slots=True)
class Made:
    """The heads, and whether each was trained just now."""

    trained: Trained
    report: dict[str, Any]


def make_heads(
    gathered: Gathered,
    encoder: TextEncoder | None,
    folder: Path | None,
    *,
    tuned: TunedHeads | None = None,
    say: Progress | None = None,
) -> Made:
    """Heads for the config: from `folder` where it holds those of just these examples and encoder, else trained.

    `tuned` are the heads that were fine-tuned with `encoder`, if it is such a one (see `read_tuned`).
    Blocks: seconds for some hundred examples, minutes for ten thousand.
    """
    config = gathered.config
    extractor = Extractor(config.bot.time_zone, config.nlu.entities, gathered.loaded.base, config.bot.languages)
    trained = Trained(entities=extractor, in_scope_from=config.nlu.in_scope_from)
    if encoder is None:
        return Made(trained, {"encoder": "none"})
    models = config.models
    name = re.sub(r"\W+", "-", "-".join(filter(None, (models.encoder, models.second_encoder, models.adapter))))
    cues = CueHead.train(encoder, gathered.model_store().root / f".cues-{name}.npz")
    trained = replace(trained, cues=cues)
    if tuned is not None:
        intents = TunedIntents(tuned) if tuned.intents else None
        return Made(replace(trained, intents=intents, slots=tuned), {"model": config.nlu.model})
    reader = Reader(config.knowledge.own_names)
    rows = [replace(row, text=reader.read(row.text)) for row in training_rows(gathered)]
    slot_rows = [row for row in gathered.examples if row.has_slots]
    report: dict[str, Any] = {"examples": len(rows), "intents": len({row.intent for row in rows} - OUTSIDE)}
    if report["intents"] >= 2:
        trained = replace(trained, intents=_intents(rows, encoder, folder, report, say))
    if any(row.spans for row in slot_rows):
        trained = replace(trained, slots=_slots(slot_rows, encoder, folder, report, say))
    return Made(trained, report)


def read_tuned(gathered: Gathered) -> TunedHeads | None:
    """The heads of the fine-tuned model that the config names: they read its own encoder and no other.

    Raises:
        ModelError: there is none in the folder.
    """
    config = gathered.config
    if config.nlu.model is None or config.models.encoder == NO_ENCODER:
        return None
    return read_heads(gathered.loaded.base / config.nlu.model)[1]


def training_rows(gathered: Gathered) -> list[Example]:
    """The examples of all intents that have enough: of skills, of FAQ entries, and of the files under nlu.examples."""
    repertoire = gathered.knowing.repertoire
    rows = [Example(text, skill.id) for skill in repertoire.skills.values() for text in skill.examples]
    for entry in repertoire.entries.values():
        rows += [Example(text, entry.id) for texts in entry.questions.values() for text in texts]
    rows += gathered.examples
    rows = list({(row.text, row.intent): row for row in rows if row.intent}.values())
    many = Counter(row.intent for row in rows)
    return [row for row in rows if many[row.intent] >= LEAST_EXAMPLES or row.intent in OUTSIDE]


def key_of(rows: Iterable[Example], encoder: TextEncoder) -> str:
    """The name of what a head was trained on and with."""
    digest = hashlib.sha256(encoder.identity.encode())
    for row in sorted(repr((row.text, row.intent, row.spans)) for row in rows):
        digest.update(row.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _intents(
    rows: list[Example], encoder: TextEncoder, folder: Path | None, report: dict[str, Any], say: Progress | None
) -> IntentHead:
    key = key_of(rows, encoder)
    file = folder / INTENTS_FILE if folder else None
    head = _kept(partial(load_head, file, key)) if file else None
    if head is None:
        if say is not None:
            say(f"training {report['intents']} intents on {len(rows)} examples")
        given = encode(rows, encoder)
        head = IntentHead.train([row.text for row in rows], [row.intent for row in rows], given, frame_of(encoder))
        report["trained"] = True
        if file is not None:
            _keep(partial(save_head, head, file, key), report)
    report |= head.report
    return head


def _slots(
    rows: list[Example], encoder: TextEncoder, folder: Path | None, report: dict[str, Any], say: Progress | None
) -> SlotHead:
    key = key_of(rows, encoder)
    file = folder / f"{key[:16]}-{SLOTS_FILE}" if folder else None
    head = _kept(partial(SlotHead.load, file)) if file and file.is_file() else None
    if head is None:
        if say is not None:
            say(f"training slots on {len(rows)} examples")
        given = encode(rows, encoder, keep_tokens=True)
        from botcore.text import normalise

        head = SlotHead.train(rows, given, texts=[normalise(row.text) for row in rows])
        report["trained"] = True
        if file is not None:
            _keep(partial(_replace_slots, head, file), report)
    report["slots"] = list(head.labels)
    return head


def _replace_slots(head: SlotHead, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob(f"*-{SLOTS_FILE}"):
        old.unlink()
    head.save(file)


def _kept(load: Callable[[], Head | None]) -> Head | None:
    """A head from its file; one that is damaged or of another version counts as not there."""
    try:
        return load()
    except ModelError:
        return None


def _keep(save: Callable[[], None], report: dict[str, Any]) -> None:
    """Save a head; where the folder cannot be written, the next start is only slower."""
    try:
        save()
    except OSError as failure:
        report["not_kept"] = str(failure)
