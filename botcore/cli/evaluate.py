"""evaluate faq: retrieval measured on a file of questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from botcore.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    evaluate = typer.Typer(help="Measure quality on a file.", no_args_is_help=True)
    evaluate.callback()(_evaluate)
    evaluate.command()(faq)
    app.add_typer(evaluate, name="evaluate")


def _evaluate() -> None:
    """Measure quality on a file."""


def faq(
    corpus: Annotated[Path, typer.Option(help="JSON lines {id, text} or {id, texts[, answers]}: the entries.")],
    queries: Annotated[
        Path, typer.Option(help="JSON lines {id, text, relevant}; an empty `relevant`: nothing answers it.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    encoder: Annotated[str | None, typer.Option(help="Another encoder than the config's; `none`: words only.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Does the right entry come first? The same index that answers customers, over your files."""
    from botcore.app.evaluation import evaluate_faq

    result = evaluate_faq(corpus, queries, config if config.exists() else None, encoder)
    if as_json:
        print_json(result)
        return
    for name, value in result.items():
        typer.echo(f"{name:22} {value}")
