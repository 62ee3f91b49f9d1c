"""One file to entries, by its ending."""

from __future__ import annotations

from pathlib import Path

from botcore import Problem
from botcore_faq.csv_file import read_csv
from botcore_faq.entries import RawEntry
from botcore_faq.markdown_file import language_of, read_markdown
from botcore_faq.yaml_file import read_yaml_entries


def read_entries(path: Path, file: str, languages: tuple[str, ...], problems: list[Problem]) -> list[RawEntry]:
    """The entries of the file at `path`, which problems call `file`."""
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml"):
        return read_yaml_entries(path, file, problems)
    try:
        content = path.read_bytes()
    except OSError as failure:
        reason = "does not exist" if isinstance(failure, FileNotFoundError) else failure.strerror or str(failure)
        problems.append(Problem(file, 1, 1, f"the file {reason}.", "Check its path and permissions."))
        return []
    if suffix == ".csv":
        return read_csv(content, file, problems)
    return read_markdown(content, file, problems, language_of(path, languages))
