"""The pytest plugin (entry point group `pytest11`): fixture `bot`. Light to import: it loads in every pytest run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from botcore.testing.bot import TestBot

pytest.register_assert_rewrite("botcore.testing.adapter_contract.contract")


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[TestBot]:
    """A real bot in memory: `bot.load("plugin.py")`, then `bot.ask("...").text`."""
    from botcore.testing.bot import TestBot

    made = TestBot(tmp_path)
    yield made
    made.close()


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of the contract's tests, so that it may be selected and is no mistake under --strict-markers."""
    config.addinivalue_line("markers", "kill: ends processes with SIGKILL")
