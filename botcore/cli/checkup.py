"""What `botcore doctor` looks at."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from botcore.app import Gathered, gather
from botcore.app.bot import Bot
from botcore.app.encoders import NO_ENCODER
from botcore.errors import ModelError

MIN_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `state`: good, warning or bad."""

    state: str
    what: str
    fix: str = ""


def examine(config: Path) -> list[Finding]:
    """All findings, in the order in which a start would meet them."""
    gathered = gather(config)
    findings = [Finding("good", f"Python {sys.version.split()[0]}")]
    findings += [Finding("bad", str(problem)) for problem in gathered.errors]
    findings += [Finding("warning", str(problem)) for problem in gathered.warnings]
    if gathered.errors:
        return findings
    entries = len(gathered.knowing.repertoire.entries)
    findings.append(Finding("good", f"{gathered.loaded.path.name}: {entries} answers, no mistakes"))
    return [*findings, *_models(gathered), *_store(gathered), *_ports(gathered)]


def _models(gathered: Gathered) -> Iterator[Finding]:
    models = gathered.config.models
    if models.encoder == NO_ENCODER:
        yield Finding("warning", "no encoder: only words are matched", "Set models.encoder.")
        return
    for name in (models.encoder, models.second_encoder):
        if name is not None:
            yield _model(gathered, name)


def _model(gathered: Gathered, name: str) -> Finding:
    """Whether one model is here and whole."""
    store = gathered.model_store()
    if (gathered.loaded.base / name).is_dir():
        return Finding("good", f"model {name}: a folder")
    if not store.is_present(name):
        return Finding("warning", f"model {name} is not here yet", f"botcore models pull {name}")
    try:
        broken = store.verify(name)
    except ModelError as wrong:
        broken = (str(wrong),)
    if broken:
        return Finding("bad", f"model {name}: {'; '.join(broken)}", f"botcore models rm {name}, then pull")
    return Finding("good", f"model {name}: present, every file verified")


def _store(gathered: Gathered) -> Iterator[Finding]:
    file = Path(Bot.store_url(gathered).removeprefix("sqlite:///"))
    folder = next(parent for parent in file.parents if parent.exists())
    if not os.access(folder, os.W_OK):
        yield Finding("bad", f"{folder} cannot be written", f"chown or chmod {folder}")
        return
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        yield Finding(
            "warning", f"only {free / 1e6:.0f} MB are free at {folder}", "Make room: a full disk stops the bot."
        )
    yield Finding("good", f"store {file}: {'exists' if file.exists() else 'will be made'}, {free / 1e9:.0f} GB free")


def _ports(gathered: Gathered) -> Iterator[Finding]:
    for plugin in gathered.plugins.loaded:
        port = getattr(plugin.settings, "port", None)
        if not plugin.is_channel or not port:
            continue
        host = plugin.settings.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as wrong:
                fix = "Is the bot running already? Else choose another port."
                yield Finding("warning", f"{host}:{port} is taken: {wrong.strerror}", fix)
            else:
                yield Finding("good", f"{host}:{port} is free")
