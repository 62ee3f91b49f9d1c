"""`${NAME}` and `${file:PATH}` in values: looked up when the config is read, and never shown again."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from botcore.config.yaml_source import Document, KeyPath
from botcore.errors import Problem

REFERENCE = re.compile(r"\$(?:\$|\{([^}]*)\})")
SHORTEST_REDACTED = 6


class Secrets:
    """The values that came from the environment or from files; `redact` removes them from any text."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._values)}>"

    def add(self, value: str) -> None:
        """Remember a value that must not be shown."""
        if len(value) >= SHORTEST_REDACTED:
            self._values.add(value)

    def redact(self, text: str) -> str:
        """The text with every secret replaced by ***, the longest first: one may be a part of another."""
        for value in sorted(self._values, key=len, reverse=True):
            if value in text:
                text = text.replace(value, "***")
        return text

    def hide_in(self, problem: Problem) -> Problem:
        """The problem without secrets."""
        return replace(
            problem, file=self.redact(problem.file), what=self.redact(problem.what), fix=self.redact(problem.fix)
        )


def resolve(document: Document, base: Path, secrets: Secrets, environ: Mapping[str, str] | None = None) -> set[KeyPath]:
    """Replace references in all values of `document`; the paths of replaced values come back.

    `$$` stands for a dollar sign. What cannot be found becomes a problem of the document.
    """
    resolver = _Resolver(document, base, secrets, os.environ if environ is None else environ)
    document.value = resolver.walk(document.value, ())
    return resolver.replaced


class _Resolver:
    def __init__(self, document: Document, base: Path, secrets: Secrets, environ: Mapping[str, str]) -> None:
        self.document = document
        self.base = base
        self.secrets = secrets
        self.environ = environ
        self.replaced: set[KeyPath] = set()

    def walk(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {key: self.walk(child, (*path, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [self.walk(child, (*path, i)) for i, child in enumerate(value)]
        if isinstance(value, str) and "$" in value:
            return REFERENCE.sub(lambda match: self._look_up(match, path), value)
        return value

    def _look_up(self, match: re.Match[str], path: KeyPath) -> str:
        name = match.group(1)
        if name is None:
            return "$"
        self.replaced.add(path)
        found = self._file(name[5:].strip(), path) if name.startswith("file:") else self._variable(name.strip(), path)
        self.secrets.add(found)
        return found

    def _variable(self, name: str, path: KeyPath) -> str:
        found = self.environ.get(name)
        if found is None:
            what = f"the environment has no variable {name}."
            self.document.problems.append(self.document.problem(path, what, f"Set it: export {name}=..."))
        return found or ""

    def _file(self, name: str, path: KeyPath) -> str:
        file = self.base / name
        try:
            if file.stat().st_mode & 0o077:
                what = f"the secret file {name} can be read by others."
                warning = self.document.problem(path, what, f"chmod 600 {name}", severity="warning")
                self.document.problems.append(warning)
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as failure:
            reason = getattr(failure, "strerror", None) or "it is not UTF-8"
            problem = self.document.problem(
                path, f"the secret file {name} cannot be read: {reason}.", "Check its path."
            )
            self.document.problems.append(problem)
            return ""
