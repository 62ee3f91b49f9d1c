"""From a config file to all that the bot knows and can do, with every mistake on the way."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botcore.app.encoders import NO_ENCODER
from botcore.app.labelled import nlu_files, read_labelled
from botcore.config import Config, Loaded, load_config
from botcore.config.yaml_source import KeyPath
from botcore.dialogue.advance import Repertoire
from botcore.dialogue.interpret import Thresholds
from botcore.errors import BotcoreError, ConfigError, ModelError, PluginError, Problem
from botcore.examples import Example
from botcore.models.catalogue import CATALOGUE, CatalogueEntry
from botcore.models.lora import adapter_for
from botcore.models.store import ModelStore
from botcore.nlg.texts import load_texts
from botcore.plugins import Plugins, read_knowledge
from botcore.skill import Skill
from botcore.turn import Knowing

Stamp = tuple[int, int] | None
"""When a file was changed last and its size; None for one that is not there."""


@dataclass(slots=True)
class Gathered:
    """A config read, its plugins loaded, their knowledge and texts read."""

    loaded: Loaded
    plugins: Plugins
    knowing: Knowing
    examples: list[Example] = field(default_factory=list)
    """The labelled messages under `nlu.examples`."""
    problems: list[Problem] = field(default_factory=list)
    catalogue: Mapping[str, CatalogueEntry] = field(default_factory=lambda: CATALOGUE)
    stamps: Mapping[Path, Stamp] = field(default_factory=dict)
    """The watched files as they were just before they were read."""

    @property
    def config(self) -> Config:
        """The config; only to be asked when there are no errors."""
        assert self.loaded.config is not None  # noqa: S101  # `require_good` came before
        return self.loaded.config

    @property
    def errors(self) -> list[Problem]:
        """The mistakes that keep the bot from starting."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What works but should be looked at."""
        return [problem for problem in self.problems if problem.severity != "error"]

    def require_good(self) -> Gathered:
        """Return itself if there are no errors.

        Raises:
            ConfigError: there are; it carries them all.
        """
        if self.errors:
            raise ConfigError(self.errors)
        return self

    def model_store(self) -> ModelStore:
        """The folder of models that the config names, with the catalogue of these plugins."""
        folder = self.config.models.store
        return ModelStore(self.loaded.base / folder if folder else None, catalogue=self.catalogue)

    def watched(self) -> set[Path]:
        """The files whose change is a reason to gather again."""
        return _watched(self.loaded, self.plugins)


def gather(path: Path, environ: Mapping[str, str] | None = None, extra: Plugins | None = None) -> Gathered:
    """Read everything that `path` names; nothing is raised. `extra` plugins come first (tests)."""
    stamps = stamps_of([path.absolute()])
    loaded = load_config(path, environ)
    plugins = extra or Plugins()
    plugins.load(loaded)
    plugins.examine(loaded.document)
    stamps = {**stamps_of(_watched(loaded, plugins)), **stamps}
    languages = loaded.config.bot.languages if loaded.config else ["en", "zh"]
    known = {"bot": loaded.config.bot.name} if loaded.config else {}
    texts, problems = load_texts(text_files(loaded), languages, known)
    repertoire, catalogue = Repertoire(), CATALOGUE
    try:
        repertoire, found = _repertoire(plugins, loaded)
        problems += found
        catalogue = {**CATALOGUE, **_models_of(plugins)}
    except BotcoreError as wrong:
        problems.append(Problem(loaded.document.file, 1, 1, wrong.what, wrong.fix))
    problems += _check_models(loaded, catalogue)
    examples, wrong_rows = read_labelled(loaded, repertoire)
    problems += wrong_rows
    knowing = Knowing(repertoire, texts, _thresholds(loaded.config))
    return Gathered(loaded, plugins, knowing, examples, _sorted(loaded, problems), catalogue, stamps)


def stamps_of(files: Iterable[Path]) -> dict[Path, Stamp]:
    """How each file stands now."""
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _watched(loaded: Loaded, plugins: Plugins) -> set[Path]:
    files = {loaded.path, *text_files(loaded), *nlu_files(loaded)}
    files.update(Path(plugin.origin) for plugin in plugins.loaded if plugin.origin.endswith(".py"))
    for _plugin, paths in plugins.gather("botcore_watch"):
        files.update(paths)
    return files


