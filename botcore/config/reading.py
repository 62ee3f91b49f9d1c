"""From the file to a `Loaded` config, with the places kept for those who check their own sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from botcore.config.model import Config
from botcore.config.secrets import Secrets, resolve
from botcore.config.validate import did_you_mean, validate, without_mistakes
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
    def is_good(self) -> bool:
        """No errors; there may be warnings."""
        return all(problem.severity != "error" for problem in self.document.problems)

    @property
    def problems(self) -> list[Problem]:
        """Everything found so far, in the order of the file, without secrets."""
        found = map(self.secrets.hide_in, self.document.problems)
        return sorted(found, key=lambda problem: (problem.line, problem.column))


def load_config(path: Path, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read and check `config.yaml`. Nothing is raised: what is wrong is among `problems`.

    Where values are wrong, `config` has all others, so that what they name can be checked too. It is None when the file
    cannot be read at all.
    """
    path = path.absolute()
    document = read_yaml(path)
    secrets = Secrets()
    if any(problem.severity == "error" for problem in document.problems) and document.value is None:
        return Loaded(path, document, None, secrets)
    if document.value is None:
        mend = "Write at least `bot: {name: ...}`, or restore the file."
        document.problems.append(Problem(document.file, 1, 1, "the file is empty.", mend))
        return Loaded(path, document, None, secrets)
    hidden = resolve(document, path.parent, secrets, environ)
    config = validate(Config, document.value, document, hidden=hidden) or without_mistakes(Config, document.value)
    if config is not None:
        _cross_check(config, document)
    return Loaded(path, document, config, secrets, hidden)


def _cross_check(config: Config, document: Document) -> None:
    """What can be said of the file alone; files, plugins and models are looked up by their own parts."""
    for scenario, names in config.models.scenarios.items():
        for i, name in enumerate(names):
            if name not in config.models.generators:
                path: KeyPath = ("models", "scenarios", scenario, i)
                what = f"no generator is named {name!r}."
                fix = did_you_mean(name, config.models.generators) or "None is configured under `generators:`."
                document.problems.append(document.problem(path, what, fix))
    if config.models.generators:
        what = "generators are read but not used by this version; templates and quotations answer."
        document.problems.append(document.problem(("models", "generators"), what, of_key=True, severity="warning"))
    if config.flows:
        what = "flows are read but not run by this version."
        document.problems.append(document.problem(("flows",), what, of_key=True, severity="warning"))
