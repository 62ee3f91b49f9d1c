"""A tiny encoder in the plain form of the hub, and rows from which it can learn in seconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from botcore.examples import Example, Span

CITIES = ("Berlin", "Paris", "Lisbon", "柏林", "巴黎")
FORMS = (("fly to {}", "book"), ("hotel in {} please", "book"), ("飞{}", "book"), ("weather in {}", "weather"))
PLAIN = (("hello there", "greet"), ("你好", "greet"), ("good morning", "greet"))


def row(form: str, intent: str, city: str) -> Example:
    start = form.index("{")
    return Example(form.format(city), intent, (Span(start, start + len(city), "city"),), has_slots=True)


@pytest.fixture
def rows() -> list[Example]:
    found = [row(form, intent, city) for form, intent in FORMS for city in CITIES]
    return found + [Example(text, intent, has_slots=True) for text, intent in PLAIN] * 3


@pytest.fixture
def rows_file(rows, tmp_path) -> Path:
    file = tmp_path / "rows.jsonl"
    lines = []
    for each in rows:
        slots = {span.label: each.text[span.start : span.end] for span in each.spans}
        lines.append({"text": each.text, "intent": each.intent, "slots": slots})
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A BERT of two layers, never trained, that reads letters and Chinese characters one by one."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    text = " ".join([form for form, _ in FORMS] + list(CITIES) + [text for text, _ in PLAIN]).lower()
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *sorted(set(text) - {" "}),
        *("##" + c for c in sorted(set(text) - {" "})),
    ]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder)
    return folder
