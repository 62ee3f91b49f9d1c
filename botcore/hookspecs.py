"""The questions that the bot asks its plugins, at start-up and on reload only.

What works per message is the objects that plugins hand over in their answers, never a hook: pluggy is synchronous.
Each hook is asked plugin by plugin, in the order of `config.yaml`; `settings` is the plugin's own section, checked
against the model it named. Most authors never meet these: `botcore.Plugin` answers them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import typer
    from starlette.routing import BaseRoute

    from botcore.channel import Adapter, Host
    from botcore.errors import Problem
    from botcore.messages import KnowledgeEntry
    from botcore.skill import Fallback, Lifecycle, Skill, Watcher

hookspec = pluggy.HookspecMarker("botcore")
hookimpl = pluggy.HookimplMarker("botcore")


class HookSpecs(Protocol):
    """All hooks. A plugin implements any of them with `botcore.hookimpl`; others are left out."""

    @hookspec
    def botcore_settings(self) -> type | None:
        """Return the pydantic model of this plugin's section in `config.yaml`; None if it takes no settings."""

    @hookspec
    def botcore_skills(self, settings: Any) -> Sequence[Skill]:
        """Return what this plugin can do for a user. Asked at start-up and on reload."""

    @hookspec
    def botcore_fallbacks(self, settings: Any) -> Sequence[Fallback]:
        """Return what to try, in order, when neither a skill nor the knowledge answered."""

    @hookspec
    def botcore_knowledge(self, settings: Any, problems: list[Problem]) -> Iterable[KnowledgeEntry]:
        """Return approved answers. Mistakes in the files go into `problems`, all of them, with their places."""

    @hookspec
    def botcore_watch(self, settings: Any) -> Iterable[Path]:
        """Return the files whose change means that this plugin's knowledge is to be read again."""

    @hookspec
    def botcore_channel(self, settings: Any) -> Adapter | None:
        """Return the adapter of the channel that this plugin is. Asked only for names under `channels:`."""

    @hookspec
    def botcore_routes(self, settings: Any, host: Host) -> Sequence[BaseRoute]:
        """Return what this plugin serves on the bot's HTTP server."""

    @hookspec
    def botcore_watchers(self, settings: Any) -> Sequence[Watcher]:
        """Return functions that want to hear of events: message accepted, turn finished, handed over, feedback."""

    @hookspec
    def botcore_lifecycle(self, settings: Any) -> Sequence[Lifecycle]:
        """Return what to run when the bot starts and stops."""

    @hookspec
    def botcore_models(self) -> Iterable[Any]:
        """Return further entries of the model catalogue (`botcore.models.catalogue.CatalogueEntry`), for `models:`."""

    @hookspec
    def botcore_commands(self, cli: typer.Typer) -> None:
        """Add verbs to the `botcore` command, for those who run it in the folder of `config.yaml`."""
