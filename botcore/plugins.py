"""Find, check and question plugins, one by one, so that the culprit of every mistake is known.

Only what `config.yaml` names is imported: an installed plugin that is not named costs nothing.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy
from pydantic import BaseModel

from botcore.config import Document, Loaded, validate
from botcore.config.validate import did_you_mean
from botcore.config.yaml_source import shown
from botcore.errors import BotcoreError, PluginError, Problem
from botcore.hookspecs import HookSpecs

GROUP = "botcore"


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that is on. `section` is where it stands in the config: ("plugins", name) or ("channels", name)."""

    name: str
    origin: str
    section: tuple[str, str]
    subject: Any = field(repr=False)
    settings: Any = field(repr=False)

    @property
    def is_channel(self) -> bool:
        """Named under `channels:`."""
        return self.section[0] == "channels"


class Plugins:
    """All plugins that are on, in config order (channels after plugins)."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(HookSpecs)
        self.loaded: list[LoadedPlugin] = []

    def load(self, loaded: Loaded) -> None:
        """Load all that the config names; mistakes go into the config's problems, and the others are loaded."""
        config = loaded.config
        if config is None:
            return
        available = installed()
        for kind, sections in (("plugins", config.plugins), ("channels", config.channels)):
            for name, section in sections.items():
                path = (kind, name)
                try:
                    self._load_one(loaded, path, dict(section or {}), available)
                except PluginError as wrong:
                    problem = loaded.document.problem(path, wrong.what, wrong.fix, of_key=True)
                    loaded.document.problems.append(problem)

    def add(self, subject: Any, name: str, settings: Any = None, section: str = "plugins") -> LoadedPlugin:
        """Register an object or module that carries hooks (tests, and plugins made in code)."""
        try:
            self._manager.register(subject, name)
            self._manager.check_pending()
        except (ValueError, pluggy.PluginValidationError) as wrong:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            raise PluginError(f"plugin {name!r}: {wrong}", fix="See the hooks in botcore.hookspecs.") from wrong
        entry = LoadedPlugin(
            name, getattr(subject, "__name__", type(subject).__name__), (section, name), subject, settings
        )
        self.loaded.append(entry)
        return entry

    def ask(self, plugin: LoadedPlugin, hook: str, **question: Any) -> Any:
        """One plugin's answer to one hook; None if it does not implement it.

        Raises:
            PluginError: it raised, or answered with a coroutine; the plugin and the hook are named.
        """
        others = [other.subject for other in self.loaded if other.subject is not plugin.subject]
        caller = self._manager.subset_hook_caller(hook, others)
        try:
            answers = caller(**question)
        except BotcoreError:
            raise
        except (Exception, SystemExit) as wrong:  # the border to foreign code
            raise PluginError(_blame(plugin.name, f"failed in {hook}", wrong), fix="Mend the plugin.") from wrong
        answer = answers[0] if answers else None
        if inspect.iscoroutine(answer):
            answer.close()
            raise PluginError(f"plugin {plugin.name!r}: {hook} is async.", fix="Hooks are plain functions: drop async.")
        return answer

    def gather(self, hook: str, **question: Any) -> list[tuple[LoadedPlugin, Any]]:
        """Every plugin's answer, in config order; `settings` is filled in for each where the hook takes it."""
        takes = inspect.signature(getattr(HookSpecs, hook)).parameters
        found = []
        for plugin in self.loaded:
            own = {**question, "settings": plugin.settings} if "settings" in takes else question
            answer = self.ask(plugin, hook, **own)
            if answer is not None:
                found.append((plugin, answer))
        return found

    def _load_one(
        self, loaded: Loaded, path: tuple[str, str], section: dict[str, Any], available: dict[str, EntryPoint]
    ) -> None:
        kind, name = path
        document = loaded.document
        file = section.pop("path", None) if kind == "plugins" else None
        subject, origin = _from_file(name, loaded.base / str(file)) if file else _from_entry_point(path, available)
        self.add(subject, name, section=kind)
        entry = self.loaded.pop()
        settings = self._settings(entry, section, document, path, loaded)
        if settings is not None:
            self.loaded.append(LoadedPlugin(name, origin, path, subject, settings))
        else:
            self._manager.unregister(name=name)

    def _settings(
        self, plugin: LoadedPlugin, section: dict[str, Any], document: Document, path: tuple[str, str], loaded: Loaded
    ) -> Any:
        """The section as the plugin's settings model; None when mistakes were found (they are in the document)."""
        self.loaded.append(plugin)
        try:
            model = self.ask(plugin, "botcore_settings")
        finally:
            self.loaded.remove(plugin)
        if model is None:
            for key in section:
                what = f"unknown key {key!r}: the plugin {plugin.name!r} takes no settings."
                document.problems.append(document.problem((*path, key), what, "Remove it.", of_key=True))
            return () if not section else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise PluginError(f"plugin {plugin.name!r}: its settings are no pydantic model.", fix="Mend the plugin.")
        settings = validate(model, section, document, path, loaded.hidden)
        if settings is not None and "base_dir" in model.model_fields:
            settings = settings.model_copy(update={"base_dir": loaded.base})
        return settings


