"""`botcore train nlu`: the heads of a config, trained and kept where the bot finds them at its start."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from botcore.app.bot import Bot
from botcore.app.encoders import load_encoders
from botcore.app.gather import gather
from botcore.app.heads import make_heads, read_tuned
from botcore.errors import BadInput
from botcore.examples import read_examples


def train_heads(config: Path, data: Sequence[Path] = (), *, quiet: bool = False) -> dict[str, Any]:
    """Train on the config's examples, and on those in `data`, unless just these have been trained on already.

    Raises:
        ConfigError: the config or a file has mistakes.
        BadInput: there is nothing to train.
    """
    gathered = gather(config).require_good()
    for file in data:
        gathered.examples += read_examples(file)
    started = time.perf_counter()
    store = gathered.model_store()
    encoder = load_encoders(gathered.config.models, store, gathered.loaded.base)
    if encoder is None:
        raise BadInput("no_encoder", "models.encoder is none: there is nothing to train.", fix="Name an encoder.")
    try:
        say = None if quiet else (lambda line: typer.echo(line, err=True))
        made = make_heads(gathered, encoder, Bot.heads_folder(gathered), tuned=read_tuned(gathered), say=say)
    finally:
        encoder.close()
    return {"trained": False, **made.report, "seconds": round(time.perf_counter() - started, 2)}
