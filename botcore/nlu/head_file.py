"""Intent heads as files: safetensors with one JSON text beside the arrays; nothing in them can run."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from botcore.errors import ModelError
from botcore.nlu.fitting import Members, Plan
from botcore.nlu.frame import Frame
from botcore.nlu.heads import IntentHead, Rows
from botcore.nlu.regression import Linear
from botcore.nlu.words import Vocabulary

VERSION = 1


def save_head(head: IntentHead, file: Path, key: str) -> None:
    """Write the head; `key` says what it was trained on and with, so that it is found again only for the same."""
    from safetensors.numpy import save_file

    plan = asdict(head.plan)
    ladder = plan.pop("ladder")
    about = {
        "version": VERSION,
        "key": key,
        "intents": list(head.intents),
        "texts": list(head.rows.texts),
        "rarity": head.members.vocabulary.rarity,
        "plan": plan,
        "second": head.frame.second,
        "report": head.report,
    }
    arrays = {
        "vectors.weights": head.members.vectors.weights,
        "vectors.bias": head.members.vectors.bias,
        "words.weights": head.members.words.weights.astype(np.float16),
        "words.bias": head.members.words.bias,
        "centres": head.members.centres,
        "rows.labels": head.rows.labels,
        "rows.features": head.rows.features,
        "frame.han": head.frame.han,
        "frame.other": head.frame.other,
        "ladder": ladder,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}.part")
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(contiguous, partial, metadata={"botcore": json.dumps(about)})
    partial.replace(file)


def load_head(file: Path, key: str | None = None) -> IntentHead | None:
    """The head in `file`; None when it is not there, or was trained on something else than `key` says.

    Raises:
        ModelError: the file is broken.
    """
    from safetensors import SafetensorError, safe_open

    if not file.is_file():
        return None
    try:
        with safe_open(file, framework="numpy") as opened:
            about: dict[str, Any] = json.loads(opened.metadata()["botcore"])
            if about["version"] != VERSION or (key is not None and about["key"] != key):
                return None
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # it is no mapping
        return _head(about, arrays)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as broken:
        raise ModelError(f"The head in {file} cannot be read: {broken!r}.", fix="Delete the file.") from broken


def _head(about: dict[str, Any], arrays: dict[str, Any]) -> IntentHead:
    members = Members(
        Linear(arrays["vectors.weights"], arrays["vectors.bias"]),
        arrays["centres"],
        Linear(arrays["words.weights"].astype(np.float32), arrays["words.bias"]),
        Vocabulary(about["rarity"]),
    )
    plan = about["plan"]
    usual = {name: (float(mean), float(deviation)) for name, (mean, deviation) in plan.pop("usual").items()}
    frame = Frame(arrays["frame.han"], arrays["frame.other"], int(about["second"]))
    rows = Rows(tuple(about["texts"]), arrays["rows.labels"], arrays["rows.features"])
    return IntentHead(
        about["intents"], frame, members, Plan(**plan, usual=usual, ladder=arrays["ladder"]), rows, about["report"]
    )
