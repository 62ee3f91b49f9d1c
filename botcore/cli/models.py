"""models list, pull, verify, rm."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from botcore.cli.common import JsonOption, print_json

if TYPE_CHECKING:
    from botcore.models.store import ModelStore

StoreOption = Annotated[Path | None, typer.Option(help="The folder of models; default: the user's cache folder.")]
NameArgument = Annotated[str, typer.Argument(help="A catalogue name, hub id or folder.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    models = typer.Typer(help="Fetch, verify and remove models.", no_args_is_help=True)
    models.command("list")(list_models)
    models.command()(pull)
    models.command()(verify)
    models.command()(rm)
    app.add_typer(models, name="models")


def list_models(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """What the catalogue knows and what is here."""
    rows = _store(store).list()
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    for row in rows:
        size = f"{row.size_bytes / 1e6:,.0f} MB" if row.is_present else "not here"
        typer.echo(f"{row.name:24} {row.kind:10} {size:>10}  {row.licence:11} {row.description}")


def pull(name: NameArgument, store: StoreOption = None) -> None:
    """Fetch a model, check it against its pinned hashes, and convert it once."""
    from botcore.models.sources import progress_bar

    with progress_bar("model") as progress:
        found = _store(store).ensure(name, progress, base=Path.cwd())
    typer.echo(f"{found.name} is in {found.folder}")


def verify(
    name: Annotated[str | None, typer.Argument(help="A model; all that are here without it.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hash every file and compare with what was recorded when it came."""
    models = _store(store)
    names = [name] if name else [row.name for row in models.list() if row.is_present]
    broken = {each: list(models.verify(each)) for each in names}
    if as_json:
        print_json(broken)
    else:
        for each, problems in broken.items():
            typer.echo(f"{each}: {'; '.join(problems) if problems else 'every file is as it came'}")
    if any(broken.values()):
        raise typer.Exit(1)


def rm(name: NameArgument, store: StoreOption = None) -> None:
    """Remove a model from the store."""
    freed = _store(store).remove(name)
    typer.echo(f"Removed {name}: {freed / 1e6:,.0f} MB.")


def _store(root: Path | None) -> ModelStore:
    from botcore.models.store import ModelStore

    return ModelStore(root)
