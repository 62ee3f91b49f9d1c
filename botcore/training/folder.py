"""The folder of a fine-tuned model: an ordinary encoder, the two heads beside it, and what they are.

| file | is |
| --- | --- |
| model.safetensors, config.json, tokenizer files | the encoder, as `models.encoder` in `config.yaml` takes it |
| heads.safetensors | the layers of intents and slots |
| botcore_nlu.json | labels, metrics, and where all of it came from |
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from botcore.errors import ModelError
from botcore.examples import Span
from botcore.models.encoder import Encoded, Encoder, load_encoder
from botcore.models.loading import WEIGHTS, input_prefix
from botcore.nlu.slots_crf import ILLEGAL, Lattice, legal, viterbi
from botcore.nlu.slots_units import Floats, bounds_of, runs_of, shapes_of, token_ranges
from botcore.text import align, normalise
from botcore.understanding import Entity

if TYPE_CHECKING:
    from botcore.training.joint import JointModel

ABOUT = "botcore_nlu.json"
HEADS = "heads.safetensors"
FORMAT = 1
TABLE = "embeddings.word_embeddings.weight"
NORM_EPS = 1e-12


class TunedHeads:
    """What a fine-tuned model reads from its own encoder's output: `intents` and `slots` name its labels."""

    def __init__(self, about: Mapping[str, Any], weights: Mapping[str, Floats]) -> None:
        self.intents = tuple(map(str, about["intents"]))
        self.slots = tuple(map(str, about["slots"]))
        self.temperature = float(about["temperature"])
        self._weights = {name: value.astype(np.float32) for name, value in weights.items()}
        self._moves = np.where(legal(len(self.slots)), 0.0, ILLEGAL).astype(np.float32)

    def scores(self, encoded: Encoded) -> Floats:
        """(intents,) raw scores, whose energy (log of the sum of exp) tells what lies outside; empty without any."""
        if not self.intents:
            return np.zeros(0, dtype=np.float32)
        return self._weights["intents.weight"] @ _normal(encoded.vector) + self._weights["intents.bias"]

    def probabilities(self, encoded: Encoded) -> Floats:
        """(intents,) how probable each is, calibrated; they sum to 1. Empty where no row had an intent."""
        scores = self.scores(encoded) / self.temperature
        exp = np.exp(scores - scores.max(initial=-np.inf))
        return exp / exp.sum()  # type: ignore[no-any-return]  # numpy's arithmetic is Any

    def read(self, text: str, encoded: Encoded) -> list[tuple[Span, float]]:
        """The slots of a normalised text, and how probable each is."""
        last = encoded.spans[-1][1] if encoded.spans else 0
        bounds = tuple(bound for bound in bounds_of(text) if bound[0] < last)
        if not self.slots or not bounds:
            return []
        ranges = token_ranges(bounds, encoded.spans)
        states = _normal(np.stack([encoded.tokens[first:after].mean(axis=0) for first, after in ranges]))
        states += self._weights["shapes.weight"][shapes_of(text, bounds, ranges, encoded.spans)]
        scores = states @ self._weights["tags.weight"].T + self._weights["tags.bias"]
        runs = runs_of(viterbi(scores, self._moves))
        lattice = Lattice(scores, self._moves) if runs else None
        found = []
        for first, after, label in runs:
            start, end = bounds[first][0], bounds[after - 1][1]
            score = lattice.probability(first, after, label) if lattice else 0.0
            found.append((Span(start, end, self.slots[label], text[start:end]), score))
        return found

    def find(self, text: str, encoded: Encoded) -> list[Entity]:
        """The slots of a message as it was written; `encoded` is of just `normalise(text)`. See `SlotHead.find`."""
        aligned = align(text)
        found = []
        for span, score in self.read(aligned.text, encoded):
            start, end = aligned.span(span.start, span.end)
            found.append(Entity(span.label, text[start:end], start, end, span.value, score, "learned"))
        return found


def _normal(states: Floats) -> Floats:
    """See `joint._normal`."""
    centred = states - states.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + NORM_EPS)  # type: ignore[no-any-return]  # as above


