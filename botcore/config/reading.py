"""From the file to a `Loaded` config, with the places kept for those who check their own sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from botcore.config.model import Config
from botcore.config.secrets import Secrets, resolve
from botcore.config.validate import validate
from botcore.config.yaml_source import Document, KeyPath, read_yaml
from botcore.errors import Problem


@dataclass(slots=True)
class Loaded:
    """A config with where it came from. `base` is the folder that relative paths start from."""

    path: Path
    document: Document
    config: Config | None
    secrets: Secrets
    hidden: set[KeyPath] = field(default_factory=set)

    @property
    def base(self) -> Path:
        """The folder of the file."""
        return self.path.parent

    @property
    def problems(self) -> list[Problem]:
        """Everything found so far, in the order of the file."""
        return sorted(self.document.problems, key=lambda problem: (problem.line, problem.column))


def load_config(path: Path, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read and check `config.yaml`. Nothing is raised: `config` is None when there are errors among `problems`."""
    path = path.absolute()
    document = read_yaml(path, shown_as=_shown(path))
    secrets = Secrets()
    if any(problem.severity == "error" for problem in document.problems) and document.value is None:
        return Loaded(path, document, None, secrets)
    hidden = resolve(document, path.parent, secrets, environ)
    config = validate(Config, document.value, document, hidden=hidden)
    if config is not None:
        _cross_check(config, document)
    return Loaded(path, document, config, secrets, hidden)


def _shown(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _cross_check(config: Config, document: Document) -> None:
    """What can be said of the file alone; files, plugins and models are looked up by their own parts."""
    for scenario, names in config.models.scenarios.items():
        for i, name in enumerate(names):
            if name not in config.models.generators:
                known = ", ".join(config.models.generators) or "none is configured"
                path: KeyPath = ("models", "scenarios", scenario, i)
                what = f"no generator is named {name!r}."
                document.problems.append(document.problem(path, what, f"Known: {known}."))
    if config.models.generators:
        what = "generators are read but not used by this version; templates and quotations answer."
        document.problems.append(document.problem(("models", "generators"), what, of_key=True, severity="warning"))
    if config.flows:
        what = "flows are read but not run by this version."
        document.problems.append(document.problem(("flows",), what, of_key=True, severity="warning"))
