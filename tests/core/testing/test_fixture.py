"""The fixture `bot`, as a plugin author uses it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from botcore import ConfigError, Plugin

PLUGIN = '''
from botcore import Plugin, Turn

plugin = Plugin("hours")

@plugin.skill(examples=["when are you open?", "你们几点开门？"])
async def opening_hours(turn: Turn) -> str:
    """Tell when the shop is open."""
    return "We are open from 9 to 18." if turn.language == "en" else "我们9点到18点营业。"
'''
TEST = """
def test_it_tells_the_opening_hours_in_both_languages(bot):
    bot.load("hours.py")
    assert "9 to 18" in bot.ask("when are you open").text
    assert "营业" in bot.ask("几点开门").text
"""


def test_a_plugin_of_ten_lines_is_tested_in_four(tmp_path):
    (tmp_path / "hours.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "test_hours.py").write_text(TEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_hours.py"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_file_is_found_from_the_working_directory_and_takes_settings(bot, shop):
    shop.write("mine.py", SETTINGS)
    assert bot.load("mine.py", word="Hi").ask("anything").text == "Hi, tester!"


SETTINGS = """
from pydantic import BaseModel
from botcore import Plugin

class Settings(BaseModel):
    word: str

plugin = Plugin("mine", settings=Settings)

@plugin.fallback
async def greet(turn):
    return f"{turn.settings.word}, {turn.message.user.id}!"
"""


def test_an_installed_plugin_is_loaded_by_name(bot, shop):
    file = shop.write("faq.yaml", "- {id: a, questions: {en: [what is a]}, answer: {en: The first letter.}}")
    answer = bot.load("faq", files=[str(file)]).ask("what is a")
    assert (answer.text, answer.intent) == ("The first letter.", "a")


def test_configure_sets_sections(bot):
    bot.configure(bot={"name": "Ada", "languages": ["zh"]})
    assert bot.ask("!!").text == "我只能看懂文字消息。请问有什么可以帮您？"


def test_users_have_conversations_of_their_own(bot):
    plugin = Plugin("count")

    @plugin.fallback
    async def count(turn):
        number = turn.conversation.memory.get("n", 0) + 1
        turn.remember("n", number)
        return str(number)

    bot.load(plugin)
    assert [bot.ask("x").text, bot.ask("x").text, bot.ask("x", user="other").text] == ["1", "2", "1"]


def test_a_mistake_is_raised_with_its_place(bot, shop):
    shop.write("mine.py", "from botcore import Plugin\nplugin = Plugin('mine')\n1/0\n")
    bot.load("mine.py")
    with pytest.raises(ConfigError, match=r"plugin 'mine' cannot be imported: ZeroDivisionError: .* \(mine.py:3\)"):
        bot.ask("x")


def test_loading_after_the_first_question_is_refused(bot):
    bot.ask("x")
    with pytest.raises(RuntimeError, match=r"load\(\) comes before the first ask\(\)"):
        bot.load(Plugin("late"))


def test_a_button_is_pressed_by_the_user_who_is_named(bot):
    plugin = Plugin("who")

    @plugin.fallback
    async def who(turn):
        from botcore import Button, Reply

        return Reply(f"{turn.message.user.id} {turn.message.choice}", buttons=(Button("Again", "again"),))

    bot.load(plugin)
    assert bot.press(bot.ask("x", user="ada"), "Again", user="ada").text == "ada again"
    assert bot.press(bot.ask("x"), "Again").text == "tester again"
