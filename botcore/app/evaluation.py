"""Retrieval measured: recall@1, recall@5, MRR@10, and how near misses are told apart."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from botcore.app.encoders import NO_ENCODER, load_encoders
from botcore.config import load_config
from botcore.config.model import Models
from botcore.errors import BadInput, ConfigError, Problem
from botcore.knowledge.index import Index
from botcore.knowledge.items import Item
from botcore.models.encoder import TextEncoder
from botcore.models.store import ModelStore
from botcore.understanding import Match

DEPTH = 10


def evaluate_faq(corpus: Path, queries: Path, config: Path | None, encoder: str | None) -> dict[str, Any]:
    """Figures for `queries` against `corpus`, shares of 0 to 1.

    `ms_per_query` is the search alone, without the encoder's pass. With rows whose `relevant` is empty come also
    `auroc` (best score of answerable against unanswerable rows) and `declined` (share of the latter below one half).

    Raises:
        ConfigError: a line of a file is not as it should be.
    """
    items = [_item(row, place) for place, row in _rows(corpus)]
    asked = [(_text(row, place), frozenset(_relevant(row, place))) for place, row in _rows(queries)]
    model = load_models(config, encoder)
    try:
        index = Index.build(items, model)
        found, spent_s = _search_all(index, [text for text, _ in asked], model)
    finally:
        if model is not None:
            model.close()
    ranks = [_rank(matches, relevant) for matches, (_, relevant) in zip(found, asked, strict=True) if relevant]
    result: dict[str, Any] = {
        "entries": len(items),
        "queries": len(asked),
        "recall_at_1": _share([rank == 0 for rank in ranks]),
        "recall_at_5": _share([rank is not None and rank < 5 for rank in ranks]),
        "mrr_at_10": round(float(np.mean([0 if rank is None else 1 / (rank + 1) for rank in ranks] or [0])), 4),
        "ms_per_query": round(1000 * spent_s / max(1, len(asked)), 3),
    }
    best = [matches[0].score if matches else 0.0 for matches in found]
    known = [score for score, (_, relevant) in zip(best, asked, strict=True) if relevant]
    unknown = [score for score, (_, relevant) in zip(best, asked, strict=True) if not relevant]
    if known and unknown:
        result |= {"auroc": auroc(known, unknown), "declined": _share([score < 0.5 for score in unknown])}
    return result


def load_models(config: Path | None, name: str | None) -> TextEncoder | None:
    """The config's encoders, or another encoder with the config's device and store; None for `none`."""
    models, store, base = _models(config, name)
    return load_encoders(models, store, base)


def model_folder(config: Path | None, name: str | None) -> Path:
    """The folder of the config's encoder, or of another one.

    Raises:
        BadInput: there is no encoder.
    """
    models, store, base = _models(config, name)
    if models.encoder == NO_ENCODER:
        raise BadInput("no_encoder", "There is no encoder to fine-tune.", fix="Name one with --encoder.")
    return store.ensure(models.encoder, base=base).folder


def _models(config: Path | None, name: str | None) -> tuple[Models, ModelStore, Path]:
    models = Models()
    if config is not None:
        loaded = load_config(config)
        if loaded.config is None or not loaded.is_good:
            raise ConfigError(loaded.problems)
        models = loaded.config.models
    if name is not None:
        models = models.model_copy(update={"encoder": name, "second_encoder": None})
    base = config.parent if config else Path.cwd()
    return models, ModelStore(base / models.store if models.store else None), base


def _search_all(index: Index, texts: Sequence[str], model: TextEncoder | None) -> tuple[list[list[Match]], float]:
    """The candidates of every text, and the seconds that searching took."""
    found, spent_s = [], 0.0
    for start in range(0, len(texts), 256):
        batch = texts[start : start + 256]
        encoded = model.encode_many([index.read(text) for text in batch]) if model else [None] * len(batch)
        started = time.perf_counter()
        found += [index.search(text, one, limit=DEPTH) for text, one in zip(batch, encoded, strict=True)]
        spent_s += time.perf_counter() - started
    return found, spent_s


def _rank(matches: Sequence[Match], relevant: frozenset[str]) -> int | None:
    return next((rank for rank, match in enumerate(matches) if match.id in relevant), None)


def _share(of: Sequence[bool]) -> float:
    return round(float(np.mean(of)), 4) if of else 0.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive scores above a negative (Mann-Whitney), ties counted half."""
    above = np.array(positive)[:, None] - np.array(negative)[None]
    return round(float((above > 0).mean() + 0.5 * (above == 0).mean()), 4)


def _rows(path: Path) -> Iterator[tuple[tuple[str, int], dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # JSON may hold other line ends, such as U+2028
    except (OSError, UnicodeDecodeError) as wrong:
        raise ConfigError([Problem(str(path), 1, 1, f"cannot be read: {wrong}.", "Give a UTF-8 file.")]) from wrong
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as wrong:
            raise ConfigError(
                [Problem(str(path), number, 1, f"this is not JSON: {wrong}.", "One object a line.")]
            ) from wrong
        if not isinstance(row, dict):
            raise ConfigError([Problem(str(path), number, 1, "this is no JSON object.", "One object a line.")])
        yield (str(path), number), row


def _text(row: dict[str, Any], place: tuple[str, int]) -> str:
    if not isinstance(row.get("text"), str):
        raise ConfigError([Problem(*place, 1, "the row has no `text`.", 'Write {"id": ..., "text": ...}.')])
    return str(row["text"])


def _relevant(row: dict[str, Any], place: tuple[str, int]) -> list[str]:
    found = row.get("relevant")
    if isinstance(found, str):
        return [found]
    if not isinstance(found, list):
        raise ConfigError([Problem(*place, 1, "the row has no `relevant`.", 'Write "relevant": ["id"], or [].')])
    return [str(one) for one in found]


def _item(row: dict[str, Any], place: tuple[str, int]) -> Item:
    texts = row["texts"] if isinstance(row.get("texts"), list) else [_text(row, place)]
    if "id" not in row or not texts:
        raise ConfigError([Problem(*place, 1, "the row has no `id` or no text.", 'Write {"id": ..., "text": ...}.')])
    return Item(str(row["id"]), "knowledge", tuple(map(str, texts)), tuple(map(str, row.get("answers") or ())))
