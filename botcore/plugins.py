"""Find, check and question plugins, one by one, so that the culprit of every mistake is known.

Only what `config.yaml` names is imported: an installed plugin that is not named costs nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
from pydantic import BaseModel

from botcore.config import Document, Loaded, validate
from botcore.config.validate import did_you_mean
from botcore.config.yaml_source import shown
from botcore.errors import BotcoreError, PluginError, Problem
from botcore.hookspecs import HookSpecs
from botcore.messages import KnowledgeEntry
from botcore.skill import Fallback, Lifecycle, Skill, Watcher

GROUP = "botcore"
MANY: dict[str, type] = {
    "botcore_skills": Skill,
    "botcore_fallbacks": Fallback,
    "botcore_knowledge": KnowledgeEntry,
    "botcore_watch": Path,
    "botcore_routes": object,
    "botcore_watchers": Watcher,
    "botcore_lifecycle": Lifecycle,
    "botcore_models": object,
}
"""The hooks that are answered with any number of things, and what these are."""
EXAMINED = ("botcore_skills", "botcore_fallbacks", "botcore_watch", "botcore_watchers", "botcore_lifecycle")


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
        """Register an object or module that carries hooks (tests, and plugins made in code).

        Raises:
            PluginError: a hook's name or arguments are wrong or it is not marked, or the plugin is here already.
        """
        if self._manager.has_plugin(name):
            raise PluginError(
                f"plugin {name!r} is named twice.", fix="Keep one: `plugins:` and `channels:` share names."
            )
        for hook in _unmarked(subject):
            raise PluginError(
                f"plugin {name!r}: {hook} is not marked as a hook.", fix="Put @botcore.hookimpl above it."
            )
        try:
            self._manager.register(subject, name)
            self._manager.check_pending()
        except (ValueError, pluggy.PluginValidationError) as wrong:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            near = did_you_mean(_unknown_hook(subject), _hooks())
            raise PluginError(f"plugin {name!r}: {wrong}", fix=near or "See the hooks in botcore.hookspecs.") from wrong
        entry = LoadedPlugin(
            name, getattr(subject, "__name__", type(subject).__name__), (section, name), subject, settings
        )
        self.loaded.append(entry)
        return entry

    def ask(self, plugin: LoadedPlugin, hook: str, **question: Any) -> Any:
        """One plugin's answer to one hook; None if it does not implement it.

        Raises:
            PluginError: it raised, or answered with something else than the hook is for; plugin and hook are named.
        """
        others = [other.subject for other in self.loaded if other.subject is not plugin.subject]
        caller = self._manager.subset_hook_caller(hook, others)
        try:
            answers = caller(**question)
            answer = answers[0] if answers else None
            if inspect.iscoroutine(answer):
                answer.close()
                what = f"plugin {plugin.name!r}: {hook} is async."
                raise PluginError(what, fix="Hooks are plain functions: drop async.")
            wanted = MANY.get(hook)
            return answer if wanted is None or answer is None else _all(answer, wanted)
        except BotcoreError:
            raise
        except (Exception, SystemExit) as wrong:  # the border to foreign code
            raise PluginError(_blame(plugin.name, f"failed in {hook}", wrong), fix="Mend the plugin.") from wrong

    def examine(self, document: Document) -> None:
        """Ask what is asked at start-up already, so that its mistakes are found; a plugin that has one is left out."""
        for plugin in list(self.loaded):
            try:
                for hook in EXAMINED:
                    self.ask(plugin, hook, settings=plugin.settings)
            except BotcoreError as wrong:
                document.problems.append(document.problem(plugin.section, wrong.what, wrong.fix, of_key=True))
                self.loaded.remove(plugin)
                self._manager.unregister(name=plugin.name)

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
        # An installed channel may have a setting of that name; Telegram's `path` is one.
        key = "path" if kind == "plugins" else "file"
        file = section.pop(key, None) if kind == "plugins" or name not in available else None
        subject, origin = _from_file(name, loaded.base / str(file), key) if file else _from_entry_point(path, available)
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
        return settings if settings is None else _filled_in(settings, loaded)


def _filled_in(settings: BaseModel, loaded: Loaded) -> BaseModel:
    """The settings with what the bot knows: `base_dir` and `languages`, where the model has such hidden fields."""
    known = {"base_dir": loaded.base, "languages": tuple(loaded.config.bot.languages) if loaded.config else ()}
    fields = type(settings).model_fields
    return settings.model_copy(update={name: known[name] for name in known if name in fields and fields[name].exclude})


def installed() -> dict[str, EntryPoint]:
    """What is installed under the entry point group `botcore`, not imported."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _from_entry_point(path: tuple[str, str], available: dict[str, EntryPoint]) -> tuple[Any, str]:
    kind, name = path
    if name not in available:
        what = "channel" if kind == "channels" else "plugin"
        fix = did_you_mean(name, available)
        key = "file" if kind == "channels" else "path"
        fix = f"{fix} A {what} of your own is named by its file: {{{key}: ./{name}.py}}.".strip()
        raise PluginError(f"no {what} named {name!r} is installed.", fix=fix)
    entry = available[name]
    try:
        return entry.load(), entry.value
    except (Exception, SystemExit) as wrong:  # the border to foreign code
        raise PluginError(_blame(name, "cannot be imported", wrong), fix="Mend it or remove it here.") from wrong


