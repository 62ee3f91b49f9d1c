"""What the adapter learns from: groups of texts that ask for the same, with the groups that sound alike but do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from botcore.text import normalise

HERE = Path(__file__).parent
SETS = ("clinc150", "banking77", "service", "xsid")


@dataclass
class Group:
    """One request in several wordings. `near`: names of groups that must stay apart from it."""

    name: str
    source: str
    texts: list[str]
    near: list[str] = field(default_factory=list)


def read(path: Path) -> Iterator[dict]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def groups_of(data: Path, without: tuple[str, ...] = ()) -> list[Group]:
    found: list[Group] = []
    for name in ("clinc150", "banking77"):
        if name in without:
            continue
        by_intent: dict[str, list[str]] = {}
        for row in read(data / name / "train.jsonl"):
            by_intent.setdefault(row["intent"], []).append(normalise(row["text"]))
        found += [Group(f"{name}:{intent}", name, sorted(set(texts))) for intent, texts in sorted(by_intent.items())]
    if "service" not in without:
        for row in read(HERE / "data" / "service.jsonl"):
            texts = [normalise(text) for text in (*row["en"], *row["zh"])]
            near = [f"service:{other}" for other in row.get("near", [])]
            found.append(Group(f"service:{row['id']}", "service", texts, near))
        found += _unanswered({group.name: group for group in found})
    if "xsid" not in without:
        pairs = zip(read(data / "xsid/en_valid.jsonl"), read(data / "xsid/zh_valid.jsonl"), strict=True)
        for number, (english, chinese) in enumerate(pairs):
            texts = [normalise(english["text"]), normalise(chinese["text"])]
            found.append(Group(f"xsid:{number}", "xsid", texts))
    return found


def _unanswered(groups: dict[str, Group]) -> Iterator[Group]:
    """Questions on a request's topic that its answer does not answer: each a group of its own, near the request."""
    for row in read(HERE / "data" / "answers.jsonl"):
        owner = groups.get(f"service:{row['id']}")
        if owner is None:
            continue
        pairs = zip(row.get("unanswered_en", []), row.get("unanswered_zh", []), strict=False)
        for number, pair in enumerate(pairs):
            name = f"{owner.name}!{number}"
            owner.near.append(name)
            yield Group(name, "service", [normalise(text) for text in pair], [owner.name])


def everyday(data: Path, limit: int = 6000) -> list[str]:
    """Texts that are to stay where they are: customers' lines of CrossWOZ, out-of-scope rows of CLINC150, intents."""
    dialogues = read(data / "crosswoz/val.jsonl")
    said = (turn for dialogue in dialogues for turn in dialogue["turns"] if turn["role"] == "usr")
    lines = sorted({normalise(turn["text"]) for turn in said})[:limit]
    return lines + [normalise(row["text"]) for row in read(data / "clinc150/oos_train.jsonl")]
