"""Finding plugins, and what is said when one cannot be used."""

from __future__ import annotations

import sys

import pytest

from botcore import Document, Plugin, PluginError, hookimpl
from botcore.plugins import Plugins, installed, read_knowledge

HELLO = """
from botcore import Plugin
plugin = Plugin("hello")

@plugin.skill(examples=["hello"])
async def greet(turn):
    return "Hello!"
"""


def install(shop, monkeypatch, name: str, code: str) -> None:
    """A distribution with an entry point of the group `botcore`, as pip leaves it behind."""
    folder = shop.folder / "site"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}_plugin.py").write_text(code)
    about = folder / f"{name}_plugin-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[botcore]\n{name} = {name}_plugin:plugin\n")
    monkeypatch.syspath_prepend(str(folder))


def test_an_installed_plugin_is_loaded_by_its_name(shop, monkeypatch):
    install(shop, monkeypatch, "hello", HELLO)
    gathered = shop.gather("plugins: {hello: }")
    assert gathered.errors == []
    assert list(gathered.knowing.repertoire.skills) == ["hello.greet"]
    assert gathered.plugins.loaded[0].origin == "hello_plugin:plugin"


def test_an_installed_plugin_that_is_not_named_is_not_imported(shop, monkeypatch):
    install(shop, monkeypatch, "loud", "raise SystemExit('I must not be imported')")
    gathered = shop.gather("plugins: {faq: {files: []}}\nbot: {name: Ada}")
    assert "loud" in installed()
    assert "loud_plugin" not in sys.modules
    assert [plugin.name for plugin in gathered.plugins.loaded] == []


def test_an_installed_plugin_that_cannot_be_imported_is_named(shop, monkeypatch):
    install(shop, monkeypatch, "broken", "import nowhere_to_be_found")
    (error,) = shop.errors("plugins:\n  broken:\n")
    assert error == (
        "config.yaml:2:3: plugin 'broken' cannot be imported: ModuleNotFoundError: No module named"
        " 'nowhere_to_be_found' (broken_plugin.py:1). Mend it or remove it here."
    )


def test_a_file_beside_the_config_is_a_plugin(shop):
    shop.write("bots/mine.py", HELLO)
    gathered = shop.gather("plugins: {mine: {path: bots/mine.py}}")
    assert gathered.errors == []
    assert list(gathered.knowing.repertoire.skills) == ["hello.greet"]


def test_a_module_with_hooks_is_a_plugin_too(shop):
    shop.write(
        "mine.py", "from botcore import hookimpl\n\n@hookimpl\ndef botcore_fallbacks(settings):\n    return []\n"
    )
    assert shop.errors("plugins: {mine: {path: mine.py}}") == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1", 'mine.py has no `plugin`. Write: plugin = Plugin("mine")'),
        (
            "\nimport nowhere",
            "cannot be imported: ModuleNotFoundError: No module named 'nowhere' (mine.py:2). Mend the file.",
        ),
        ("raise SystemExit(3)", "plugin 'mine' cannot be imported: SystemExit: 3 (mine.py:1). Mend the file."),
        (
            "def broken(:\n  pass",
            "cannot be imported: SyntaxError: invalid syntax (mine.py, line 1) (mine.py:1). Mend the file.",
        ),
        (
            "\n\n1/0",
            "plugin 'mine' cannot be imported: ZeroDivisionError: division by zero (mine.py:3). Mend the file.",
        ),
        ("x = '\\ud800'\nopen('nothing-here')", "plugin 'mine' cannot be imported: FileNotFoundError:"),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_skils(settings): return []",
            "plugin 'mine': unknown hook 'botcore_skils' in plugin",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_skills(setings): return []",
            "plugin 'mine': Plugin 'mine' for hook 'botcore_skills'",
        ),
        (
            "def botcore_skills(settings): return []",
            "plugin 'mine': botcore_skills is not marked as a hook. Put @botcore.hookimpl above it.",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\nasync def botcore_skills(settings): return []",
            "plugin 'mine': botcore_skills is async. Hooks are plain functions: drop async.",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_skills(settings): return 5",
            "plugin 'mine' failed in botcore_skills: TypeError: 'int' object is not iterable",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_skills(settings): return ['greet']",
            "plugin 'mine' failed in botcore_skills: TypeError: str was returned where a Skill belongs",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_knowledge(settings, problems):\n  yield 1/0",
            "failed in botcore_knowledge: ZeroDivisionError: division by zero (mine.py:4). Mend the plugin.",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_watchers(settings): raise SystemExit",
            "plugin 'mine' failed in botcore_watchers: SystemExit:",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_models(): return ['x']",
            "plugin 'mine': botcore_models returned str. Return botcore.models.catalogue.CatalogueEntry.",
        ),
        (
            "from botcore import Plugin\nplugin = Plugin('mine', settings=dict)",
            "plugin 'mine': its settings are no pydantic model. Mend the plugin.",
        ),
        (
            "from botcore import hookimpl\n@hookimpl\ndef botcore_settings(): 1/0",
            "plugin 'mine' failed in botcore_settings: ZeroDivisionError",
        ),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_with_its_mend(shop, code, expected):
    shop.write("mine.py", code)
    (error,) = shop.errors("plugins:\n  mine: {path: mine.py}\n")
    assert expected in error
    assert error.startswith("config.yaml:")


