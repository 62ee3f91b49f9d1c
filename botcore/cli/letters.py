"""letters: what was given up, and a new try for it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botcore.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, gather_good, print_json

if TYPE_CHECKING:
    from botcore.delivery.engine import DeadLetter
    from botcore.delivery.sqlite import SqliteEngine

WIDTH = 120


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(letters)


def letters(
    config: ConfigOption = DEFAULT_CONFIG,
    state: Annotated[Path | None, typer.Option(help="The folder given to `botcore ask --state`.")] = None,
    limit: Annotated[int, typer.Option(help="How many to show, the newest first.")] = 20,
    replay: Annotated[
        int | None, typer.Option(help="The number of one to put back to work; the bot is stopped.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Dead letters: messages, replies and unreadable updates that were given up. Works beside a running bot."""
    gathered = gather_good(config, log_level="error")
    if replay is not None:
        if not asyncio.run(_replay(gathered, state, replay)):
            typer.echo(f"There is no dead letter {replay} that can be tried again.", err=True)
            raise typer.Exit(1)
        typer.echo(f"Dead letter {replay} is tried again at the next `botcore run`.")
        return
    found = asyncio.run(_read(gathered, state, limit))
    if as_json:
        print_json([asdict(letter) for letter in found])
        return
    for letter in found:
        typer.echo(f"{letter.id}  {letter.at:%Y-%m-%d %H:%M:%S}  {letter.source} {letter.key}: {letter.error}")
        body = json.dumps(letter.body, ensure_ascii=False)
        typer.secho(f"    {body if len(body) <= WIDTH else body[: WIDTH - 1] + '…'}", dim=True)
    if not found:
        typer.echo("There are no dead letters.")


async def _read(gathered: Any, state: Path | None, limit: int) -> list[DeadLetter]:
    engine = _engine(gathered, state, read_only=True)
    await engine.start(None, work=False)
    try:
        return await engine.dead_letters(limit)
    finally:
        await engine.stop()


async def _replay(gathered: Any, state: Path | None, letter: int) -> bool:
    engine = _engine(gathered, state, read_only=False)
    await engine.start(None, work=False)
    try:
        return await engine.replay(letter)
    finally:
        await engine.stop()


def _engine(gathered: Any, state: Path | None, *, read_only: bool) -> SqliteEngine:
    from botcore.app import Bot
    from botcore.delivery.options import Options
    from botcore.delivery.sqlite import SqliteEngine

    url = f"sqlite:///{(state / 'botcore.db').absolute()}" if state else Bot.store_url(gathered)
    return SqliteEngine(url, Options(read_only=read_only))
