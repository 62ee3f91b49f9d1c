"""One test for each hook of `botcore.hookspecs`, named after it."""

from __future__ import annotations

import inspect

import httpx
import pytest
from pydantic import BaseModel

from botcore import Document, KnowledgeEntry, Plugin, Problem, hookimpl
from botcore.hookspecs import HookSpecs
from botcore.plugins import Plugins, read_knowledge
from botcore.skill import Fallback, Skill

HOOKS = [name for name in vars(HookSpecs) if name.startswith("botcore_")]


def test_every_hook_is_described_and_has_a_test():
    for name in HOOKS:
        assert inspect.getdoc(getattr(HookSpecs, name)), name
        assert f"test_{name}" in globals(), name


def plugins_with(subject: object, settings: object = None) -> Plugins:
    plugins = Plugins()
    plugins.add(subject, "mine", settings)
    return plugins


async def answer(turn):
    return "Yes."


def test_botcore_settings():
    class Settings(BaseModel):
        greeting: str = "Hi"

    plugins = plugins_with(Plugin("mine", settings=Settings))
    assert plugins.ask(plugins.loaded[0], "botcore_settings") is Settings


def test_botcore_skills():
    class Mine:
        @hookimpl
        def botcore_skills(self, settings):
            return [Skill("greet", answer, (settings["word"],), plugin="mine")]

    ((plugin, skills),) = plugins_with(Mine(), {"word": "hello"}).gather("botcore_skills")
    assert plugin.name == "mine"
    assert [(skill.id, skill.examples) for skill in skills] == [("mine.greet", ("hello",))]


def test_botcore_fallbacks(bot):
    class Mine:
        @hookimpl
        def botcore_fallbacks(self, settings):
            return [Fallback("first", self.passes, "mine"), Fallback("second", self.answers, "mine")]

        async def passes(self, turn):
            return None

        async def answers(self, turn):
            return f"second was asked: {turn.message.text}"

    ((_, fallbacks),) = plugins_with(Mine()).gather("botcore_fallbacks")
    assert [fallback.name for fallback in fallbacks] == ["first", "second"]
    bot.load(with_hooks(Mine()))
    assert bot.ask("anything").text == "second was asked: anything"


def with_hooks(subject: object) -> Plugin:
    """A `Plugin` that answers with the hooks of `subject`."""
    plugin = Plugin("mine")
    for name in HOOKS:
        if hasattr(subject, name):
            setattr(plugin, name, getattr(subject, name))
    return plugin


def test_botcore_knowledge():
    plugin = Plugin("mine")

    @plugin.knowledge
    def entries(settings, problems):
        yield KnowledgeEntry("a", {"en": ("a?",)}, {"en": "A."}, source="mine", place="a.txt:3")
        problems.append(Problem("a.txt", 7, 1, "a mistake."))

    found, problems = read_knowledge(plugins_with(plugin), Document("config.yaml"))
    assert [entry.id for entry in found] == ["a"]
    assert [str(problem) for problem in problems] == ["a.txt:7:1: a mistake."]


def test_botcore_watch(shop):
    shop.write("mine.py", WATCHING)
    gathered = shop.gather("plugins: {mine: {path: mine.py}}")
    assert {path.name for path in gathered.watched()} == {"config.yaml", "words.txt", "mine.py"}


WATCHING = """
from pathlib import Path
from botcore import Plugin
plugin = Plugin("mine")

@plugin.watch
def files(settings):
    return [Path("words.txt")]
"""


@pytest.mark.anyio
async def test_botcore_channel(shop):
    config = "channels: {web: {port: 0}}\nmodels: {encoder: none}\nlogging: {level: error}"
    async with shop.running(config, serve=True) as bot, httpx.AsyncClient(base_url=bot.url) as http:
        assert (await http.post("/web/sessions", json={})).status_code == 200


def test_a_channel_is_asked_for_only_where_channels_name_it(shop):
    gathered = shop.gather("plugins: {web: {port: 0}}")
    assert [plugin.is_channel for plugin in gathered.plugins.loaded] == [False]


@pytest.mark.anyio
async def test_botcore_routes(shop):
    shop.write("mine.py", ROUTES)
    config = "channels: {web: {port: 0}}\nmodels: {encoder: none}\nplugins: {mine: {path: mine.py}}\nbot: {name: Ada}"
    async with shop.running(config, serve=True) as bot, httpx.AsyncClient(base_url=bot.url) as http:
        assert (await http.get("/mine")).text == "I am Ada"


ROUTES = """
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from botcore import Plugin
plugin = Plugin("mine")

@plugin.routes
def routes(settings, host):
    async def show(request):
        return PlainTextResponse(f"I am {host.bot_name}")
    return [Route("/mine", show)]
"""


def test_botcore_watchers():
    plugin = Plugin("mine")

    @plugin.on("handed over")
    async def note(facts):
        pass

    ((_, watchers),) = plugins_with(plugin).gather("botcore_watchers")
    assert [(watcher.event, watcher.plugin) for watcher in watchers] == [("handed over", "mine")]


@pytest.mark.anyio
async def test_botcore_lifecycle(shop):
    shop.write("mine.py", LIFE)
    config = "models: {encoder: none}\nplugins: {mine: {path: mine.py, file: life.txt}}"
    async with shop.running(config):
        assert shop.read("life.txt") == "start without settings, start, "
    assert shop.read("life.txt") == "start without settings, start, stop, "


LIFE = """
from pathlib import Path
from pydantic import BaseModel
from botcore import Plugin

class Settings(BaseModel):
    file: str

plugin = Plugin("mine", settings=Settings)

def note(word, file="life.txt"):
    with Path(file).open("a") as writing:
        writing.write(word + ", ")

@plugin.start
async def begin():
    note("start without settings")

@plugin.start
async def begin_with(settings):
    note("start", settings.file)

@plugin.stop
async def end(settings):
    note("stop", settings.file)
"""


def test_botcore_models(shop):
    shop.write("mine.py", MODELS)
    gathered = shop.gather("models: {encoder: my-encoder}\nplugins: {mine: {path: mine.py}}")
    assert gathered.errors == []
    assert [row.description for row in gathered.model_store().list() if row.name == "my-encoder"] == ["ours"]


MODELS = """
from botcore import hookimpl
from botcore.models.catalogue import CatalogueEntry, WheelSource

@hookimpl
def botcore_models():
    return [CatalogueEntry("my-encoder", "encoder", "ours", "MIT", WheelSource("p", "1", "0" * 64, ()))]
"""


def test_botcore_commands(shop, cli):
    shop.write("mine.py", COMMANDS)
    shop.write("config.yaml", "plugins: {mine: {path: mine.py}}")
    done = cli("greet", "Ada")
    assert (done.returncode, done.stdout) == (0, "Hello Ada\n")
    assert cli("gret").returncode == 2


COMMANDS = """
import typer
from botcore import hookimpl

@hookimpl
def botcore_commands(cli):
    @cli.command()
    def greet(name: str):
        typer.echo(f"Hello {name}")
"""


def test_plugins_are_asked_in_the_order_of_the_config(shop):
    for name in ("zeta", "alpha", "mid"):
        shop.write(f"{name}.py", f'from botcore import Plugin\nplugin = Plugin("{name}")')
    gathered = shop.gather(
        "channels: {web: {}}\nplugins: {zeta: {path: zeta.py}, alpha: {path: alpha.py}, mid: {path: mid.py}}"
    )
    assert [plugin.name for plugin, _ in gathered.plugins.gather("botcore_skills")] == ["zeta", "alpha", "mid", "web"]
