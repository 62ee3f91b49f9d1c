"""`manifest.json`: what a stored model consists of, so that a changed byte is found."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as it was when it was stored."""

    sha256: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A stored model: where it came from, when (UTC, ISO 8601), and its files by name."""

    name: str
    source: str
    fetched_at: str
    prefix: str
    kind: str
    files: Mapping[str, FileRecord]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(record.size_bytes for record in self.files.values())


def sha256_of(path: Path) -> str:
    """The file's sha256, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record_files(folder: Path) -> dict[str, FileRecord]:
    """The records of all files in `folder`, without the manifest."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            state = path.stat()
            record = FileRecord(sha256_of(path), state.st_size, state.st_mtime_ns)
            found[path.relative_to(folder).as_posix()] = record
    return found


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in `folder`; None when there is none that can be read."""
    try:
        read = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {
            str(name): FileRecord(str(record["sha256"]), int(record["size_bytes"]), int(record["mtime_ns"]))
            for name, record in read["files"].items()
        }
        name, source, fetched_at, prefix, kind = (
            str(read[key]) for key in ("name", "source", "fetched_at", "prefix", "kind")
        )
        return Manifest(name, source, fetched_at, prefix, kind, files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it beside the files: whole, or not at all."""
    written = {
        "name": manifest.name,
        "source": manifest.source,
        "fetched_at": manifest.fetched_at,
        "prefix": manifest.prefix,
        "kind": manifest.kind,
        "files": {
            name: {"sha256": record.sha256, "size_bytes": record.size_bytes, "mtime_ns": record.mtime_ns}
            for name, record in manifest.files.items()
        },
    }
    temporary = folder / f".{MANIFEST}.{os.getpid()}"
    temporary.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / MANIFEST)


def looks_unchanged(folder: Path, manifest: Manifest) -> bool:
    """Whether every file has the size and time that were recorded: the cheap check at every start."""
    for name, record in manifest.files.items():
        try:
            state = (folder / name).stat()
        except OSError:
            return False
        if (state.st_size, state.st_mtime_ns) != (record.size_bytes, record.mtime_ns):
            return False
    return True


def differences(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """What differs from the manifest, every byte read: missing, changed and added files, one sentence each."""
    found = []
    for name, record in manifest.files.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing.")
        elif path.stat().st_size != record.size_bytes:
            found.append(f"{name} has {path.stat().st_size:,} bytes instead of {record.size_bytes:,}.")
        elif sha256_of(path) != record.sha256:
            found.append(f"{name} has changed (sha256 differs).")
    known = {MANIFEST, *manifest.files}
    added = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    found += [f"{name} does not belong there." for name in added if name not in known]
    return tuple(found)
