"""Structured logs: one line an event, no secrets, no control characters, quiet libraries."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO

import structlog

from botcore.text import storable

QUIET = (
    "httpx",
    "httpcore",
    "uvicorn.error",
    "uvicorn.access",
    "watchfiles",
    "apscheduler",
    "filelock",
    "urllib3",
    "alembic",
    "aiohttp",
)
LINE_ENDS = str.maketrans({"\n": "\\n", "\r": "\\r", "\u2028": "\\u2028", "\u2029": "\\u2029"})
EventDict = MutableMapping[str, Any]


def set_up(level: str, style: str, redact: Callable[[str], str], stream: TextIO | None = None) -> None:
    """Send all logging through one line-by-line writer. `style`: json, console, or auto (console on a terminal)."""
    stream = stream or sys.stderr
    is_json = style == "json" or (style == "auto" and not stream.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _cleaner(redact),
    ]
    # console lines carry colours only on a terminal; a text value with an escape in it is shown as repr in both
    final: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _cleaner(redact: Callable[[str], str]) -> Callable[[Any, str, EventDict], EventDict]:
    """Take secrets and control characters out of every value, so that one event is one line."""

    def clean(_logger: Any, _method: str, event: EventDict) -> EventDict:
        return {key: _clean(value, redact) for key, value in event.items()}

    return clean


def _clean(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return storable(redact(value)).translate(LINE_ENDS)
    if isinstance(value, dict):
        return {key: _clean(child, redact) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(child, redact) for child in value]
    return (
        value if isinstance(value, bool | int | float | type(None) | logging.LogRecord) else _clean(str(value), redact)
    )
