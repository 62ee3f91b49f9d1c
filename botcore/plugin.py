"""`Plugin`: how an author tells the bot what a plugin can do.

    from botcore import Plugin, Turn

    plugin = Plugin("hours")

    @plugin.skill(examples=["when are you open?", "你们几点开门？"])
    async def opening_hours(turn: Turn) -> str:
        return "We are open from 9 to 18."

It answers the hooks of `botcore.hookspecs` with what its decorators collected.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from botcore.errors import PluginError, Problem
from botcore.hookspecs import hookimpl
from botcore.messages import KnowledgeEntry
from botcore.skill import EventName, Fallback, Lifecycle, Skill, SkillFunction, Watcher

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from botcore.channel import Adapter, Host

F = TypeVar("F", bound=Callable[..., Any])
KnowledgeSource = Callable[[Any, list[Problem]], Iterable[KnowledgeEntry]]
EVENTS: tuple[EventName, ...] = ("message accepted", "turn finished", "handed over", "feedback")


class Plugin:
    """A named bundle of skills, knowledge, fallbacks and watchers, with an optional settings model (pydantic)."""

    def __init__(self, name: str, *, settings: type | None = None) -> None:
        self.name = name
        self.settings = settings
        self._skills: list[Skill] = []
        self._fallbacks: list[Fallback] = []
        self._watchers: list[Watcher] = []
        self._lifecycle: list[Lifecycle] = []
        self._knowledge: list[KnowledgeSource] = []
        self._watch: list[Callable[[Any], Iterable[Path]]] = []
        self._routes: list[Callable[[Any, Host], Sequence[BaseRoute]]] = []
        self._channel: Callable[[Any], Adapter] | None = None

    def __repr__(self) -> str:
        return f"Plugin({self.name!r})"

    @overload
    def skill(self, function: SkillFunction, /) -> SkillFunction: ...
    @overload
    def skill(
        self, /, *, examples: Sequence[str] = (), name: str | None = None, timeout_s: float | None = None
    ) -> Callable[[F], F]: ...
    def skill(
        self,
        function: SkillFunction | None = None,
        /,
        *,
        examples: Sequence[str] = (),
        name: str | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        """Register `async def f(turn)`, started when a user says something like one of `examples`.

        Raises:
            PluginError: it is no async function of one parameter, or its name is taken.
        """
        if isinstance(examples, str):
            raise PluginError(f"plugin {self.name!r}: examples is one text.", fix="Give a list: examples=[...].")

        def register(wanted: F) -> F:
            skill_name = name or wanted.__name__
            self._check_function(wanted, f"skill {skill_name!r}")
            if any(skill.name == skill_name for skill in self._skills):
                raise PluginError(f"plugin {self.name!r} has two skills named {skill_name!r}.", fix="Rename one.")
            description = inspect.getdoc(wanted) or ""
            self._skills.append(Skill(skill_name, wanted, tuple(examples), description, self.name, timeout_s))
            return wanted

        return register(function) if function is not None else register

    def fallback(self, function: F) -> F:
        """Register `async def f(turn)` for what nothing else answered; it returns None to pass."""
        self._check_function(function, f"fallback {function.__name__!r}")
        self._fallbacks.append(Fallback(function.__name__, function, self.name))
        return function

    def on(self, event: EventName) -> Callable[[F], F]:
        """Register `async def f(facts)` to hear of an event; `facts` is a mapping of plain values."""
        if event not in EVENTS:
            raise PluginError(f"plugin {self.name!r} watches unknown event {event!r}.", fix=f"One of: {EVENTS}.")

        def register(function: F) -> F:
            self._check_function(function, f"watcher {function.__name__!r}")
            self._watchers.append(Watcher(event, function, self.name))
            return function

        return register

    def start(self, function: F) -> F:
        """Register `async def f()` or `async def f(settings)` to run before the first message."""
        self._check_function(function, f"start {function.__name__!r}", or_none=True)
        self._lifecycle.append(Lifecycle("start", function, self.name))
        return function

    def stop(self, function: F) -> F:
        """Register `async def f()` or `async def f(settings)` to run after the last message."""
        self._check_function(function, f"stop {function.__name__!r}", or_none=True)
        self._lifecycle.append(Lifecycle("stop", function, self.name))
        return function

    def knowledge(self, function: KnowledgeSource) -> KnowledgeSource:
        """Register `def f(settings, problems)` that yields `KnowledgeEntry` and appends mistakes to `problems`."""
        self._knowledge.append(function)
        return function

    def watch(self, function: Callable[[Any], Iterable[Path]]) -> Callable[[Any], Iterable[Path]]:
        """Register `def f(settings)` that yields the files which this plugin's knowledge is read from."""
        self._watch.append(function)
        return function

    def routes(self, function: F) -> F:
        """Register `def f(settings, host)` that returns Starlette routes for the bot's HTTP server."""
        self._routes.append(function)
        return function

    def channel(self, function: F) -> F:
        """Register `def f(settings)` that builds the adapter, for a plugin that is a channel."""
        self._channel = function
        return function

    def _check_function(self, function: Callable[..., Any], what: str, *, or_none: bool = False) -> None:
        where = f"plugin {self.name!r}: {what}"
        if not inspect.iscoroutinefunction(function):
            raise PluginError(f"{where} is not async.", fix="Write `async def`.")
        taken = list(inspect.signature(function).parameters.values())
        required = [p for p in taken if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if len(required) > 1 or not (taken or or_none):
            names = ", ".join(p.name for p in taken) or "nothing"
            fix = (
                "It takes `settings` or nothing." if or_none else "It takes exactly one argument, such as `turn: Turn`."
            )
            raise PluginError(f"{where} takes {names}.", fix=fix)

    @hookimpl
    def botcore_settings(self) -> type | None:
        return self.settings

    @hookimpl
    def botcore_skills(self, settings: Any) -> Sequence[Skill]:
        return tuple(self._skills)

    @hookimpl
    def botcore_fallbacks(self, settings: Any) -> Sequence[Fallback]:
        return tuple(self._fallbacks)

    @hookimpl
    def botcore_knowledge(self, settings: Any, problems: list[Problem]) -> Iterable[KnowledgeEntry]:
        return [entry for source in self._knowledge for entry in source(settings, problems)]

    @hookimpl
    def botcore_watch(self, settings: Any) -> Iterable[Path]:
        return [path for function in self._watch for path in function(settings)]

    @hookimpl
    def botcore_channel(self, settings: Any) -> Adapter | None:
        return self._channel(settings) if self._channel else None

    @hookimpl
    def botcore_routes(self, settings: Any, host: Host) -> Sequence[BaseRoute]:
        return [route for function in self._routes for route in function(settings, host)]

    @hookimpl
    def botcore_watchers(self, settings: Any) -> Sequence[Watcher]:
        return tuple(self._watchers)

    @hookimpl
    def botcore_lifecycle(self, settings: Any) -> Sequence[Lifecycle]:
        return tuple(
            Lifecycle(part.when, _with_settings(part.function, settings), self.name) for part in self._lifecycle
        )


def _with_settings(function: Callable[..., Awaitable[None]], settings: Any) -> Callable[[], Awaitable[None]]:
    """Bind the settings if the function takes an argument."""
    return functools.partial(function, settings) if inspect.signature(function).parameters else function


__all__ = ["EVENTS", "Plugin"]
