"""A folder with a config and the files it names, read and run by the real parts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from botcore.app import Bot, Gathered, gather
from botcore.app.bot import IN_MEMORY
from botcore.models.encoder import Encoder, load_encoder
from botcore.models.store import ModelStore, default_root


class Shop:
    """Files of one bot. `write` dedents, so that tests may indent what they write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {}

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def replace(self, name: str, content: str) -> None:
        """Put a file in place as an editor does: written beside, then renamed."""
        self.write(name + ".new", content).replace(self.folder / name)

    def gather(self, content: str | bytes | None = None, environ: Mapping[str, str] | None = None) -> Gathered:
        if content is not None:
            self.write("config.yaml", content)
        return gather(self.config, self.environ if environ is None else environ)

    def problems(self, content: str | bytes | None = None) -> list[str]:
        return [str(problem) for problem in self.gather(content).problems]

    def errors(self, content: str | bytes | None = None) -> list[str]:
        return [str(problem) for problem in self.gather(content).errors]

    @asynccontextmanager
    async def running(
        self, content: str | None = None, *, store: str | None = IN_MEMORY, serve: bool = False
    ) -> AsyncIterator[Bot]:
        """A bot of these files, started; stopped at the end."""
        bot = Bot(self.gather(content), store=store)
        await bot.start(serve=serve)
        try:
            yield bot
        finally:
            await bot.stop(drain_s=1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """An empty folder, which is the working directory too."""
    monkeypatch.chdir(tmp_path)
    return Shop(tmp_path)


class Cli:
    """The `botcore` command beside this Python, in the test's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.command = str(Path(sys.executable).with_name("botcore"))
        self.environ = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "PYTHONWARNINGS": "default"}

    def __call__(self, *arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [self.command, *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.folder, env=self.environ, input=stdin, capture_output=True, text=True, timeout=90
        )

    def json(self, *arguments: object, code: int = 0) -> Any:
        """What the verb printed with --json."""
        done = self(*arguments, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        command = [self.command, *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@pytest.fixture
def cli(shop: Shop) -> Cli:
    return Cli(shop.folder)


@pytest.fixture(scope="session")
def encoder() -> Iterator[Encoder]:
    """The real default encoder, fetched once into the user's store (or BOTCORE_MODELS) and kept between runs.

    Tests that use it belong to the xdist group `encoder`, so that one process loads it.
    """
    model = ModelStore(default_root()).ensure("multilingual-e5-small")
    loaded = load_encoder(model.folder, name=model.name, prefix=model.prefix, device="cpu")
    yield loaded
    loaded.close()
