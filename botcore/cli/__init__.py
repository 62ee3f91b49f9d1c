"""The `botcore` command. One file per group of verbs; none imports torch before a verb needs it."""

from __future__ import annotations

import sys

import typer

from botcore.cli import config as config_verbs
from botcore.cli import evaluate, inspect, models, talk
from botcore.errors import BotcoreError, ConfigError

app = typer.Typer(
    name="botcore",
    help="A chat-platform bot for customer service. Start with `botcore run`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (talk, config_verbs, inspect, models, evaluate):
    group.register(app)


def main() -> None:
    """Run the command; every error of ours is one line with its mend, and exit code 1, or 2 for the config."""
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
