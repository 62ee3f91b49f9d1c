"""What the verbs share: options, the config, JSON output, the progress bar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from botcore.app import Gathered

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The config file.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DEFAULT_CONFIG = Path("config.yaml")


def gather_good(config: Path, *, log_level: str | None = None) -> Gathered:
    """Read the config and all that it names; set up logging as it says. Raises ConfigError with every mistake."""
    from botcore.app import gather
    from botcore.logs import set_up

    gathered = gather(config)
    gathered.require_good()
    logging = gathered.config.logging
    set_up(log_level or logging.level, logging.format, gathered.loaded.secrets.redact)
    for problem in gathered.warnings:
        typer.echo(f"{problem} (warning)", err=True)
    return gathered


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
