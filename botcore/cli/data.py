"""data lint: what is wrong with labelled messages."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from botcore.cli.common import JsonOption, print_json

if TYPE_CHECKING:
    from botcore.data.lint import Report
    from botcore.models.encoder import Encoder

LISTED = 30
"""Findings of one kind that are shown; `--json` has all."""


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    data = typer.Typer(help="Look after labelled messages.", no_args_is_help=True)
    data.callback()(_data)
    data.command()(lint)
    app.add_typer(data, name="data")


def _data() -> None:
    """Look after labelled messages."""


def lint(
    files: Annotated[list[Path], typer.Argument(help="Files of labelled messages: .jsonl, .csv or .yaml.")],
    test: Annotated[
        list[Path] | None, typer.Option(help="A file of test rows, which must not be among them; may be repeated.")
    ] = None,
    encoder: Annotated[str | None, typer.Option(help="An encoder that looks for overlapping intents too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Duplicates, contradictions, overlapping intents, leaked test rows and more. Exit code 1 when there are errors."""
    from botcore.data.lint import lint as look_at

    loaded = _encoder(encoder) if encoder else None
    try:
        report = look_at(files, test or (), loaded)
    finally:
        if loaded is not None:
            loaded.close()
    if as_json:
        print_json({"rows": report.rows, "intents": report.intents, "findings": [asdict(f) for f in report.findings]})
    else:
        _print(report)
    if report.has_errors:
        raise typer.Exit(1)


def _encoder(name: str) -> Encoder:
    from botcore.models.encoder import load_encoder
    from botcore.models.store import ModelStore, default_root

    found = ModelStore(default_root()).ensure(name, base=Path.cwd())
    return load_encoder(found.folder, name=found.name, prefix=found.prefix)


def _print(report: Report) -> None:
    listed: Counter[str] = Counter()
    for finding in report.findings:
        listed[finding.kind] += 1
        if listed[finding.kind] <= LISTED:
            typer.echo(f"{finding.severity:7}  {finding.place}  {finding.what} {finding.fix}".rstrip())
    for kind, count in listed.items():
        if count > LISTED:
            typer.echo(f"{count - LISTED} more of {kind}; --json lists them.")
    counts = Counter(finding.severity for finding in report.findings)
    told = ", ".join(
        f"{counts[name]} {name}{'' if counts[name] == 1 else 's'}" for name in ("error", "warning", "note")
    )
    typer.echo(f"{report.rows} examples of {len(report.intents)} intents: {told}.")