def _from_file(name: str, file: Path, key: str) -> tuple[Any, str]:
    if not file.is_file():
        what = f"plugin {name!r}: there is no file {shown(file)}."
        raise PluginError(what, fix=f"Check `{key}:`; it starts from this file.")
    module = _module(name, file)
    subject = getattr(module, "plugin", None)
    if subject is None and not any(part.startswith("botcore_") for part in vars(module)):
        raise PluginError(f"{file.name} has no `plugin`.", fix='Write: plugin = Plugin("' + name + '")')
    return (subject if subject is not None else module), str(file)


def _module(name: str, file: Path) -> ModuleType:
    """The file as a module. One that did not change since it was read last is the same module, with its state."""
    module_name = f"botcore_file_{name}"
    spec = importlib.util.spec_from_file_location(module_name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"plugin {name!r}: {file.name} is no Python file.", fix="Name a file that ends in .py.")
    before = sys.modules.get(module_name)
    try:
        version = (str(file.resolve()), hashlib.sha256(file.read_bytes()).hexdigest())
        if before is not None and getattr(before, "__botcore_version__", None) == version:
            return before
        module = sys.modules[module_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except BaseException as wrong:
        sys.modules.pop(module_name, None)
        if before is not None:
            sys.modules[module_name] = before
        if isinstance(wrong, BotcoreError):
            raise PluginError(f"{file.name}: {wrong.what}", fix=wrong.fix) from wrong
        if isinstance(wrong, Exception | SystemExit):  # the border to foreign code
            raise PluginError(_blame(name, "cannot be imported", wrong), fix="Mend the file.") from wrong
        raise
    vars(module)["__botcore_version__"] = version
    return module


def _all(answer: Any, wanted: type) -> tuple[Any, ...]:
    """The parts of an answer. Raises TypeError if one is not what is wanted."""
    parts = tuple(answer)
    for part in parts:
        if not isinstance(part, wanted):
            raise TypeError(f"{type(part).__name__} was returned where a {wanted.__name__} belongs")
    return parts


def _hooks() -> list[str]:
    return [name for name in vars(HookSpecs) if name.startswith("botcore_")]


def _routines(subject: Any) -> list[tuple[str, bool]]:
    """The functions of a plugin that are named like hooks, and whether they are marked."""
    names = [name for name in dir(subject) if name.startswith("botcore_")]
    found = [(name, getattr(subject, name)) for name in names]
    return [(name, hasattr(each, "botcore_impl")) for name, each in found if inspect.isroutine(each)]


def _unmarked(subject: Any) -> list[str]:
    return [name for name, is_marked in _routines(subject) if not is_marked and name in _hooks()]


def _unknown_hook(subject: Any) -> str:
    """The first hook of the plugin that does not exist."""
    return next((name for name, is_marked in _routines(subject) if is_marked and name not in _hooks()), "")


def _blame(name: str, what: str, wrong: BaseException) -> str:
    """One line that says which plugin, what happened, and in which line of its code."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(wrong.__traceback__)
    own = [frame for frame in frames if "importlib" not in frame.filename and "pluggy" not in frame.filename]
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    if isinstance(wrong, SyntaxError) and wrong.filename:
        place = f" ({Path(wrong.filename).name}:{wrong.lineno})"
    return f"plugin {name!r} {what}: {type(wrong).__name__}: {wrong}{place}."


def read_knowledge(plugins: Plugins, document: Document) -> tuple[list[Any], list[Problem]]:
    """Every plugin's knowledge entries, and all mistakes in their files. An id that two plugins use is a mistake."""
    problems: list[Problem] = []
    entries: dict[str, Any] = {}
    for plugin in plugins.loaded:
        try:
            found = plugins.ask(plugin, "botcore_knowledge", settings=plugin.settings, problems=problems)
        except BotcoreError as wrong:
            problems.append(document.problem(plugin.section, wrong.what, wrong.fix, of_key=True))
            continue
        for entry in found or ():
            if entry.id in entries:
                file, _, line = (entry.place or plugin.name).rpartition(":")
                what = f"the entry {entry.id!r} is here a second time (first: {entries[entry.id].place})."
                number = int(line) if line.isdigit() else 1
                problems.append(Problem(file or plugin.name, number, 1, what, "Rename one of them."))
            else:
                entries[entry.id] = entry
    return list(entries.values()), problems
