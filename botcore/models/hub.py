"""A model from a model hub: safetensors and JSON only, at one commit, and never waited for long."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botcore.errors import ModelError
from botcore.models.manifest import sha256_of
from botcore.models.sources import Progress, disk_full

HUB_ID = re.compile(r"(?P<repository>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>[\w./-]+))?")
CONNECT_TIMEOUT_S = 5.0
MAX_JSON_BYTES = 100_000_000
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file to take: its name, size, and sha256 where the hub tells it ("" for small files)."""

    name: str
    size_bytes: int
    sha256: str


def fetch_hub(hub_id: str, folder: Path, progress: Progress | None = None, endpoint: str | None = None) -> str:
    """Put the data files of `org/name` or `org/name@revision` into `folder`; the commit comes back.

    Raises:
        ModelError: nothing answers within seconds, there is no such model, or it has no safetensors.
    """
    from huggingface_hub import HfApi, snapshot_download

    found = HUB_ID.fullmatch(hub_id)
    if found is None:
        raise ModelError(f"{hub_id!r} is no hub id.", fix="Write org/name or org/name@revision.")
    repository, revision = found["repository"], found["revision"]
    try:
        listing = HfApi(endpoint=endpoint).model_info(
            repository, revision=revision, timeout=CONNECT_TIMEOUT_S, files_metadata=True
        )
        commit = str(listing.sha)
        files = _wanted(hub_id, listing.siblings or [])
        with _watched(folder, sum(file.size_bytes for file in files), progress):
            snapshot_download(
                repository,
                revision=commit,
                local_dir=folder,
                allow_patterns=[file.name for file in files],
                etag_timeout=CONNECT_TIMEOUT_S,
                endpoint=endpoint,
                max_workers=2,
            )
    except ModelError:
        raise
    except Exception as failure:  # the hub's client changes its HTTP library, so its errors are sorted by name
        raise _why(hub_id, failure) from failure
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    _check(hub_id, folder, files)
    return commit


def _wanted(hub_id: str, listed: Sequence[object]) -> list[HubFile]:
    """Top-level safetensors and JSON; pickled weights and code are not even fetched."""
    files = []
    for entry in listed:
        name, size, lfs = (
            str(getattr(entry, "rfilename", "")),
            getattr(entry, "size", 0) or 0,
            getattr(entry, "lfs", None),
        )
        if "/" in name or name.startswith(".") or Path(name).suffix not in (".safetensors", ".json"):
            continue
        if name.endswith(".json") and size > MAX_JSON_BYTES:
            raise ModelError(f"{hub_id}: {name} has {size:,} bytes, which is a trick.", fix="Use another model.")
        files.append(HubFile(name, size, str(getattr(lfs, "sha256", "") or "")))
    if not any(file.name.endswith(".safetensors") for file in files):
        what = f"{hub_id} has no safetensors on the hub; pickled weights can run code and are never read."
        raise ModelError(what, fix="Use a revision or a model with safetensors.")
    return files


def _check(hub_id: str, folder: Path, files: list[HubFile]) -> None:
    for file in files:
        path = folder / file.name
        is_whole = path.is_file() and (not file.size_bytes or path.stat().st_size == file.size_bytes)
        if not is_whole or (file.sha256 and sha256_of(path) != file.sha256):
            raise ModelError(f"{hub_id}: {file.name} did not arrive whole.", fix="Fetch it again: botcore models pull.")


@contextmanager
def _watched(folder: Path, total: int, progress: Progress | None) -> Iterator[None]:
    """Tell `progress` how many bytes lie in `folder` while the block runs."""
    if progress is None:
        yield
        return
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.wait(POLL_S):
            done = 0
            for path in folder.rglob("*"):
                try:
                    done += path.stat().st_size
                except OSError:  # it was renamed between the listing and the look
                    continue
            progress(min(done, total), total)

    watcher = threading.Thread(target=watch, name="hub-progress", daemon=True)
    watcher.start()
    try:
        yield
        progress(total, total)
    finally:
        is_done.set()
        watcher.join()


def _why(hub_id: str, failure: Exception) -> ModelError:
    kinds = {kind.__name__ for kind in type(failure).__mro__}
    if "GatedRepoError" in kinds:
        return ModelError(f"{hub_id} wants its terms accepted first.", fix="Accept them on the hub and set HF_TOKEN.")
    if kinds & {"RepositoryNotFoundError", "RevisionNotFoundError", "EntryNotFoundError"}:
        return ModelError(f"The hub has no {hub_id}, or hides it.", fix="Check the id; for a private one set HF_TOKEN.")
    if isinstance(failure, OSError) and failure.errno == 28:
        return disk_full(hub_id)
    said = str(failure).strip().split("\n")[0] or type(failure).__name__
    return ModelError(
        f"The model hub did not deliver {hub_id}: {said}",
        fix="Check the network, name a mirror in HF_ENDPOINT, or write the path of a folder that holds the model.",
    )
