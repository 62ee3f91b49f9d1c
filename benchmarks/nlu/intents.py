"""Intents measured on public sets: `python -m benchmarks.nlu.intents --data DIR [--only SET...] [--adapter FILE|none]`.

Every set is read by three: TF-IDF with a linear model, the bare encoder with logistic regression (both scikit-learn's,
at their best of a few settings by cross-validation on the training rows), and our heads. Sets of which only training
rows are public are cross-validated. CLINC150's test rows are measured on, never tuned on.

The adapter that ships has seen CLINC150's and BANKING77's training rows, so few-shot figures on them are not those of
an encoder that never saw the set: `--adapter FILE` measures with one trained without it (`benchmarks/adapter/train.py
--without SET`), `--adapter none` with the bare encoder.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.faq.shop import load_encoder_for
from benchmarks.machine import write_result
from botcore.app.encoded import encode, frame_of
from botcore.app.evaluate_nlu import Heads, Outcome, figures, ms_per_text
from botcore.examples import Example, read_examples
from botcore.models.encoder import Encoder, TextEncoder
from botcore.models.lora import adapter_for
from botcore.models.pair import EncoderPair
from botcore.nlu.fitting import stratified
from botcore.text import normalise

HERE = Path(__file__).parent
SETS = ("clinc150", "clinc150_10shot", "banking77", "banking77_10shot", "snips", "xsid", "smp2019")


def load(adapter: str, second: bool) -> tuple[Encoder, TextEncoder]:
    """The bare encoder, and the one that our heads read."""
    bare = load_encoder_for("multilingual-e5-small")
    if adapter == "none" and not second:
        return bare, bare
    ours = load_encoder_for("multilingual-e5-small")
    file = adapter_for("multilingual-e5-small", "customer-service") if adapter == "shipped" else None
    if adapter not in ("shipped", "none"):
        file = Path(adapter)
    if file is not None:
        ours.adapt(file)
    return bare, EncoderPair(ours, load_encoder_for("all-minilm-l6-v2")) if second else ours


def splits(name: str, data: Path) -> list[tuple[list[Example], list[Example], list[Example]]]:
    """(training rows, test rows, rows outside) of each split."""
    if name.startswith("clinc150"):
        folder = data / "clinc150"
        file = "train_10shot.jsonl" if name.endswith("10shot") else "train.jsonl"
        outside = [replace(row, intent="oos") for row in read_examples(folder / "oos_test.jsonl")]
        return [(read_examples(folder / file), read_examples(folder / "test.jsonl"), outside)]
    if name == "banking77_10shot":
        few = read_examples(data / "banking77/train_10shot.jsonl")
        drawn = {row.text for row in few}
        rest = [row for row in read_examples(data / "banking77/train.jsonl") if row.text not in drawn]
        return [(few, rest, [])]
    if name == "snips":
        without = [replace(row, spans=(), has_slots=False) for row in read_examples(data / "snips/train.jsonl")]
        return [(without, read_examples(data / "snips/test.jsonl"), [])]
    if name == "xsid":
        english, chinese = (_bare(read_examples(data / f"xsid/{code}_valid.jsonl")) for code in ("en", "zh"))
        return [(english, chinese, [])]
    file = data / ("banking77/train.jsonl" if name == "banking77" else "smp2019_ecdt_nlu/all.jsonl")
    return folds_of(_bare(read_examples(file)))


def _bare(rows: Sequence[Example]) -> list[Example]:
    return [replace(row, spans=(), has_slots=False) for row in rows]


def folds_of(rows: list[Example]) -> list[tuple[list[Example], list[Example], list[Example]]]:
    labels = np.unique([row.intent for row in rows], return_inverse=True)[1].astype(np.int64)
    found = []
    for test in stratified(labels, 5, seed=0):
        kept = sorted(set(range(len(rows))) - set(test.tolist()))
        found.append(([rows[i] for i in kept], [rows[i] for i in test], []))
    return found


def tfidf(train: list[Example], test: list[Example]) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True)
    features = make_union(words, characters)
    rows = features.fit_transform([normalise(row.text).lower() for row in train])
    model = LinearSVC(C=1.0).fit(rows, [row.intent for row in train])
    found = model.predict(features.transform([normalise(row.text).lower() for row in test]))
    return float(np.mean([a == row.intent for a, row in zip(found, test, strict=True)]))


def plain(encoder: Encoder, train: list[Example], test: list[Example]) -> float:
    from sklearn.linear_model import LogisticRegression

    rows = np.stack([one.vector for one in encode(train, encoder)])
    mean = rows.mean(0)

    def scale(vectors: np.ndarray) -> np.ndarray:
        return (vectors - mean) / np.linalg.norm(vectors - mean, axis=1, keepdims=True)

    model = LogisticRegression(C=10, max_iter=300).fit(scale(rows), [row.intent for row in train])
    found = model.predict(scale(np.stack([one.vector for one in encode(test, encoder)])))
    return float(np.mean([a == row.intent for a, row in zip(found, test, strict=True)]))


class Kept:
    """An encoder that encodes each text once for all folds; token states are not kept."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder, self.known = encoder, {}
        self.identity = encoder.identity

    def encode_many(self, texts: Sequence[str]) -> list[Any]:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        for text, one in zip(new, self.encoder.encode_many(new), strict=True):
            self.known[text] = replace(one, tokens=one.tokens[:0].copy())
        return [self.known[text] for text in texts]


