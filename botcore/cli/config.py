"""check, plugins: the verbs about the config."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botcore.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json

if TYPE_CHECKING:
    from botcore.app import Gathered


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(check)
    app.command()(plugins)


def check(
    config: ConfigOption = DEFAULT_CONFIG,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of config.yaml, for editors.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="With --schema: write it to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every mistake in config, plugins, FAQ and texts at once, as `file:line:column: what. mend`."""
    from botcore.app import gather

    gathered = gather(config)
    if schema:
        _write_schema(gathered, config, output)
        return
    if as_json:
        print_json({"ok": not gathered.errors, "problems": [asdict(problem) for problem in gathered.problems]})
    else:
        for problem in gathered.problems:
            typer.echo(f"{problem}{' (warning)' if problem.severity == 'warning' else ''}")
        _summarise(gathered)
    if gathered.errors:
        raise typer.Exit(2)


def plugins(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """What is on, in order, with its skills; and what is installed but off."""
    from botcore.app import gather
    from botcore.plugins import installed

    gathered = gather(config)
    on = [_described(gathered, plugin) for plugin in gathered.plugins.loaded]
    off = sorted(set(installed()) - {row["name"] for row in on})
    if as_json:
        print_json({"on": on, "off": off, "problems": [str(problem) for problem in gathered.errors]})
        return
    for row in on:
        skills = f", skills: {', '.join(row['skills'])}" if row["skills"] else ""
        typer.echo(f"{row['name']:14} {row['kind']:8} {row['origin']}{skills}")
    if off:
        typer.echo(f"installed, not named in {config}: {', '.join(off)}")
    for problem in gathered.errors:
        typer.echo(str(problem), err=True)


def _described(gathered: Gathered, plugin: Any) -> dict[str, Any]:
    skills = gathered.plugins.ask(plugin, "botcore_skills", settings=plugin.settings) or ()
    kind = "channel" if plugin.is_channel else "plugin"
    return {"name": plugin.name, "kind": kind, "origin": plugin.origin, "skills": [skill.id for skill in skills]}


def _summarise(gathered: Gathered) -> None:
    errors, warnings = len(gathered.errors), len(gathered.warnings)
    if errors:
        typer.echo(f"{errors} mistake{'s' if errors != 1 else ''}, {warnings} warning{'s' if warnings != 1 else ''}.")
        return
    repertoire = gathered.knowing.repertoire
    names = ", ".join(plugin.name for plugin in gathered.plugins.loaded) or "none"
    known = f"{_many(len(repertoire.entries), 'answer')}, {_many(len(repertoire.skills), 'skill')}"
    typer.echo(f"Good: {known}, plugins and channels: {names}.")


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _write_schema(gathered: Gathered, config: Path, target: Path | None) -> None:
    import json

    from botcore.app.schema import config_schema

    text = json.dumps(config_schema(gathered.plugins), ensure_ascii=False, indent=2) + "\n"
    if target is None:
        typer.echo(text, nl=False)
        return
    target.write_text(text, encoding="utf-8")
    typer.echo(f"Wrote {target}. Put this on top of {config.name}: # yaml-language-server: $schema={target}")