def installed() -> dict[str, EntryPoint]:
    """What is installed under the entry point group `botcore`, not imported."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _from_entry_point(path: tuple[str, str], available: dict[str, EntryPoint]) -> tuple[Any, str]:
    kind, name = path
    if name not in available:
        what = "channel" if kind == "channels" else "plugin"
        fix = did_you_mean(name, available)
        if kind == "plugins":
            fix = f"{fix} A plugin of your own is named by its file: {{path: ./{name}.py}}.".strip()
        raise PluginError(f"no {what} named {name!r} is installed.", fix=fix)
    entry = available[name]
    try:
        return entry.load(), entry.value
    except (Exception, SystemExit) as wrong:  # the border to foreign code
        raise PluginError(_blame(name, "cannot be imported", wrong), fix="Mend it or remove it here.") from wrong


def _from_file(name: str, file: Path) -> tuple[Any, str]:
    if not file.is_file():
        what = f"plugin {name!r}: there is no file {shown(file)}."
        raise PluginError(what, fix="Check `path:`; it starts from this file.")
    module_name = f"botcore_file_{name}"
    spec = importlib.util.spec_from_file_location(module_name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"plugin {name!r}: {file.name} is no Python file.", fix="Name a file that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BotcoreError as wrong:
        raise PluginError(f"{file.name}: {wrong.what}", fix=wrong.fix) from wrong
    except (Exception, SystemExit) as wrong:  # the border to foreign code
        raise PluginError(_blame(name, "cannot be imported", wrong), fix="Mend the file.") from wrong
    subject = getattr(module, "plugin", None)
    if subject is None and not any(part.startswith("botcore_") for part in vars(module)):
        raise PluginError(f"{file.name} has no `plugin`.", fix='Write: plugin = Plugin("' + name + '")')
    return (subject if subject is not None else module), str(file)


def _blame(name: str, what: str, wrong: BaseException) -> str:
    """One line that says which plugin, what happened, and in which line of its code."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(wrong.__traceback__)
    own = [frame for frame in frames if "importlib" not in frame.filename and "pluggy" not in frame.filename]
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    if isinstance(wrong, SyntaxError) and wrong.filename:
        place = f" ({Path(wrong.filename).name}:{wrong.lineno})"
    return f"plugin {name!r} {what}: {type(wrong).__name__}: {wrong}{place}."


def read_knowledge(plugins: Plugins) -> tuple[list[Any], list[Problem]]:
    """Every plugin's knowledge entries, and all mistakes in their files. An id that two plugins use is a mistake."""
    problems: list[Problem] = []
    entries: dict[str, Any] = {}
    for plugin in plugins.loaded:
        found = plugins.ask(plugin, "botcore_knowledge", settings=plugin.settings, problems=problems)
        for entry in found or ():
            if entry.id in entries:
                file, _, line = (entry.place or plugin.name).rpartition(":")
                what = f"the entry {entry.id!r} is here a second time (first: {entries[entry.id].place})."
                number = int(line) if line.isdigit() else 1
                problems.append(Problem(file or plugin.name, number, 1, what, "Rename one of them."))
            else:
                entries[entry.id] = entry
    return list(entries.values()), problems
