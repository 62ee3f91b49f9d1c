"""Where and when a benchmark ran, and its result file beside it."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def write_result(file: Path, result: dict[str, Any]) -> None:
    """Write and print the figures with date, machine and versions."""
    head = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": cpu_model(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()}",
        },
        "python": platform.python_version(),
    }
    text = json.dumps({**head, **result}, ensure_ascii=False, indent=2)
    file.write_text(text + "\n", encoding="utf-8")
    print(text)
