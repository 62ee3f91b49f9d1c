"""train nlu: heads on the frozen encoder, or with --fine-tune the encoder itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botcore.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from botcore.errors import BadInput, ConfigError, Problem

if TYPE_CHECKING:
    from botcore.config import Loaded
    from botcore.examples import Example
    from botcore.models.sources import Progress
    from botcore.training.settings import Report

DataOption = Annotated[
    list[Path] | None,
    typer.Option("--data", help="A file of labelled messages; may be repeated. Default: the config's."),
]
OUT = Path("var/nlu")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    train = typer.Typer(help="Train on labelled messages.", no_args_is_help=True)
    train.callback()(_train)
    train.command()(nlu)
    app.add_typer(train, name="train")


def _train() -> None:
    """Train on labelled messages."""


def nlu(
    config: ConfigOption = DEFAULT_CONFIG,
    data: DataOption = None,
    fine_tune: Annotated[bool, typer.Option("--fine-tune", help="Train the encoder too, and write a model.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the model. Default: nlu.model, else var/nlu.")] = None,
    base: Annotated[str | None, typer.Option(help="Catalogue name, hub id or folder. Default: models.encoder.")] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="Files to choose the best checkpoint by. Default: a tenth of the rows.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="How often every row is read.")] = 3,
    batch: Annotated[int, typer.Option(min=1, help="Rows a step.")] = 16,
    learning_rate: Annotated[float, typer.Option(min=0, help="Of the encoder.")] = 1e-4,
    head_learning_rate: Annotated[float, typer.Option(min=0, help="Of the new layers.")] = 3e-3,
    warmup: Annotated[float, typer.Option(min=0, max=0.9, help="Share of the steps.")] = 0.1,
    weight_decay: Annotated[float, typer.Option(min=0, help="Of all weights but biases and norms.")] = 0.01,
    layers: Annotated[int | None, typer.Option(min=0, help="Train only so many upper layers.")] = None,
    train_embeddings: Annotated[bool, typer.Option("--train-embeddings", help="Train the word table too.")] = False,
    patience: Annotated[int, typer.Option(min=1, help="Stop after so many checkpoints that are no better.")] = 2,
    save_steps: Annotated[int | None, typer.Option(min=1, help="Steps between checkpoints. Default: an epoch.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the new layers and the order.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="Of the processor; 0: as the bot uses.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Train what understands messages. Started again after a break, a fine-tuning goes on where it was."""
    if not fine_tune:
        from botcore.app.training import train_heads

        result = train_heads(config, data or [], quiet=quiet)
        print_json(result) if as_json else _show(result)
        return
    if device not in ("auto", "cpu", "cuda"):
        raise typer.BadParameter("auto, cpu or cuda.", param_hint="--device")
    from botcore.training.settings import Settings

    settings = Settings(
        epochs=epochs,
        batch=batch,
        learning_rate=learning_rate,
        head_learning_rate=head_learning_rate,
        warmup=warmup,
        weight_decay=weight_decay,
        layers=layers,
        train_embeddings=train_embeddings,
        patience=patience,
        save_steps=save_steps,
        seed=seed,
        device=device,
        threads=threads,
    )
    loaded = _config(config)
    rows = _examples(data or _named(loaded))
    held = _examples(validation) if validation else None
    named = loaded.config.nlu.model if loaded and loaded.config else None
    target = out or (config.parent / named if named else OUT)
    folder = _base(loaded, base, quiet)
    if folder.resolve() == target.resolve():
        fix = "Name the encoder to begin from with --base, such as multilingual-e5-small."
        raise BadInput("own_base", f"{target} is the model that is to be written, and its own base.", fix=fix)
    with _bar(quiet) as progress:
        from botcore.training.finetune import finetune

        report = finetune(rows, target, base=folder, validation=held, settings=settings, progress=progress)
    result = _result(report)
    print_json(result) if as_json else _show(result)


def _config(file: Path) -> Loaded | None:
    """The config; None where there is none, which --data and --base make needless."""
    if not file.is_file():
        return None
    from botcore.config import load_config

    loaded = load_config(file)
    if loaded.config is None or not loaded.is_good:
        raise ConfigError(loaded.problems)
    return loaded


def _named(loaded: Loaded | None) -> list[Path]:
    """The files that the config's `nlu.examples` names."""
    from botcore.app.labelled import example_files

    patterns = loaded.config.nlu.examples if loaded and loaded.config else []
    found = [file for pattern in patterns if loaded for file in example_files(loaded, pattern)]
    if not found:
        fix = "Name files with --data, or under nlu.examples in the config."
        raise BadInput("no_data", "There are no labelled messages to train on.", fix=fix)
    return found


def _examples(files: list[Path]) -> list[Example]:
    from botcore.examples import read_examples

    missing = [
        Problem(str(file), 1, 1, "there is no such file.", "Check the path.") for file in files if not file.is_file()
    ]
    if missing:
        raise ConfigError(missing)
    return [example for file in files for example in read_examples(file)]


def _base(loaded: Loaded | None, name: str | None, quiet: bool) -> Path:
    """The folder of the encoder to begin from, fetched if it is not here."""
    from botcore.config.model import Models
    from botcore.models.sources import progress_bar
    from botcore.models.store import ModelStore

    models = loaded.config.models if loaded and loaded.config else Models()
    start = loaded.base if loaded and name is None else Path.cwd()
    store = ModelStore(loaded.base / models.store if loaded and models.store else None)
    if (name or models.encoder) == "none":
        raise BadInput("no_encoder", "The config names no encoder.", fix="Name one with --base.")
    if quiet:
        return store.ensure(name or models.encoder, base=start).folder
    with progress_bar("model") as progress:
        return store.ensure(name or models.encoder, progress, base=start).folder


@contextmanager
def _bar(quiet: bool) -> Iterator[Progress | None]:
    """A bar of steps on standard error; plain lines, one per tenth, when that is no terminal."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _tenths()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tenths() -> Progress:
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        tenth = done * 10 // total if total else 0
        if tenth > shown:
            shown = tenth
            typer.echo(f"training: step {done} of {total}", err=True)

    return show


def _result(report: Report) -> dict[str, Any]:
    found = asdict(report)
    found["folder"] = str(report.folder)
    return found


def _show(result: dict[str, Any]) -> None:
    for name, value in result.items():
        if isinstance(value, dict):
            for inner, number in value.items():
                typer.echo(f"{name}.{inner:22} {number}")
        elif not isinstance(value, (list, tuple)):
            typer.echo(f"{name:22} {value}")
        elif name != "history":
            typer.echo(f"{name:22} {len(value)}")