def text_files(loaded: Loaded) -> list[Path]:
    """The files under `texts:`."""
    return [loaded.base / name for name in loaded.config.texts] if loaded.config else []


def _repertoire(plugins: Plugins, loaded: Loaded) -> tuple[Repertoire, list[Problem]]:
    entries, problems = read_knowledge(plugins, loaded.document)
    skills = [skill for _plugin, found in plugins.gather("botcore_skills") for skill in found]
    fallbacks = [fallback for _plugin, found in plugins.gather("botcore_fallbacks") for fallback in found]
    settings = {plugin.name: plugin.settings for plugin in plugins.loaded}
    for plugin in plugins.loaded:
        settings.setdefault(getattr(plugin.subject, "name", plugin.name), plugin.settings)
    by_id: dict[str, Skill] = {}
    for skill in skills:
        if by_id.setdefault(skill.id, skill) is not skill:
            what = f"two plugins have a skill {skill.id!r}."
            problems.append(Problem(loaded.document.file, 1, 1, what, 'Rename one of them: Plugin("...").'))
    return Repertoire(by_id, fallbacks, {entry.id: entry for entry in entries}, settings), problems


def _models_of(plugins: Plugins) -> dict[str, CatalogueEntry]:
    """The models that plugins add to the catalogue."""
    found = {}
    for plugin, entries in plugins.gather("botcore_models"):
        for entry in entries:
            if not isinstance(entry, CatalogueEntry):
                what = f"plugin {plugin.name!r}: botcore_models returned {type(entry).__name__}."
                raise PluginError(what, fix="Return botcore.models.catalogue.CatalogueEntry.")
            found[entry.name] = entry
    return found


def _check_models(loaded: Loaded, catalogue: Mapping[str, CatalogueEntry]) -> list[Problem]:
    """Encoders that are neither in the catalogue, nor a hub id, nor a folder; an adapter that is not there."""
    if loaded.config is None:
        return []
    models = loaded.config.models
    named = {"encoder": models.encoder, "second_encoder": models.second_encoder}
    found = [problem for key, name in named.items() if name for problem in _check_model(loaded, catalogue, key, name)]
    try:
        adapter_for(models.encoder, models.adapter)
    except ModelError as unknown:
        found.append(loaded.document.problem(("models", "adapter"), f"models.adapter: {unknown.what}", unknown.fix))
    return found


def _check_model(loaded: Loaded, catalogue: Mapping[str, CatalogueEntry], key: str, name: str) -> list[Problem]:
    is_hub_id = "/" in name and not name.startswith((".", "/"))  # known only when it is fetched
    if name == NO_ENCODER or name in catalogue or is_hub_id or (loaded.base / name).is_dir():
        return []
    near = difflib.get_close_matches(name, catalogue, n=1)
    fix = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(catalogue)}, a folder, a hub id, or none."
    return [loaded.document.problem(("models", key), f"models.{key}: no model is named {name!r}.", fix)]


def _thresholds(config: Config | None) -> Thresholds:
    if config is None:
        return Thresholds()
    knowledge = config.knowledge
    return Thresholds(knowledge.answer_from, knowledge.ask_margin, knowledge.suggest_from)


def _sorted(loaded: Loaded, problems: list[Problem]) -> list[Problem]:
    """The config's own problems first, then those of other files, each in the order of its lines; no secrets."""
    own = loaded.document.file
    placed = [loaded.secrets.hide_in(_where_named(loaded, problem)) for problem in problems]
    unique = dict.fromkeys([*loaded.problems, *placed])
    return sorted(unique, key=lambda problem: (problem.file != own, problem.file, problem.line, problem.column))


def _where_named(loaded: Loaded, problem: Problem) -> Problem:
    """A file that is not there is a mistake of the line that names it."""
    file = Path(problem.file).absolute()
    if file == loaded.path or file.exists():
        return problem
    for path, value in _texts_in(loaded.document.value, ()):
        if (loaded.base / value).absolute() == file:
            return loaded.document.problem(path, f"{value}: {problem.what}", problem.fix)
    return problem


def _texts_in(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every text in plain values, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts_in(child, (*path, key))
