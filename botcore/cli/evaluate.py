"""evaluate nlu, evaluate faq: understanding and retrieval measured on files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from botcore.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    evaluate = typer.Typer(help="Measure quality on a file.", no_args_is_help=True)
    evaluate.callback()(_evaluate)
    evaluate.command()(nlu)
    evaluate.command()(faq)
    app.add_typer(evaluate, name="evaluate")


def _evaluate() -> None:
    """Measure quality on a file."""


def nlu(
    train: Annotated[
        Path, typer.Option(help="Rows {text, intent[, slots or tokens and tags]}: JSON lines, YAML, CSV.")
    ],
    test: Annotated[Path | None, typer.Option(help="Rows to measure on. Default: cross-validation on --train.")] = None,
    oos: Annotated[Path | None, typer.Option(help="Rows that no intent is meant by, to be told apart.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    encoder: Annotated[str | None, typer.Option(help="Another encoder than the config's; `none`: words only.")] = None,
    fine_tune: Annotated[bool, typer.Option("--fine-tune", help="Train the encoder too; needs --test.")] = False,
    epochs: Annotated[int, typer.Option(min=1, help="Of --fine-tune: how often every row is read.")] = 3,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Of cross-validation.")] = 5,
    report: Annotated[
        Path | None, typer.Option(help="Folder to write a report into: tables, plots (HTML and PNG), all errors.")
    ] = None,
    curve: Annotated[bool, typer.Option("--curve", help="Measure a learning curve too; needs --test.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Are messages understood? The same heads that serve customers, trained and measured on your files."""
    from botcore.app.evaluate_nlu import evaluate_nlu, learning_curve

    given = config if config.exists() else None
    if test is None and (fine_tune or curve):
        raise typer.BadParameter("give a file.", param_hint="--test")
    if fine_tune and test is not None:
        from botcore.app.evaluate_tuned import evaluate_tuned
        from botcore.training.settings import Settings

        outcome = evaluate_tuned(
            train, test, oos, config=given, encoder=encoder, settings=Settings(epochs=epochs), say=say
        )
    else:
        outcome = evaluate_nlu(train, test, oos, config=given, encoder=encoder, folds=folds, say=say)
    points: list[tuple[int, float]] = []
    if curve and test is not None:
        points = learning_curve(train, test, config=given, encoder=encoder, say=say)
        outcome.figures["learning_curve"] = points
    if report is not None:
        from botcore.app.nlu_report import write_report

        write_report(outcome, report, points)
    if as_json:
        print_json(outcome.figures)
        return
    for name, value in outcome.figures.items():
        typer.echo(f"{name:22} {value}")


def say(line: str) -> None:
    """Tell what is being done, on standard error."""
    typer.echo(line, err=True)


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
