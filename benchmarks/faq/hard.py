"""The honest measure of the FAQ: `python -m benchmarks.faq.hard [--lcqmc DIR]`, writes results.json beside this file.

Hard rephrasings and near misses of the example shop that no tuning ever saw, for our index and, in the same run, for
the plain ways: the frozen encoder's nearest phrasing (with one phrasing a language, and with all), and BM25 over
characters and words. With `--lcqmc` also 4,000 Chinese questions against 4,000 entries.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.faq.shop import OWN_NAMES, load_encoder_for, read_rows, shop_items
from benchmarks.machine import write_result
from botcore.app.encoded import frame_of
from botcore.app.heads import LEAST_EXAMPLES
from botcore.knowledge.index import Index
from botcore.knowledge.items import Item
from botcore.knowledge.lexical import Lexical
from botcore.models.encoder import Encoded, Encoder, TextEncoder
from botcore.models.lora import adapter_for
from botcore.models.pair import EncoderPair
from botcore.nlu.heads import IntentHead
from botcore.text import normalise

HERE = Path(__file__).parent
Scores = np.ndarray
Scorer = Callable[[list[str], list[Encoded]], Scores]


def dense(items: list[Item], encoder: Encoder) -> Scorer:
    """The frozen encoder: an item's score is the cosine to its nearest phrasing."""
    texts = [(normalise(text), i) for i, item in enumerate(items) for text in item.phrasings]
    vectors = np.stack([one.vector for one in encoder.encode_many([text for text, _ in texts])])
    starts = np.unique([i for _, i in texts], return_index=True)[1]

    def score(_texts: list[str], encoded: list[Encoded]) -> Scores:
        cosine = np.stack([one.vector for one in encoded]) @ vectors.T
        return np.maximum.reduceat(cosine, starts, axis=1)

    return score


def adapted(items: list[Item], encoder: Encoder) -> Scorer:
    """As `dense`, by the encoder with the adapter."""
    score = dense(items, encoder)
    return lambda texts, _encoded: score(texts, encoder.encode_many([normalise(text) for text in texts]))


def head_of(items: list[Item], index: Index, encoder: TextEncoder) -> IntentHead | None:
    """The intent head that a bot with these items has."""
    many = [item for item in items if len(item.phrasings) >= LEAST_EXAMPLES]
    if len(many) < 2:
        return None
    texts = [index.read(text) for item in many for text in item.phrasings]
    return IntentHead.train(
        texts, [item.id for item in many for _ in item.phrasings], encoder.encode_many(texts), frame_of(encoder)
    )


def lexical(items: list[Item]) -> Scorer:
    """BM25 over each item's phrasings: characters and pairs for Chinese, words and 4-grams for English."""
    words = Lexical([normalise("\n".join(item.phrasings)) for item in items])
    return lambda texts, _encoded: np.stack([words.scores(normalise(text)) for text in texts])


def ours(
    items: list[Item], encoder: TextEncoder | None, own_names: tuple[str, ...] = (), has_head: bool = True
) -> Scorer:
    """The index that answers customers, with the head beside it; a score is a calibrated probability."""
    index = Index.build(items, encoder, own_names=own_names)
    head = head_of(items, index, encoder) if encoder is not None and has_head else None
    places = {item.id: i for i, item in enumerate(items)}

    def score(texts: list[str], encoded: list[Encoded]) -> Scores:
        table = np.zeros((len(texts), len(items)), np.float32)
        again = encoder.encode_many([index.read(text) for text in texts]) if encoder else encoded
        for row, (text, one) in enumerate(zip(texts, again, strict=True)):
            heard = head.hear(index.read(text), one)[0] if head is not None else {}
            for match in index.search(text, one if encoder else None, limit=20, heard=heard):
                table[row, places[match.id]] = match.score
        return table

    return score


def reciprocal_ranks(first: Scorer, second: Scorer) -> Scorer:
    """Reciprocal rank fusion (Cormack 2009), k = 60: the common way to join two rankers."""

    def score(texts: list[str], encoded: list[Encoded]) -> Scores:
        ranks = [(-one(texts, encoded)).argsort(axis=1).argsort(axis=1) for one in (first, second)]
        return sum(1 / (61 + rank) for rank in ranks)

    return score


def auroc(positive: Scores, negative: Scores) -> float:
    above = positive[:, None] - negative[None]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def recall(scores: Scores, wanted: np.ndarray, depth: int) -> float:
    best = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    return float((best == wanted[:, None]).any(axis=1).mean())


def judge(scorer: Scorer, rows: list[dict], misses: list[dict], items: list[Item], encoder: Encoder) -> dict[str, Any]:
    places = {item.id: i for i, item in enumerate(items)}
    texts = [row["text"] for row in rows]
    wanted = np.array([places[row["relevant"][0]] for row in rows])
    scores = scorer(texts, encoder.encode_many([normalise(text) for text in texts]))
    languages = np.array([row.get("language", "") for row in rows])
    result: dict[str, Any] = {"recall_at_1": recall(scores, wanted, 1), "recall_at_3": recall(scores, wanted, 3)}
    for language in sorted(set(languages) - {""}):
        chosen = languages == language
        result[f"recall_at_1_{language}"] = recall(scores[chosen], wanted[chosen], 1)
    if misses:
        texts = [row["text"] for row in misses]
        unknown = scorer(texts, encoder.encode_many([normalise(text) for text in texts]))
        result["auroc_near_misses"] = auroc(scores.max(axis=1), unknown.max(axis=1))
        result["_scores"], result["_unknown"], result["_wanted"] = scores, unknown, wanted
    return result


