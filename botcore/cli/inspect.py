"""trace, explain, doctor: the verbs that show why and what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from botcore.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, gather_good, print_json


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(trace)
    app.command()(doctor)


def trace(
    turn: Annotated[str, typer.Argument(help="The turn's id, or the beginning of it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    state: Annotated[Path | None, typer.Option(help="The folder given to `botcore ask --state`.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Why was this answered so: every step of one turn, with its numbers. Works beside a running bot."""
    gathered = gather_good(config, log_level="error")
    events = asyncio.run(_trace(gathered, turn, state))
    if not events:
        typer.echo(f"No turn begins with {turn!r}.", err=True)
        raise typer.Exit(1)
    if as_json:
        print_json([asdict(event) for event in events])
        return
    for event in events:
        typer.echo(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.kind:13} {_line(event.kind, dict(event.body))}")


async def _trace(gathered: Any, turn: str, state: Path | None) -> list[Any]:
    from botcore.app import Bot
    from botcore.delivery.options import Options
    from botcore.delivery.sqlite import SqliteEngine

    url = f"sqlite:///{(state / 'botcore.db').absolute()}" if state else Bot.store_url(gathered)
    engine = SqliteEngine(url, Options(read_only=True))
    await engine.start(None, work=False)
    try:
        return await engine.trace(turn)
    finally:
        await engine.stop()


def _line(kind: str, body: dict[str, Any]) -> str:
    if kind == "user":
        return str(body.get("text", ""))
    if kind == "said":
        source = f"  [{body['source']}]" if body.get("source") else ""
        return f"{body.get('text', '')}{source}"
    if kind == "understood":
        best = "; ".join(f"{m['id']} {m['score']:.2f} (like {m['phrasing']!r})" for m in body.get("matches", [])[:3])
        return "  ".join([str(body.get("language")), best, *_seen(body)])
    return "  ".join(f"{key}={value}" for key, value in body.items() if value not in ("", [], None))


def _seen(body: dict[str, Any]) -> Iterator[str]:
    """What else a message was understood to hold."""
    yield from (f"[{flag}]" for flag in body.get("flags", []))
    yield from (f"{one['kind']} {one['text']!r} = {one['value']}" for one in body.get("entities", []))
    yield from (f"{one['name']} {one['score']:.2f}" for one in body.get("cues", []))
    if parts := body.get("parts"):
        yield "wishes: " + " + ".join(f"{one['id']} {one['score']:.2f}" for one in parts)


def doctor(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look at all that the bot needs: config, model, store, port; say what is wrong and how to mend it."""
    from botcore.cli.checkup import examine

    findings = examine(config)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = {"good": typer.style("ok  ", fg="green"), "warning": typer.style("warn", fg="yellow")}
            shown = mark.get(finding.state, typer.style("BAD ", fg="red"))
            typer.echo(f"{shown} {finding.what}{'  ' + finding.fix if finding.fix else ''}")
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
