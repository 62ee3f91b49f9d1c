"""The adapter judged across languages: `python -m benchmarks.adapter.judge --data DIR --adapter FILE`.

xSID's 300 sentences exist in English and in Chinese: is the nearest Chinese sentence the translation, and the reverse?
The frozen encoder runs beside it. FILE has to be one that was trained without xSID (`benchmarks/adapter/train.py
--without xsid`); the other judges are benchmarks/faq/hard.py and benchmarks/nlu/intents.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.adapter.groups import read
from benchmarks.faq.shop import load_encoder_for
from benchmarks.machine import write_result
from botcore.models.encoder import Encoder
from botcore.text import normalise

HERE = Path(__file__).parent


def recall(encoder: Encoder, english: list[str], chinese: list[str]) -> dict[str, float]:
    sides = []
    for texts in (english, chinese):
        vectors = np.stack([one.vector for one in encoder.encode_many([normalise(text) for text in texts])])
        vectors -= vectors.mean(0)
        sides.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    cosine = sides[0] @ sides[1].T
    right = np.arange(len(english))
    return {
        "english_to_chinese": round(float((cosine.argmax(1) == right).mean()), 4),
        "chinese_to_english": round(float((cosine.argmax(0) == right).mean()), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with xsid/")
    parser.add_argument("--adapter", type=Path, required=True, help="an adapter that has not seen xSID")
    options = parser.parse_args()
    english, chinese = (
        [row["text"] for row in read(options.data / f"xsid/{code}_valid.jsonl")] for code in ("en", "zh")
    )
    encoder = load_encoder_for("multilingual-e5-small")
    frozen = recall(encoder, english, chinese)
    encoder.adapt(options.adapter)
    adapted = recall(encoder, english, chinese)
    encoder.close()
    write_result(HERE / "results.json", {"pairs": len(english), "frozen": frozen, "adapted": adapted})


if __name__ == "__main__":
    main()
