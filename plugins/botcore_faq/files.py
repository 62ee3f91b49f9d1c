"""From the names and globs in the settings to files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from botcore import Problem, did_you_mean
from botcore_faq.settings import FaqSettings

SUFFIXES = (".yaml", ".yml", ".csv", ".md", ".markdown")
MENDS = {
    ".xlsx": "Save it as 'CSV UTF-8'.",
    ".xls": "Save it as 'CSV UTF-8'.",
    ".ods": "Save it as CSV in UTF-8.",
    ".tsv": "Rename it to .csv.",
    ".docx": "Save it as Markdown.",
}


def find_files(settings: FaqSettings, problems: list[Problem]) -> list[Path]:
    """The files that the settings name, each once, in their order; globs in the order of names."""
    found: dict[Path, None] = {}
    for pattern in settings.files:
        for path in _matching(settings.base_dir, pattern, problems):
            found.setdefault(path)
    return list(found)


def shown(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _matching(base: Path, pattern: str, problems: list[Problem]) -> Iterator[Path]:
    is_glob = any(sign in pattern for sign in "*?[")
    whole = (base / Path(pattern).expanduser()).absolute()
    paths = sorted(_expand(whole)) if is_glob else [whole]
    if is_glob and not paths:
        problems.append(Problem(shown(whole), 1, 1, "no file matches this pattern.", _near(whole)))
    for path in paths:
        if path.suffix.lower() in SUFFIXES:
            yield path
            continue
        mend = MENDS.get(path.suffix.lower(), f"Known: {', '.join(SUFFIXES)}.")
        severity = "warning" if is_glob else "error"
        what = (
            f"a file that ends in {path.suffix!r} is not read." if path.suffix else "a file without ending is not read."
        )
        problems.append(Problem(shown(path), 1, 1, what, mend, severity))


def _expand(pattern: Path) -> list[Path]:
    """Files that match; hidden ones and editors' backups are left out."""
    anchor = Path(pattern.anchor)
    matches = anchor.glob(str(pattern.relative_to(anchor)))
    return [path for path in matches if path.is_file() and not path.name.startswith(".") and path.name[-1] != "~"]


def _near(pattern: Path) -> str:
    """The likely mend of a pattern that matches nothing."""
    folder = pattern.parent
    if not folder.is_dir():
        above = [path.name for path in folder.parent.glob("*") if path.is_dir()] if folder.parent.is_dir() else []
        return f"There is no folder {shown(folder)}. {did_you_mean(folder.name, above)}".strip()
    names = sorted({path.suffix for path in folder.iterdir() if path.suffix.lower() in SUFFIXES})
    return f"The folder has files that end in {', '.join(names)}." if names else "Check the path."
