"""The example shop's knowledge as items, and rows of JSON lines, for the scripts of this folder."""

from __future__ import annotations

import json
from pathlib import Path

from botcore.knowledge.items import Item
from botcore.models.encoder import Encoder
from botcore.models.encoder import load_encoder as load
from botcore.models.store import ModelStore

OWN_NAMES = ("Harbour & Pine", "Harbour and Pine", "港松生活", "港松")
ROOT = Path(__file__).resolve().parents[2]


def read_rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def shop_items() -> list[Item]:
    from botcore.config import read_yaml

    rows = [row for file in sorted((ROOT / "content/faq").glob("*.yaml")) for row in read_yaml(file).value]
    return [
        Item(
            row["id"],
            "knowledge",
            tuple(text for texts in row["questions"].values() for text in texts),
            tuple(row["answer"].values()),
        )
        for row in rows
    ]


def load_encoder_for(name: str) -> Encoder:
    model = ModelStore().ensure(name)
    return load(model.folder, name=model.name, prefix=model.prefix)
