"""Fit the fusion of the hybrid index: `python benchmarks/faq/fit.py --data DIR`, writes botcore/knowledge/fusion.json.

Fitted on development data only: `dev.jsonl` and `dev_near_misses.jsonl` of this folder over the example shop (with all
phrasings, with one a language, and without answers), and training rows of CLINC150 and BANKING77 turned into FAQs
(an intent is an entry, k of its 10-shot rows are the phrasings, a quarter of the intents is held out as near misses).
`hard.jsonl` and `near_misses.jsonl` are never read here.

The adapter that ships has seen those training rows, so its evidence would look better here than it is elsewhere:
`--adapter FILE --sets banking77` fits with one that was trained without the set (benchmarks/adapter/train.py).
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.faq.shop import OWN_NAMES, load_encoder_for, read_rows, shop_items
from botcore.app.encoded import frame_of
from botcore.app.heads import LEAST_EXAMPLES
from botcore.knowledge.features import LEXICAL, NAMES, SECOND
from botcore.knowledge.index import WEIGHTS, Index
from botcore.knowledge.items import Item
from botcore.models.encoder import Remembering, TextEncoder
from botcore.models.pair import EncoderPair, is_english
from botcore.nlu.heads import IntentHead

HERE = Path(__file__).parent
PER_SET = 400


@dataclass
class Task:
    name: str
    items: list[Item]
    queries: list[tuple[str, str | None]]
    weight: float = 1.0
    own_names: tuple[str, ...] = ()


def shop_tasks() -> list[Task]:
    items = shop_items()
    rows = read_rows(HERE / "dev.jsonl") + read_rows(HERE / "dev_near_misses.jsonl")
    queries = [(row["text"], row["relevant"][0] if row["relevant"] else None) for row in rows]
    half = [replace(item, phrasings=item.phrasings[::4]) for item in items]
    bare = [replace(item, answers=()) for item in items]
    return [
        Task("shop", items, queries, 2.0, OWN_NAMES),
        Task("shop, one phrasing a language", half, queries, own_names=OWN_NAMES),
        Task("shop, no answers", bare, queries, own_names=OWN_NAMES),
    ]


def intent_task(folder: Path, shots: str, queries: str, k: int, seed: int) -> Task:
    chance = random.Random(seed)
    by_intent: dict[str, list[str]] = {}
    for row in read_rows(folder / shots):
        by_intent.setdefault(row["intent"], []).append(row["text"])
    intents = sorted(by_intent)
    chance.shuffle(intents)
    kept = intents[len(intents) // 4 :]
    items = [Item(name, "skill", tuple(chance.sample(by_intent[name], k))) for name in kept]
    used = {text for item in items for text in item.phrasings}
    rows = [row for row in read_rows(folder / queries) if row["text"] not in used]
    chosen = chance.sample(rows, PER_SET)
    pairs = [(row["text"], row["intent"] if row["intent"] in set(kept) else None) for row in chosen]
    return Task(f"{folder.name} k={k}", items, pairs, 0.5)


def english(task: Task) -> Task:
    """The task's questions that the English encoder can read; the entries stay."""
    return replace(task, queries=[(text, wanted) for text, wanted in task.queries if is_english(text)])


def head_of(task: Task, index: Index, encoder: TextEncoder) -> IntentHead | None:
    """The intent head that a bot with these items would have."""
    items = [item for item in task.items if len(item.phrasings) >= LEAST_EXAMPLES]
    if len(items) < 2:
        return None
    texts = [index.read(text) for item in items for text in item.phrasings]
    intents = [item.id for item in items for _ in item.phrasings]
    return IntentHead.train(texts, intents, encoder.encode_many(texts), frame_of(encoder))


def features(task: Task, encoder: TextEncoder | None) -> list[tuple[np.ndarray, int]]:
    """(candidates, features) and the place of the right one (the last place, after all, is 'none of these')."""
    index = Index.build(task.items, encoder, own_names=task.own_names)
    encoded = [None] * len(task.queries)
    head = None
    if encoder is not None:
        encoded = encoder.encode_many([index.read(text) for text, _ in task.queries])
        head = head_of(task, index, encoder)
    found = []
    for (text, wanted), one in zip(task.queries, encoded, strict=True):
        heard = head.hear(index.read(text), one)[0] if head is not None else {}
        chosen, table, _ = index.evidence(text, one, heard)
        ids = [index.items[i].id for i in chosen]
        if wanted is None or wanted in ids:
            found.append((table, len(ids) if wanted is None else ids.index(wanted)))
    return found


