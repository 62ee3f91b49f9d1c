"""The bot's own words: by key and language, replaceable, and never a template for what users write (A10)."""

from __future__ import annotations

import pytest

from botcore.messages import Button, Reply, Say
from botcore.nlg.compose import compose
from botcore.nlg.texts import DEFAULTS, Texts, load_texts

HOSTILE = [
    "{0.__class__}",
    "{name.__class__.__mro__}",
    "{{7*7}}",
    "{name}",
    "{other}",
    "%s %n %(name)s",
    "${jndi:ldap://x}",
    "${name}",
    "{{name}}",
    "{name!r:>10}",
    "{",
    "}",
    "{}",
    "\\1 \\g<0>",
    "<script>",
    "'; DROP TABLE",
    "{% if x %}",
    "#{7*7}",
    "`id`",
]


@pytest.fixture
def texts():
    return Texts({"greet": {"en": "Hello {name}, {name}! {unknown} {NAME} {{name}}", "zh": "你好{name}"}}, ["en"])


@pytest.mark.parametrize("value", HOSTILE)
def test_a10_what_a_value_contains_is_never_read(texts, value):
    said = texts.say("greet", "en", {"name": value, "other": "SECRET"})
    assert said == f"Hello {value}, {value}! {{unknown}} {{NAME}} {{{value}}}"


@pytest.mark.parametrize("value", HOSTILE)
def test_a10_what_a_user_writes_comes_back_word_for_word(bot, value):
    from botcore import Plugin

    plugin = Plugin("echo")

    @plugin.fallback
    async def echo(turn):
        return [Reply(turn.message.text, buttons=(Button(turn.message.text, turn.message.text),)), turn.message.text]

    answer = bot.load(plugin).ask(value + " x")
    assert [reply.text for reply in answer.replies] == [value + " x"] * 2
    assert answer.buttons == (value + " x",)


def test_a_language_that_is_missing_falls_back_to_the_bots_first_and_then_to_any():
    texts = Texts({"a": {"zh": "甲", "en": "A"}, "b": {"fr": "B"}}, ["zh", "en"])
    assert texts.say("a", "en") == "A"
    assert texts.say("a", "fr") == "甲"
    assert texts.say("b", "en") == "B"
    assert texts.say("no such key", "en") == "no such key"


def test_values_of_any_kind_are_filled_in(texts):
    assert texts.say("greet", "zh", {"name": 5}) == "你好5"
    assert texts.say("greet", "zh", {"name": None}) == "你好None"
    assert texts.say("greet", "zh") == "你好{name}"


def test_every_default_text_speaks_both_languages():
    texts, problems = load_texts([], ["en", "zh"])
    assert problems == []
    for key in ("not_understood", "ask_which", "handed_over", "skill_failed", "turn_failed", "no_words"):
        assert texts.say(key, "en").isascii()
        assert not texts.say(key, "zh").isascii()


def test_a_file_replaces_texts_key_by_key(shop):
    shop.write("texts.yaml", "no_words: {en: Words please., zh: 请打字。}")
    shop.write("more.yaml", "no_words: {en: Only words., zh: 只能打字。}\nnone_of_these: {en: No., zh: 不是。}")
    gathered = shop.gather("texts: [texts.yaml, more.yaml]")
    assert gathered.problems == []
    texts = gathered.knowing.texts
    assert (texts.say("no_words", "en"), texts.say("no_words", "zh")) == ("Only words.", "只能打字。")
    assert texts.say("none_of_these", "en") == "No."
    assert texts.say("ask_which", "en") == "Which of these do you mean?"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("no_word: {en: x, zh: y}", "words.yaml:1:1: no text is named 'no_word'. Did you mean 'no_words'?"),
        ("no_words: Hello", "words.yaml:1:11: the text 'no_words' has no languages. Write `{en: ..., zh: ...}`."),
        ("no_words: {}", "words.yaml:1:11: the text 'no_words' has no languages. Write `{en: ..., zh: ...}`."),
        ("no_words: {en: '', zh: x}", "words.yaml:1:16: the text 'no_words' is empty. Write it."),
        ("no_words:\n  zh: 好\n  en: [a]", "words.yaml:3:7: the text 'no_words' is empty. Write it."),
        ("- a", "words.yaml:1:1: texts are a mapping of keys. Write `key: {en: ..., zh: ...}`."),
        ("a: [", "words.yaml:"),
        (
            "no_words: {en: a, zh: b}\nno_words: {en: c, zh: d}",
            "words.yaml:2:1: the key 'no_words' is here a second time",
        ),
    ],
)
def test_mistakes_in_texts_have_their_place(shop, content, expected):
    shop.write("words.yaml", content)
    errors = shop.errors("texts: [words.yaml]")
    assert any(error.startswith(expected) for error in errors), errors


def test_a_replaced_text_without_one_of_the_bots_languages_is_warned_of(shop):
    shop.write("words.yaml", "no_words: {en: Words please.}")
    gathered = shop.gather("texts: [words.yaml]\nbot: {languages: [en, zh]}")
    assert gathered.errors == []
    assert [str(problem) for problem in gathered.warnings] == [
        "words.yaml:1:1: the text 'no_words' has no 'zh': the default is used. Add `zh: ...`."
    ]
    assert shop.problems("texts: [words.yaml]\nbot: {languages: [en]}") == []


def test_compose_words_each_act_and_labels_by_key():
    texts, _ = load_texts([], ["en", "zh"])
    replies = compose(
        [Say("ask_which", buttons=(Button("none_of_these", "none"), Button("My own", "x"))), Reply("Hi")], texts, "zh"
    )
    assert replies == (
        Reply("您想问的是哪一个？", (Button("都不是", "none"), Button("My own", "x")), None, "zh"),
        Reply("Hi", (), None, "zh"),
    )


def test_the_default_texts_are_in_one_file():
    assert DEFAULTS.is_file()
