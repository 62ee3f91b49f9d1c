"""Turn an `E5S1` file into a folder that every library reads: safetensors, config.json, tokenizer.json.

`E5S1` is a container for multilingual-e5-small with 4-bit weights (Q4_0: blocks of 32 weights, each a float16 scale and
32 nibbles). Its layout, little-endian: magic, version, eight integers of the model's shape and one float (layer norm's
epsilon), the SentencePiece-unigram pieces with scores, a normalisation map, a tensor directory, and the tensors.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from botcore.errors import ModelError
from botcore.models.tokenizers import SENTENCEPIECE_FILE, TOKENIZER_FILE, sentencepiece_model

MAGIC = b"E5S1"
BLOCK = 32
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def take(self, layout: str) -> Any:
        values = struct.unpack_from("<" + layout, self.content, self.at)
        self.at += struct.calcsize("<" + layout)
        return values[0] if len(values) == 1 else values

    def array(self, dtype: str, count: int) -> np.ndarray[Any, np.dtype[Any]]:
        taken = np.frombuffer(self.content, dtype, count, self.at)
        self.at += taken.nbytes
        return taken


def convert(source: Path, folder: Path) -> None:
    """Write `model.safetensors`, `config.json` and `tokenizer.json` of the `E5S1` file `source` into `folder`.

    Raises:
        ModelError: the file is cut off or is no such file.
    """
    content = source.read_bytes()
    if content[:4] != MAGIC:
        raise ModelError(f"{source.name} is no E5S1 file.", fix="Fetch it again: botcore models pull.")
    try:
        reader = _Reader(content)
        reader.at = 8
        hidden, layers, heads, inner, vocabulary, positions, types = reader.take("7i")
        epsilon, _block = reader.take("fi")
        tokenizer = _read_tokenizer(reader)
        tensors = _read_tensors(reader, hidden)
    except (struct.error, ValueError, KeyError) as broken:
        raise ModelError(f"{source.name} is damaged: {broken}", fix="Fetch it again: botcore models pull.") from broken
    shape = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": round(float(epsilon), 15),
    }
    _write(folder, shape, tokenizer, tensors)


def _read_tokenizer(reader: _Reader) -> dict[str, Any]:
    """The pieces with their scores. The normalisation map is passed over: it is NFKC, which tokenizers has."""
    count, bos, eos, pad, unknown = reader.take("5i")
    blob_bytes = reader.take("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.content[reader.at : reader.at + blob_bytes]
    reader.at += blob_bytes
    pieces = [
        [blob[start:end].decode("utf-8", "replace"), float(score)]
        for start, end, score in zip(offsets[:-1].tolist(), offsets[1:].tolist(), scores.tolist(), strict=True)
    ]
    _count, map_bytes = reader.take("iI")
    reader.at += map_bytes
    return {"pieces": pieces, "bos": bos, "eos": eos, "pad": pad, "unk": unknown}


def _read_tensors(reader: _Reader, hidden: int) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """All tensors under their names in a BERT model; the word embeddings as float16, the rest as float32."""
    named: dict[str, np.ndarray[Any, np.dtype[Any]]] = {}
    directory = []
    for _ in range(reader.take("i")):
        name = reader.array("u1", reader.take("H")).tobytes().decode()
        directory.append((name, *reader.take("BIQQ")))
    for name, _kind, count, start, size in directory:
        if size == count * 4:
            values = np.frombuffer(reader.content, "<f4", count, start)
        else:
            values = _dequantise(np.frombuffer(reader.content, "u1", size, start))
        named[_bert_name(name)] = _shaped(name, values, hidden)
    return named


def _dequantise(raw: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
    """Q4_0: per block of 32, weight j is (low nibble j - 8) * scale, and weight j + 16 the same of the high nibble."""
    blocks = raw.reshape(-1, 2 + BLOCK // 2)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8.0) * scale).reshape(-1)


def _bert_name(name: str) -> str:
    if name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shaped(name: str, values: np.ndarray[Any, np.dtype[Any]], hidden: int) -> np.ndarray[Any, np.dtype[Any]]:
    """Matrices are (outputs, inputs), row by row; vectors stay as they are."""
    if name == "emb.word":
        return values.reshape(-1, hidden).astype(np.float16)
    if name in ("emb.pos", "emb.type"):
        return values.reshape(-1, hidden)
    if not name.endswith(".w") or "ln." in name:
        return values
    inputs = hidden * 4 if name.endswith("fo.w") else hidden
    return values.reshape(-1, inputs)


def _write(folder: Path, shape: dict[str, Any], read: dict[str, Any], tensors: dict[str, Any]) -> None:
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer_json(read, folder / TOKENIZER_FILE)
    pieces = [(piece, score) for piece, score in read["pieces"]]
    (folder / SENTENCEPIECE_FILE).write_bytes(sentencepiece_model(pieces, read))
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "pad_token_id": read["pad"],
        "bos_token_id": read["bos"],
        "eos_token_id": read["eos"],
        **shape,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, folder / "model.safetensors")


def tokenizer_json(read: dict[str, Any], path: Path) -> None:
    """Write a Unigram tokenizer as XLM-R's: NFKC-like map, runs of blanks joined, metaspace, <s> ... </s>."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = [(piece, score) for piece, score in read["pieces"]]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=read["unk"], byte_fallback=False))
    steps = [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")]
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    bos, eos = pieces[read["bos"]][0], pieces[read["eos"]][0]
    specials = [pieces[read[name]][0] for name in ("bos", "pad", "eos", "unk")]
    tokenizer.add_special_tokens([AddedToken(special, special=True) for special in specials])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}", special_tokens=[(bos, read["bos"]), (eos, read["eos"])]
    )
    tokenizer.save(str(path), pretty=False)
