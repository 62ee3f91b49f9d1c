"""A folder with a config and the files it names, read and run by the real parts."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from botcore.app import Bot, Gathered, gather
from botcore.app.bot import IN_MEMORY


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
