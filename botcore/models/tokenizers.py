"""Text to token ids with the span of each token, behind one small seam.

A SentencePiece model is read by `sentencepiece` where its file is there: the same pieces take 12 MB in it and 300 MB in
`tokenizers` (measured with multilingual-e5-small's 250,000), and load in a tenth of the time. All other models come
with a `tokenizer.json`.
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

SENTENCEPIECE_FILE = "sentencepiece.model"
TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens: `ids` with the specials at both ends, `spans` in characters, None for specials."""

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int] | None, ...]


class Tokenizer(Protocol):
    """Makes tokens of a text, at most `limit` of them, specials included."""

    def encode(self, text: str, limit: int) -> Tokens:
        """The text's tokens."""


class JsonTokenizer:
    """A `tokenizer.json`, read by the `tokenizers` library."""

    def __init__(self, file: Path) -> None:
        from tokenizers import Tokenizer as FastTokenizer

        self._tokenizer = FastTokenizer.from_file(str(file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._limit = 0

    def encode(self, text: str, limit: int) -> Tokens:
        """See `Tokenizer.encode`."""
        if limit != self._limit:
            self._tokenizer.enable_truncation(limit)
            self._limit = limit
        encoding = self._tokenizer.encode(text)
        specials = encoding.special_tokens_mask
        pairs = zip(encoding.offsets, specials, strict=True)
        spans = tuple(None if special else _without_blank(text, *span) for span, special in pairs)
        return Tokens(tuple(encoding.ids), spans)


class PieceTokenizer:
    """A SentencePiece model with XLM-R's frame: `<s>` before, `</s>` after, NFKC and single blanks inside."""

    def __init__(self, file: Path) -> None:
        import sentencepiece

        self._pieces: Any = sentencepiece.SentencePieceProcessor(model_file=str(file))

    def encode(self, text: str, limit: int) -> Tokens:
        """See `Tokenizer.encode`. Spans are those of the NFKC form, which is what the bot hands over."""
        normal = unicodedata.normalize("NFKC", text)
        found = self._pieces.encode(normal, return_type="offset_mapping")
        ids = (self._pieces.bos_id(), *found["ids"][: limit - 2], self._pieces.eos_id())
        spans = (_without_blank(normal, *span) for span in found["offsets"][: limit - 2])
        return Tokens(ids, (None, *spans, None))


def _without_blank(text: str, start: int, end: int) -> tuple[int, int]:
    """A piece at the beginning of a word takes the blank before it along; its span does not."""
    return (start + 1, end) if start < end and text[start] == " " else (start, end)


def load_tokenizer(folder: Path) -> Tokenizer:
    """The folder's tokenizer, in the form that takes least memory."""
    file = folder / SENTENCEPIECE_FILE
    return PieceTokenizer(file) if file.is_file() else JsonTokenizer(folder / TOKENIZER_FILE)


def sentencepiece_model(pieces: list[tuple[str, float]], specials: dict[str, int]) -> bytes:
    """A SentencePiece `ModelProto` (sentencepiece_model.proto) of unigram pieces, without a normalisation of its own.

    `specials` gives the ids of `unk`, `bos`, `eos` and `pad`. Written by hand: five kinds of fields are all it needs.
    """
    unknown, control, normal = 2, 3, 1
    kinds = {specials["unk"]: unknown} | {specials[name]: control for name in ("bos", "eos", "pad")}
    rows = []
    for id_, (piece, score) in enumerate(pieces):
        row = _bytes(1, piece.encode("utf-8")) + _float(2, score) + _number(3, kinds.get(id_, normal))
        rows.append(_bytes(1, row))
    trainer = _number(3, 1)  # model_type: UNIGRAM
    for field, name in ((40, "unk"), (41, "bos"), (42, "eos"), (43, "pad")):
        trainer += _number(field, specials[name])
    for field, name in ((45, "unk"), (46, "bos"), (47, "eos"), (48, "pad")):
        trainer += _bytes(field, pieces[specials[name]][0].encode("utf-8"))
    normaliser = _bytes(1, b"identity") + _number(3, 1) + _number(4, 1) + _number(5, 1)
    return b"".join(rows) + _bytes(2, trainer) + _bytes(3, normaliser)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)
