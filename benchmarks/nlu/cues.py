"""Precision and recall of the cues, by rules alone and with the learned head: `python -m benchmarks.nlu.cues`.

* `cues_test.jsonl` was set down before the rules; they were mended on it since, so it says that they still hold.
* `cues_unseen.jsonl` was set down when the rules stood; neither rules, examples nor threshold were fitted on it.
* False alarms: customer requests of `benchmarks/adapter/data` that the head has not seen; the rules were mended on
  them.

A row's `cues` must be found; those in `may` may be, as people would differ on them.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.machine import write_result
from botcore.models.encoder import Encoded, Encoder, load_encoder
from botcore.models.store import ModelStore, default_root
from botcore.nlu.cue_head import CueHead, examples
from botcore.nlu.cues import NAMES, find_cues, is_short
from botcore.text import normalise

HERE = Path(__file__).parent
SERVICE = HERE.parent / "adapter" / "data" / "service.jsonl"


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def measured(rows: list[dict[str, Any]], encoded: list[Encoded], head: CueHead | None) -> dict[str, Any]:
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    for row, one in zip(rows, encoded, strict=True):
        found = {cue.name for cue in find_cues(row["text"], encoded=one, head=head)}
        hits.update(found & set(row["cues"]))
        misses.update(set(row["cues"]) - found)
        alarms.update(found - set(row["cues"]) - set(row["may"]))
    by_cue = {name: _shares(hits[name], misses[name], alarms[name]) for name in NAMES}
    return {"all": _shares(hits.total(), misses.total(), alarms.total()), **by_cue}


def _shares(hits: int, misses: int, alarms: int) -> dict[str, float | int]:
    return {
        "precision": round(hits / max(1, hits + alarms), 3),
        "recall": round(hits / max(1, hits + misses), 3),
        "wanted": hits + misses,
        "false_alarms": alarms,
    }


def false_alarms(encoder: Encoder, head: CueHead) -> dict[str, Any]:
    known = set(examples()[1])
    texts = [text for row in rows_of(SERVICE) if row["domain"] != "contact" for text in (*row["en"], *row["zh"])]
    texts = [text for text in texts if normalise(text) not in known]
    encoded = encoder.encode_many([normalise(text) for text in texts])
    by_rules = sum(bool(find_cues(text)) for text in texts)
    with_head = sum(bool(find_cues(text, encoded=one, head=head)) for text, one in zip(texts, encoded, strict=True))
    return {
        "requests": len(texts),
        "short": sum(map(is_short, texts)),
        "rules": round(by_rules / len(texts), 4),
        "with_head": round(with_head / len(texts), 4),
    }


def main() -> None:
    model = ModelStore(default_root()).ensure("multilingual-e5-small")
    encoder = load_encoder(model.folder, name=model.name, prefix=model.prefix, device="cpu", threads=1)
    head = CueHead.train(encoder)
    result: dict[str, Any] = {"encoder": model.name}
    for name in ("cues_test", "cues_unseen"):
        rows = rows_of(HERE / f"{name}.jsonl")
        encoded = encoder.encode_many([normalise(row["text"]) for row in rows])
        started = time.process_time()
        for row in rows:
            find_cues(row["text"])
        spent = 1000 * (time.process_time() - started) / len(rows)
        result[name] = {
            "messages": len(rows),
            "rules": measured(rows, encoded, None),
            "with_head": measured(rows, encoded, head),
            "rules_ms_per_message": round(spent, 3),
        }
    result["requests_taken_for_cues"] = false_alarms(encoder, head)
    write_result(HERE / "cues.json", result)
    encoder.close()


if __name__ == "__main__":
    main()