def test_a_mistake_in_one_plugin_does_not_hide_those_of_others(shop):
    shop.write("a.py", "1/0")
    shop.write("b.py", HELLO)
    gathered = shop.gather("plugins: {a: {path: a.py}, b: {path: b.py}, c: {path: c.py}}")
    assert [problem.column for problem in gathered.errors] == [11, 45]
    assert [plugin.name for plugin in gathered.plugins.loaded] == ["b"]


def test_a_misspelt_hook_is_answered_with_the_right_name(shop):
    shop.write("mine.py", "from botcore import hookimpl\n@hookimpl\ndef botcore_skils(settings): return []")
    (error,) = shop.errors("plugins: {mine: {path: mine.py}}")
    assert error.endswith("Did you mean 'botcore_skills'?")


def test_one_name_under_plugins_and_channels_is_a_mistake_and_the_first_stays(shop):
    shop.write("mine.py", HELLO)
    gathered = shop.gather("plugins: {web: {path: mine.py}}\nchannels: {web: {}}")
    assert [str(error) for error in gathered.errors] == [
        "config.yaml:2:12: plugin 'web' is named twice. Keep one: `plugins:` and `channels:` share names."
    ]
    assert list(gathered.knowing.repertoire.skills) == ["hello.greet"]


def test_two_plugins_with_one_name_of_a_skill_are_a_mistake(shop):
    shop.write("a.py", HELLO)
    shop.write("b.py", HELLO)
    assert shop.errors("plugins: {a: {path: a.py}, b: {path: b.py}}") == [
        "config.yaml:1:1: two plugins have a skill 'hello.greet'. Rename one of them: Plugin(\"...\")."
    ]


def test_two_plugins_with_one_entry_are_a_mistake_with_both_places(shop):
    code = """
from botcore import KnowledgeEntry, Plugin
plugin = Plugin("{0}")

@plugin.knowledge
def entries(settings, problems):
    return [KnowledgeEntry("hours", {{"en": ("hours?",)}}, {{"en": "9 to 18."}}, place="{0}.txt:4")]
"""
    shop.write("a.py", code.format("a"))
    shop.write("b.py", code.format("b"))
    assert shop.errors("plugins: {a: {path: a.py}, b: {path: b.py}}") == [
        "b.txt:4:1: the entry 'hours' is here a second time (first: a.txt:4). Rename one of them."
    ]


def test_settings_reach_the_skill_as_the_plugins_model(shop, bot):
    file = shop.write("mine.py", SETTINGS)
    assert bot.load(file, open_at=9).ask("hours?").text == "From 9"


SETTINGS = """
from pydantic import BaseModel
from botcore import Plugin

class Settings(BaseModel):
    open_at: int

plugin = Plugin("shop", settings=Settings)

@plugin.fallback
async def hours(turn):
    return f"From {turn.settings.open_at}"
"""


def test_settings_that_a_plugin_does_not_take_are_a_mistake_with_a_place(shop):
    shop.write("mine.py", HELLO)
    assert shop.errors("plugins:\n  mine:\n    path: mine.py\n    colour: red\n") == [
        "config.yaml:4:5: unknown key 'colour': the plugin 'mine' takes no settings. Remove it."
    ]


def test_what_the_bot_knows_is_filled_into_hidden_settings(shop):
    shop.write("faq.yaml", "- {id: a, questions: {en: [a?]}, answer: {en: A.}}")
    gathered = shop.gather("plugins: {faq: {files: [faq.yaml]}}\nbot: {languages: [en]}")
    settings = gathered.plugins.loaded[0].settings
    assert settings.base_dir == shop.folder
    assert settings.languages == ("en",)
    assert gathered.problems == []


def test_a_file_that_did_not_change_is_the_same_module_when_it_is_read_again(shop):
    file = shop.write("mine.py", HELLO)
    shop.write("config.yaml", "plugins: {mine: {path: mine.py}}")
    first, second = (shop.gather().plugins.loaded[0].subject for _ in range(2))
    assert first is second
    file.write_text(HELLO.replace("Hello!", "Hi!"))
    assert shop.gather().plugins.loaded[0].subject is not first


def test_add_refuses_what_is_no_plugin_and_leaves_the_others():
    plugins = Plugins()
    plugins.add(Plugin("a"), "a")

    class Wrong:
        @hookimpl
        def botcore_nothing(self):
            pass

    with pytest.raises(PluginError, match="unknown hook 'botcore_nothing'"):
        plugins.add(Wrong(), "b")
    with pytest.raises(PluginError, match="named twice"):
        plugins.add(Plugin("a"), "a")
    assert [plugin.name for plugin, _ in plugins.gather("botcore_skills")] == ["a"]
    assert read_knowledge(plugins, Document("config.yaml")) == ([], [])
