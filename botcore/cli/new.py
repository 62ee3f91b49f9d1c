"""new: files to begin with, each made by whoever knows it (entry point group `botcore.new`)."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

GROUP = "botcore.new"


class Makers(TyperGroup):
    """What is installed under the entry points; each is imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, sorted."""
        return sorted({*super().list_commands(ctx), *_makers()})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command that makes it; None if there is none."""
        maker = _makers().get(cmd_name)
        if maker is None:
            return super().get_command(ctx, cmd_name)
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(maker.load())
        return typer.main.get_command(alone)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    new = typer.Typer(cls=Makers, help="Print files to begin with.", no_args_is_help=True)
    new.callback()(lambda: None)
    app.add_typer(new, name="new")


def _makers() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
