"""A real bot in memory that a plain function can talk to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from botcore.plugin import Plugin

if TYPE_CHECKING:
    from botcore.app import Answer, Bot

T = TypeVar("T")
LIMIT_S = 120.0
END_S = 2.0


class TestBot:
    """The whole pipeline without channels: `bot.load("shop.py")`, then `bot.ask("...")`.

    The journal is in memory. Words are matched without an encoder unless `encoder` names one: tests of a plugin start
    in milliseconds that way.
    """

    __test__ = False  # pytest: this is a tool, not a test

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plugins: dict[str, dict[str, Any]] = {}
        self._objects: list[tuple[Plugin, Any]] = []
        self._config: dict[str, Any] = {"bot": {"name": "Test"}, "models": {"encoder": "none"}}
        self._bot: Bot | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="test-bot", daemon=True)
        self._thread.start()

    def load(self, plugin: str | Path | Plugin, **settings: Any) -> TestBot:
        """Switch a plugin on: a file, an installed plugin's name, or a `Plugin` object. Before the first question."""
        if self._bot is not None:
            raise RuntimeError("load() comes before the first ask()")
        if isinstance(plugin, Plugin):
            self._objects.append((plugin, settings))
        elif str(plugin).endswith(".py"):
            path = Path(plugin).resolve()
            self._plugins[path.stem] = {"path": str(path), **settings}
        else:
            self._plugins[str(plugin)] = settings
        return self

    def configure(self, **sections: Any) -> TestBot:
        """Set sections of the config, such as `models={"encoder": "multilingual-e5-small"}`."""
        self._config.update(sections)
        return self

    def ask(self, text: str, *, user: str = "tester", conversation: str = "", choice: str | None = None) -> Answer:
        """Send a message and wait for its answer."""
        return self._run(self._started().ask(text, user=user, conversation=conversation, choice=choice))

    def press(self, answer: Answer, label: str, *, user: str = "tester", conversation: str = "") -> Answer:
        """Press the button with this label. Raises ValueError with the labels that there are."""
        for reply in answer.replies:
            for button in reply.choices:
                if button.label == label:
                    return self.ask(label, user=user, conversation=conversation, choice=button.value)
        raise ValueError(f"no button {label!r}; there are: {', '.join(answer.buttons) or 'none'}")

    def close(self) -> None:
        """Stop the bot and its thread."""
        if self._bot is not None:
            self._run(self._bot.stop(drain_s=1))
        self._run(_end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _started(self) -> Bot:
        if self._bot is None:
            from botcore.app import Bot, gather
            from botcore.plugins import Plugins

            plugins = Plugins()
            for plugin, settings in self._objects:
                model: Any = plugin.settings
                plugins.add(plugin, plugin.name, model(**settings) if model else ())
            config = self._folder / "config.yaml"
            # JSON is YAML: no writer with rules of its own is needed
            config.write_text(json.dumps({**self._config, "plugins": self._plugins}), encoding="utf-8")
            bot = Bot(gather(config, extra=plugins), store="sqlite://")
            self._run(bot.start(serve=False))
            self._bot = bot
        return self._bot

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(LIMIT_S)


async def _end_all() -> None:
    """End what plugins left running in the loop."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=END_S)
    await asyncio.get_running_loop().shutdown_default_executor()
