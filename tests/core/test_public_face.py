"""What plugin authors and the next engineer may rely on: the public names, light imports, layers."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import botcore
from botcore import errors

ROOT = Path(__file__).parents[2]
HEAVY = {
    "torch",
    "transformers",
    "sqlalchemy",
    "alembic",
    "numpy",
    "uvicorn",
    "starlette",
    "pydantic",
    "ruamel",
    "structlog",
    "typer",
    "bm25s",
    "opencc",
    "prometheus_client",
    "watchfiles",
    "botcore.config.model",
    "botcore.app",
}


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh Python has loaded after `code`."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_all_is_what_can_be_imported():
    for name in botcore.__all__:
        assert getattr(botcore, name) is not None
    public = {name for name, value in vars(botcore).items() if not name.startswith("_") and not inspect.ismodule(value)}
    public -= {"annotations", "TYPE_CHECKING", "Any"}
    assert public - set(botcore.__all__) == set()
    assert sorted(botcore.__all__) == botcore.__all__
    assert len(set(botcore.__all__)) == len(botcore.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'botcore' has no attribute 'Bott'"):
        botcore.Bott  # noqa: B018


def test_importing_botcore_is_light():
    assert loaded_by("import botcore") & HEAVY == set()
    assert loaded_by("from botcore import Plugin, Turn, Reply, hookimpl") & HEAVY == set()


def test_the_fixture_costs_other_peoples_test_runs_next_to_nothing():
    assert loaded_by("import pytest; import botcore.testing.fixtures") & (HEAVY - {"typer"}) == set()


def test_what_reads_files_comes_when_it_is_asked_for():
    assert "ruamel.yaml" in loaded_by("import botcore; botcore.read_yaml")


def test_every_module_can_be_imported_alone_and_says_what_it_is():
    for module in pkgutil.walk_packages(botcore.__path__, "botcore."):
        if module.name == "botcore.__main__" or ".migrations." in module.name:
            continue
        assert inspect.getdoc(importlib.import_module(module.name)), module.name


def test_every_error_is_in_the_tree_that_its_module_draws():
    drawn = inspect.getdoc(errors) or ""
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, Exception):
            assert name in drawn, name
            assert value is errors.BotcoreError or issubclass(value, errors.BotcoreError)


def test_an_error_reads_what_happened_and_then_the_mend():
    assert str(botcore.NotReady("It is closed.", fix="Open it.")) == "It is closed. Open it."
    assert str(botcore.BadInput("code", "Wrong.")) == "Wrong."
    assert botcore.Overloaded("Busy.", retry_after_s=2).retry_after_s == 2
    assert str(botcore.Problem("f.yaml", 3, 7, "what.", "mend.")) == "f.yaml:3:7: what. mend."


def test_the_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert botcore.__version__ == version("botcore-framework")


def test_imports_go_down_only():
    """The contracts of [tool.importlinter] in pyproject.toml."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_values_that_travel_are_frozen():
    import dataclasses

    from botcore import messages

    for value in vars(messages).values():
        if inspect.isclass(value) and dataclasses.is_dataclass(value):
            assert value.__dataclass_params__.frozen, value
            assert hasattr(value, "__slots__"), value