def measure(name: str, data: Path, bare: Any, ours: Any, baselines: bool) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    hits: dict[str, list[tuple[float, int]]] = {"tfidf_linear": [], "bare_encoder": []}
    frame = frame_of(ours)
    for train, test, outside in splits(name, data):
        given, far, beyond = encode(train, ours), encode(test, ours), encode(outside, ours)
        started = time.process_time()
        heads = Heads.train(train, given, frame, has_slots=False)
        spent = time.process_time() - started
        outcome: Outcome = heads.read(test, far, outside, beyond)
        one = figures(outcome) | {"head_training_cpu_s": round(spent, 1)}
        one["ms_per_text"] = ms_per_text(heads, ours.encoder, test)
        results.append(one)
        if baselines:
            hits["tfidf_linear"].append((tfidf(train, test), len(test)))
            hits["bare_encoder"].append((plain(bare, train, test), len(test)))
    weights = [one["texts"] for one in results]
    merged = {
        key: round(float(np.average([one[key] for one in results], weights=weights)), 4)
        for key in results[0]
        if isinstance(results[0][key], float)
    }
    if name == "xsid":
        english = splits("xsid", data)[0][0]
        outcomes = []
        for train, test, _ in folds_of(english):
            heads = Heads.train(train, encode(train, ours), frame, has_slots=False)
            outcomes.append(heads.read(test, encode(test, ours), [], []))
        right = [row.intent == found for part in outcomes for row, found in zip(part.rows, part.found, strict=True)]
        merged["english_cross_validated"] = round(float(np.mean(right)), 4)
    merged |= {"texts": sum(weights), "splits": len(results)}
    for peer, found in hits.items():
        if found:
            merged[peer] = round(float(np.average([a for a, _ in found], weights=[n for _, n in found])), 4)
    return merged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--adapter", default="shipped", help="shipped, none, or a file")
    parser.add_argument("--label", help="name of the result; default: the adapter's")
    parser.add_argument("--second", action="store_true", help="with the English encoder beside the default one")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    bare, ours = load(options.adapter, options.second)
    torch.set_num_threads(options.threads)
    kept_bare = Kept(bare)
    kept = kept_bare if ours is bare else Kept(ours)
    label = options.label or Path(options.adapter).stem + (" + all-minilm-l6-v2" if options.second else "")
    file = HERE / "intents.json"
    for name in options.only:
        found = measure(name, options.data, kept_bare, kept, not options.no_baselines)
        written = json.loads(file.read_text(encoding="utf-8"))["results"] if file.is_file() else {}
        written.setdefault(label, {})[name] = found
        write_result(file, {"results": written})
    ours.close()
    bare.close()


if __name__ == "__main__":
    main()
