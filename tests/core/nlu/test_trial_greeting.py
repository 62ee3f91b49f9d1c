"""A greeting is greeted, also by a bot that has no small talk among its entries."""

from datetime import UTC, datetime

from botcore.dialogue.interpret import Thresholds, interpret
from botcore.messages import Message, User
from botcore.nlu.cues import find_cues
from botcore.understanding import Match, Understanding


def commands(text, *matches):
    message = Message("k", "web", "c", User("u"), text, datetime.now(UTC))
    understanding = Understanding(text, "en", matches, cues=find_cues(text))
    return [(command.name, command.target) for command in interpret(message, understanding, (), Thresholds())]


def test_a_greeting_that_nothing_else_fits_is_greeted():
    assert commands("hello") == [("not_understood", "greeting")]
    assert commands("你好") == [("not_understood", "greeting")]


def test_a_greeting_before_a_request_is_no_greeting():
    assert commands("hello, how do I return this?", Match("returns", "knowledge", 0.9)) == [("answer", "returns")]


def test_small_talk_of_the_faq_comes_before_the_bot_s_own_greeting():
    assert commands("hello", Match("smalltalk_hello", "knowledge", 0.9)) == [("answer", "smalltalk_hello")]


def test_a_greeting_is_answered_with_the_greeting(bot):
    assert bot.ask("hello").text == bot.ask("", choice="start").text