def decisions(result: dict[str, Any]) -> dict[str, float]:
    """What a customer meets at the default threshold of one half."""
    scores, unknown, wanted = result["_scores"], result["_unknown"], result["_wanted"]
    best, top = scores.argmax(axis=1), scores.max(axis=1)
    offered = np.argsort(-scores, axis=1)[:, :3]
    declined = top < 0.5
    return {
        "answered_rightly": float((~declined & (best == wanted)).mean()),
        "answered_wrongly": float((~declined & (best != wanted)).mean()),
        "declined_but_right_one_offered": float((declined & (offered == wanted[:, None]).any(axis=1)).mean()),
        "near_misses_declined": float((unknown.max(axis=1) < 0.5).mean()),
    }


def shop(bare: EncoderPair, pair: EncoderPair, name: str, questions: str, near_misses: str) -> dict[str, Any]:
    encoder = bare.first
    rows, misses = read_rows(HERE / questions), read_rows(HERE / near_misses)
    items = shop_items()
    one = [replace(item, phrasings=item.phrasings[:: len(item.phrasings) // 2][:2]) for item in items]
    ways: dict[str, tuple[Scorer, list[Item]]] = {
        "frozen_encoder_one_phrasing": (dense(one, encoder), one),
        "frozen_encoder_all_phrasings": (dense(items, encoder), items),
        "bm25_all_phrasings": (lexical(items), items),
        "ours_without_encoder": (ours(items, None, OWN_NAMES), items),
        "adapter_alone_one_phrasing": (adapted(one, pair.first), one),
        "adapter_alone_all_phrasings": (adapted(items, pair.first), items),
        "ours_without_adapter": (ours(items, bare, OWN_NAMES), items),
        "ours_one_encoder_without_adapter": (ours(items, bare.first, OWN_NAMES), items),
        "ours_one_encoder_one_phrasing": (ours(one, pair.first, OWN_NAMES), one),
        "ours_one_encoder": (ours(items, pair.first, OWN_NAMES), items),
        "ours_one_phrasing": (ours(one, pair, OWN_NAMES), one),
        "ours": (ours(items, pair, OWN_NAMES), items),
    }
    results = {way: judge(scorer, rows, misses, of, encoder) for way, (scorer, of) in ways.items()}
    results["ours"] |= decisions(results["ours"])
    first, last = results["frozen_encoder_one_phrasing"], results["ours"]
    gained = 100 * (last["recall_at_1"] - first["recall_at_1"])
    figures = {way: _rounded(result) for way, result in results.items()}
    return {
        "set": name,
        "questions": len(rows),
        "near_misses": len(misses),
        **figures,
        "points_gained": round(gained, 1),
    }


def lcqmc(encoder: Encoder, with_adapter: Encoder, folder: Path) -> dict[str, Any]:
    items = [Item(row["id"], "skill", (row["text"],)) for row in read_rows(folder / "corpus.jsonl")]
    rows = read_rows(folder / "queries.jsonl")
    near, words = dense(items, encoder), lexical(items)
    ways = {
        "frozen_encoder": near,
        "bm25": words,
        "reciprocal_rank_fusion": reciprocal_ranks(near, words),
        "adapter_alone": adapted(items, with_adapter),
        "ours_without_adapter": ours(items, encoder),
        "ours": ours(items, with_adapter),
    }
    return {way: _rounded(judge(scorer, rows, [], items, encoder)) for way, scorer in ways.items()}


def _rounded(result: dict[str, Any]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in result.items() if not name.startswith("_")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lcqmc", type=Path, help="folder with corpus.jsonl and queries.jsonl")
    parser.add_argument("--adapter", type=Path, help="another adapter than the one that ships")
    parser.add_argument("--dev", action="store_true", help="the development set instead; nothing is written")
    options = parser.parse_args()
    bare, ours_first = (load_encoder_for("multilingual-e5-small") for _ in range(2))
    shipped = options.adapter or adapter_for(ours_first.name, "customer-service")
    if shipped is not None:
        ours_first.adapt(shipped)
    second = load_encoder_for("all-minilm-l6-v2")
    pairs = EncoderPair(bare, second), EncoderPair(ours_first, second)
    if options.dev:
        print(shop(*pairs, "dev", "dev.jsonl", "dev_near_misses.jsonl"))
        if options.lcqmc:
            print(lcqmc(bare, ours_first, options.lcqmc))
    else:
        result = {"shop": shop(*pairs, "hard", "hard.jsonl", "near_misses.jsonl")}
        if options.lcqmc:
            result["lcqmc"] = lcqmc(bare, ours_first, options.lcqmc)
        write_result(HERE / "results.json", result)
    bare.close()
    pairs[1].close()


if __name__ == "__main__":
    main()