def fit(sets: list[tuple[list, float]], used: list[str], l2: float = 3e-3) -> tuple[np.ndarray, float, float]:
    """Softmax over candidates and 'none of these', each set weighing the same whatever its size; weights >= 0."""
    columns = [NAMES.index(name) for name in used]
    rows = [(table[:, columns], target, weight / len(found)) for found, weight in sets for table, target in found]
    widest = max(len(table) for table, _, _ in rows)
    tables = torch.zeros(len(rows), widest, len(used))
    padding = torch.zeros(len(rows), widest)
    targets = torch.zeros(len(rows), dtype=torch.long)
    for i, (table, target, _) in enumerate(rows):
        tables[i, : len(table)] = torch.tensor(table)
        padding[i, len(table) :] = -1e9
        targets[i] = widest if target == len(table) else target
    share = torch.tensor([weight for _, _, weight in rows])
    weights = torch.full((len(used),), 3.0, requires_grad=True)
    none = torch.tensor(5.0, requires_grad=True)
    optimiser = torch.optim.Adam([weights, none], 0.1)
    for _ in range(600):
        optimiser.zero_grad()
        logits = torch.cat([tables @ weights + padding, none.expand(len(rows), 1)], dim=1)
        loss = (share * torch.nn.functional.cross_entropy(logits, targets, reduction="none")).sum()
        (loss + l2 * (weights**2).sum()).backward()
        optimiser.step()
        with torch.no_grad():
            for i, name in enumerate(used):
                if not name.startswith("no_"):
                    weights[i].clamp_(min=0.0)  # no evidence may count against a candidate
    return weights.detach().numpy(), float(none.detach()), float(loss.detach())


def score(rows: list, used: list[str], weights: np.ndarray, none: float) -> dict[str, float]:
    columns = [NAMES.index(name) for name in used]
    right = answered = wrong = declined = known = unknown = 0
    for table, target in rows:
        logits = np.append(table[:, columns] @ weights, none)
        probability = np.exp(logits - logits.max())
        probability /= probability.sum()
        best = int(probability[:-1].argmax()) if len(table) else -1
        is_sure = best >= 0 and probability[best] >= 0.5
        if target == len(table):
            unknown += 1
            declined += not is_sure
        else:
            known += 1
            right += best == target
            answered += is_sure and best == target
            wrong += is_sure and best != target
    return {
        "recall_at_1": right / max(1, known),
        "answered_rightly": answered / max(1, known),
        "answered_wrongly": wrong / max(1, known),
        "near_misses_declined": declined / max(1, unknown),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with clinc150/ and banking77/")
    parser.add_argument("--adapter", type=Path, help="an adapter that has not seen the sets")
    parser.add_argument("--sets", nargs="*", default=["clinc150", "banking77"])
    parser.add_argument(
        "--ways", nargs="*", default=["paired", "hybrid", "lexical"], help="the others stay as they are"
    )
    parser.add_argument("--dry", action="store_true", help="do not write fusion.json")
    options = parser.parse_args()
    first = load_encoder_for("multilingual-e5-small")
    if options.adapter:
        first.adapt(options.adapter)
    pair = EncoderPair(first, load_encoder_for("all-minilm-l6-v2"))
    tasks = shop_tasks()
    queries = {"clinc150": "val.jsonl", "banking77": "train.jsonl"}
    for name in options.sets:
        for k in (1, 3, 6):
            tasks.append(intent_task(options.data / name, "train_10shot.jsonl", queries[name], k, k))
    ways: dict[str, tuple[TextEncoder | None, list[str]]] = {
        "paired": (Remembering(pair), list(NAMES)),
        "hybrid": (Remembering(first), [name for name in NAMES if name not in SECOND]),
        "lexical": (None, ["no_answer", *LEXICAL]),
    }
    written = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    for kind in options.ways:
        encoder, used = ways[kind]
        tables = [features(english(task) if kind == "paired" else task, encoder) for task in tasks]
        weights, none, loss = fit([(t, task.weight) for t, task in zip(tables, tasks, strict=True)], used)
        written[kind] = {
            "weights": {name: round(float(w), 3) for name, w in zip(used, weights, strict=True)},
            "none": round(none, 3),
        }
        print(kind, "loss", round(loss, 3), written[kind])
        for task, table in zip(tasks, tables, strict=True):
            print(f"  {task.name:32}", {k: round(float(v), 3) for k, v in score(table, used, weights, none).items()})
    if not options.dry:
        WEIGHTS.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    pair.close()


if __name__ == "__main__":
    main()
