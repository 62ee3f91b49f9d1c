"""The `botcore` command. One file per group of verbs; none imports torch before a verb needs it."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from botcore.cli import config as config_verbs
from botcore.cli import data, evaluate, explain, inspect, letters, models, new, talk, train
from botcore.cli.common import DEFAULT_CONFIG
from botcore.errors import BotcoreError, ConfigError


class Verbs(TyperGroup):
    """The verbs of botcore, and those that the config's plugins add; these are looked for when nothing else fits."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name; None if there is none."""
        return super().get_command(ctx, cmd_name) or _of_plugins(cmd_name)


def _of_plugins(name: str) -> Any:
    """The verb that a plugin adds with `botcore_commands`."""
    if not DEFAULT_CONFIG.is_file():
        return None
    from botcore.app import gather

    cli = typer.Typer()
    gather(DEFAULT_CONFIG).plugins.gather("botcore_commands", cli=cli)
    has_verbs = cli.registered_commands or cli.registered_groups
    group: Any = typer.main.get_group(cli) if has_verbs else None
    return group.commands.get(name) if group else None


app = typer.Typer(
    name="botcore",
    cls=Verbs,
    help="A chat-platform bot for customer service. Start with `botcore run`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (talk, config_verbs, inspect, letters, models, evaluate, explain, data, train, new):
    group.register(app)


def main() -> None:
    """Run the command; every error of ours is one line with its mend, and exit code 1, or 2 for the config."""
    # numpy's threads spin: on shared cores they made a search of 10,000 entries 20 ms long instead of 3
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except ConfigError as wrong:
        for problem in wrong.problems:
            typer.echo(str(problem), err=True)
        many = len(wrong.problems)
        typer.echo(f"{many} mistake{'s' if many != 1 else ''}; nothing was started.", err=True)
        sys.exit(2)
    except BotcoreError as wrong:
        typer.echo(f"{wrong.what}\n{wrong.fix}".strip(), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
