"""What messages are written in, right or wrong: `python -m benchmarks.nlu.language`, writes language.json.

`language_test.jsonl`: short messages in Chinese of both scripts, English, both mixed, and some fifty other languages,
set down before the method. The word lists of `botcore/nlu/latin.txt` hold everyday words, some of which it holds too.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.machine import write_result
from botcore.nlu.language import SCRIPTS, script_of

HERE = Path(__file__).parent


def main() -> None:
    content = (HERE / "language_test.jsonl").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = [json.loads(line) for line in content.split("\n") if line]
    script_of("warm 好")
    started = time.process_time()
    found = [script_of(row["text"], row.get("previous")) for row in rows]
    spent = time.process_time() - started
    wanted = Counter(row["script"] for row in rows)
    right = Counter(row["script"] for row, one in zip(rows, found, strict=True) if one == row["script"])
    wrong = [
        {"text": row["text"], "is": row["script"], "found": one}
        for row, one in zip(rows, found, strict=True)
        if one != row["script"]
    ]
    result = {
        "messages": len(rows),
        "accuracy": round(right.total() / len(rows), 4),
        "by_script": {name: {"messages": wanted[name], "right": right[name]} for name in SCRIPTS},
        "cpu_ms_per_message": round(1000 * spent / len(rows), 3),
        "wrong": wrong,
    }
    write_result(HERE / "language.json", result)


if __name__ == "__main__":
    main()
