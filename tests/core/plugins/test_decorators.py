"""Decorators used wrongly say so at import, with the mend."""

from __future__ import annotations

import pytest

from botcore import Plugin, PluginError


@pytest.fixture
def plugin():
    return Plugin("shop")


async def fine(turn):
    return None


def plain(turn):
    return None


async def nothing():
    return None


async def two(turn, order):
    return None


@pytest.mark.parametrize(
    ("function", "what", "mend"),
    [
        (plain, "skill 'plain' is not async.", "Write `async def`."),
        (nothing, "skill 'nothing' takes nothing.", "It takes exactly one argument, such as `turn: Turn`."),
        (two, "skill 'two' takes turn, order.", "It takes exactly one argument, such as `turn: Turn`."),
    ],
)
def test_a_skill_is_an_async_function_of_one_argument(plugin, function, what, mend):
    with pytest.raises(PluginError) as caught:
        plugin.skill(function)
    assert caught.value.what == f"plugin 'shop': {what}"
    assert caught.value.fix == mend


def test_fallbacks_and_watchers_are_checked_too(plugin):
    with pytest.raises(PluginError, match="fallback 'plain' is not async"):
        plugin.fallback(plain)
    with pytest.raises(PluginError, match="watcher 'two' takes turn, order"):
        plugin.on("handed over")(two)
    with pytest.raises(PluginError, match=r"unknown event 'handed_over'.*One of: .*handed over"):
        plugin.on("handed_over")


def test_start_and_stop_are_checked_too(plugin):
    with pytest.raises(PluginError, match="start 'plain' is not async"):
        plugin.start(plain)
    with pytest.raises(PluginError, match="stop 'two' takes turn, order"):
        plugin.stop(two)
    assert plugin.start(nothing) is nothing
    assert plugin.stop(fine) is fine


def test_a_name_is_taken_once(plugin):
    plugin.skill(fine)
    with pytest.raises(PluginError, match=r"plugin 'shop' has two skills named 'fine'\. Rename one"):
        plugin.skill(examples=["x"])(fine)
    plugin.skill(name="other")(fine)
    assert [skill.id for skill in plugin.botcore_skills(None)] == ["shop.fine", "shop.other"]


def test_examples_are_a_list_and_not_one_text(plugin):
    with pytest.raises(PluginError, match=r"examples is one text\. Give a list"):
        plugin.skill(examples="where is my order")


def test_decorators_leave_the_function_as_it_is(plugin):
    assert plugin.skill(fine) is fine
    assert plugin.skill(name="b", examples=["x"])(fine) is fine
    assert plugin.fallback(fine) is fine
    assert plugin.on("feedback")(fine) is fine


def test_a_skill_may_have_further_arguments_with_defaults(plugin):
    @plugin.skill
    async def polite(turn, word="please"):
        """Say it nicely."""

    (skill,) = plugin.botcore_skills(None)
    assert (skill.name, skill.description, skill.examples) == ("polite", "Say it nicely.", ())


def test_a_mistaken_decorator_in_a_file_is_a_mistake_of_the_config(shop):
    shop.write("mine.py", "from botcore import Plugin\nplugin = Plugin('m')\n@plugin.skill\ndef f(turn): pass\n")
    assert shop.errors("plugins:\n  mine: {path: mine.py}") == [
        "config.yaml:2:3: mine.py: plugin 'm': skill 'f' is not async. Write `async def`."
    ]
