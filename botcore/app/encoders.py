"""The encoders that a config names, fetched where needed, loaded and joined."""

from __future__ import annotations

from pathlib import Path

from botcore.config.model import Models
from botcore.models.encoder import Encoder, TextEncoder, load_encoder
from botcore.models.lora import adapter_for
from botcore.models.pair import EncoderPair
from botcore.models.sources import Progress
from botcore.models.store import ModelStore

NO_ENCODER = "none"


def load_encoders(
    models: Models, store: ModelStore, base: Path, progress: Progress | None = None
) -> TextEncoder | None:
    """The encoder, with the second one beside it where one is named; None for `none`. Blocks until they are there."""
    if models.encoder == NO_ENCODER:
        return None
    first = _load(models.encoder, models, store, base, progress)
    adapter = adapter_for(first.name, models.adapter)
    if adapter is not None:
        first.adapt(adapter)
    if models.second_encoder is None:
        return first
    return EncoderPair(first, _load(models.second_encoder, models, store, base, progress))


def _load(name: str, models: Models, store: ModelStore, base: Path, progress: Progress | None) -> Encoder:
    found = store.ensure(name, progress, base=base)
    return load_encoder(
        found.folder, name=found.name, prefix=found.prefix, device=models.device, threads=models.threads
    )