class FineTuned:
    """A fine-tuned model that is loaded: its encoder, which is a `TextEncoder`, and its heads."""

    def __init__(self, encoder: Encoder, heads: TunedHeads, about: Mapping[str, Any]) -> None:
        self.encoder = encoder
        self.heads = heads
        self.about = about
        self.intents, self.slots = heads.intents, heads.slots
        self.identity = f"{encoder.identity}\n{about['made']}"

    def predict(self, texts: Sequence[str]) -> list[tuple[Floats, list[Span]]]:
        """For each text as it was written: how probable each of `intents` is, and the slots, with their offsets."""
        found = []
        for text, encoded in zip(texts, self.encode_many([normalise(text) for text in texts]), strict=True):
            spans = [Span(e.start, e.end, e.kind, e.value) for e in self.heads.find(text, encoded)]
            found.append((self.heads.probabilities(encoded), spans))
        return found

    async def encode(self, text: str) -> Encoded:
        """See `TextEncoder.encode`."""
        return await self.encoder.encode(text)

    def encode_many(self, texts: Sequence[str]) -> list[Encoded]:
        """See `TextEncoder.encode_many`."""
        return self.encoder.encode_many(texts)

    def close(self) -> None:
        """See `TextEncoder.close`."""
        self.encoder.close()


def load_finetuned(folder: Path, *, device: str = "auto", threads: int = 0) -> FineTuned:
    """The model that `finetune` wrote, its encoder included.

    Raises:
        ModelError: there is none, or one that is broken or of another version.
    """
    about, heads = read_heads(folder)
    prefix = input_prefix(folder)
    encoder = load_encoder(folder, name=folder.name, prefix=prefix, device=device, threads=threads)
    return FineTuned(encoder, heads, about)


def read_heads(folder: Path) -> tuple[dict[str, Any], TunedHeads]:
    """What `botcore_nlu.json` says, and the heads: for a bot whose encoder is already loaded from the same folder.

    Raises:
        ModelError: as `load_finetuned`.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise ValueError(f"it is of format {about['format']}, and this version reads {FORMAT}")
        return about, TunedHeads(about, load_file(folder / HEADS))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as broken:
        fix = "botcore train nlu --fine-tune writes such a folder."
        raise ModelError(f"{folder} holds no fine-tuned model: {broken}", fix=fix) from broken


def write(model: JointModel, base: Path, out: Path, prefix: str, about: Mapping[str, Any]) -> None:
    """Write everything beside the old files, then put it in their place, `botcore_nlu.json` last."""
    import torch
    from safetensors.torch import save_file

    new = out / ".new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    weights = {name: value.detach().cpu().contiguous() for name, value in model.encoder.state_dict().items()}
    if _is_mapped(base):  # the loader keeps such a table on disk, which is worth 380 MB of memory
        words = model.encoder.get_input_embeddings()  # type: ignore[operator]  # transformers is untyped here
        table = words.get_buffer("weight") if TABLE not in weights else weights[TABLE]
        weights[TABLE] = table.cpu().to(torch.float16).contiguous()
    save_file(weights, new / WEIGHTS, metadata={"format": "pt"})
    heads = {name: value.detach().cpu().contiguous() for name, value in model.heads.state_dict().items()}
    save_file(heads, new / HEADS)
    for pattern in ("config.json", "token*.json", "special_tokens_map.json", "*.model", "vocab.*", "merges.txt"):
        for file in base.glob(pattern):
            shutil.copyfile(file, new / file.name)
    prompts = json.dumps({"prompts": {"query": prefix}})
    (new / "config_sentence_transformers.json").write_text(prompts + "\n", encoding="utf-8")
    (new / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for file in new.iterdir():
        file.chmod(0o644)  # some writers are private
    for file in sorted(new.iterdir(), key=lambda file: file.name == ABOUT):
        file.replace(out / file.name)
    new.rmdir()


def _is_mapped(base: Path) -> bool:
    from safetensors import safe_open

    with safe_open(base / WEIGHTS, framework="pt") as file:
        return TABLE in file.keys() and file.get_slice(TABLE).get_dtype() == "F16"  # noqa: SIM118  # no mapping
