"""Every mistake in `config.yaml` at once, each with its line, its column and its mend."""

from __future__ import annotations

import pytest

from botcore import did_you_mean
from botcore.errors import ConfigError


def test_every_kind_of_mistake_is_told_at_once_in_the_order_of_the_file(shop):
    shop.write("key.txt", "s3cret-key").chmod(0o644)
    problems = shop.problems(
        """\
        bot:
          nam: Ada
          languages: en
        models:
          encoder: multilingual-e5-smal
          device: gpu
          threads: 99
          generators:
            small: {backend: local, api_key: "${file:key.txt}"}
          scenarios: {rephrase: [smal]}
        knowledge: {answer_from: very}
        channels:
          webb: {}
          web: {port: 99999, title: "${TITLE}"}
        plugins:
          faq: {files: [nothing.yaml]}
          orders: {path: ./orders.py}
          fax: {}
        texts: [words.yaml]
        logging: {format: json, format: console}
        """
    )
    assert problems == [
        "config.yaml:2:3: unknown key 'nam'. Did you mean 'name'?",
        "config.yaml:3:14: bot.languages: 'en' was found. Write a list, such as [a, b].",
        "config.yaml:5:12: models.encoder: no model is named 'multilingual-e5-smal'."
        " Did you mean 'multilingual-e5-small'?",
        "config.yaml:6:11: models.device: 'gpu' is not allowed. Did you mean 'cpu'? One of: auto, cpu, cuda, mps.",
        "config.yaml:7:12: models.threads: '99' is out of range. It is at most 64.",
        "config.yaml:8:3: generators are read but not used by this version; templates and quotations answer.",
        "config.yaml:9:38: the secret file key.txt can be read by others. chmod 600 key.txt",
        "config.yaml:10:26: no generator is named 'smal'. Did you mean 'small'?",
        "config.yaml:11:26: knowledge.answer_from: 'very' was found. Write a number.",
        "config.yaml:13:3: no channel named 'webb' is installed. Did you mean 'web'? "
        "A channel of your own is named by its file: {file: ./webb.py}.",
        "config.yaml:14:15: channels.web.port: '99999' is out of range. It is at most 65535.",
        "config.yaml:14:29: the environment has no variable TITLE. Set it: export TITLE=...",
        "config.yaml:16:17: nothing.yaml: the file does not exist. Check its path and permissions.",
        "config.yaml:17:3: plugin 'orders': there is no file orders.py. Check `path:`; it starts from this file.",
        "config.yaml:18:3: no plugin named 'fax' is installed. Did you mean 'faq'?"
        " A plugin of your own is named by its file: {path: ./fax.py}.",
        "config.yaml:19:9: words.yaml: the file does not exist. Check its path and permissions.",
        "config.yaml:20:25: the key 'format' is here a second time (first in line 20). Keep one of them.",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("bot: [a]", "1:6: bot: a list was found. Write a mapping of `key: value`."),
        ("- bot", "1:1: the file: a list was found. Write a mapping of `key: value`."),
        ("hello", "1:1: the file: 'hello' was found. Write a mapping of `key: value`."),
        ("bot: {name: ''}", "1:13: bot.name: '': string should have at least 1 character."),
        ("knowledge: {answer_from: 2}", "1:26: knowledge.answer_from: '2' is out of range. It is at most 1."),
        ("knowledge: {answer_from: nan}", "1:26: knowledge.answer_from: 'nan' is out of range. It is at most 1."),
        ("retention: {messages: 0}", "1:23: retention.messages: '0' is out of range. It is at least 1."),
        ("retention: {messages: 1:30}", "1:23: retention.messages: '1:30' was found. Write a whole number."),
        ("logging: {level: loud}", "1:18: logging.level: 'loud' is not allowed. One of: debug, info, warning, error."),
        ("logging: {level: inf}", "1:18: logging.level: 'inf' is not allowed. Did you mean 'info'?"),
        (
            "bot: {time_zone: Mars}",
            "1:18: bot.time_zone: 'Mars' is no IANA time zone. Write one such as Asia/Shanghai.",
        ),
        (
            "store: mysql://host/db",
            "1:8: store: a 'mysql' store is not supported by this version. Write sqlite:///var/botcore.db.",
        ),
        (
            "models: {scenarios: {rephraze: []}}",
            "1:22: models.scenarios.rephraze: 'rephraze' is not allowed. Did you mean 'rephrase'?",
        ),
        ("models: {generators: {big: {model: m}}}", "1:28: 'backend' is missing. Add `backend:`."),
        ("plugins: {faq: 5}", "1:16: plugins.faq: '5' was found. Write a mapping of `key: value`."),
        ("plugins: {faq: {}}", "1:16: 'files' is missing. Add `files:`."),
        ("plugins: {faq: {file: [a.yaml]}}", "1:17: unknown key 'file'. Did you mean 'files'?"),
        ("models: {encoder: ./nowhere}", "1:19: models.encoder: no model is named './nowhere'."),
        ("bot:\n  name: 小松 \n  x: 1", "3:3: unknown key 'x'. Known: languages, name, time_zone."),
    ],
)
def test_a_mistake_names_its_place_and_its_mend(shop, content, expected):
    errors = shop.errors(content)
    assert any(error.startswith("config.yaml:" + expected) for error in errors), errors


def test_columns_count_characters_also_after_chinese_and_emoji(shop):
    assert shop.errors('bot: {name: "港松🏔️👨‍👩‍👧", nmae: x}') == [
        "config.yaml:1:26: unknown key 'nmae'. Did you mean 'name'?"
    ]


def test_a_mistake_deep_in_a_plugins_section_has_its_own_place(shop):
    shop.write("shop.py", SHOP)
    (error,) = shop.errors(
        """\
        plugins:
          shop:
            path: shop.py
            hours: {monday: [9, 18], sunday: [x]}
        """
    )
    assert error == "config.yaml:4:39: plugins.shop.hours.sunday.0: 'x' was found. Write a whole number."


SHOP = """
from pydantic import BaseModel
from botcore import Plugin

class Settings(BaseModel):
    hours: dict[str, list[int]] = {}

plugin = Plugin("shop", settings=Settings)
"""


def test_a_second_document_is_refused(shop):
    assert shop.errors("bot: {name: a}\n---\nbot: {name: b}\n") == [
        "config.yaml:2:1: a second document starts here. Keep one document in a file."
    ]


def test_a_missing_config_is_one_mistake(shop):
    assert shop.errors() == ["config.yaml:1:1: the file does not exist. Check its path and permissions."]


def test_a_folder_instead_of_a_file_is_one_mistake(shop):
    shop.config.mkdir()
    assert shop.errors() == [
        "config.yaml:1:1: the file cannot be read: Is a directory. Check its path and permissions."
    ]


def test_all_errors_travel_in_one_exception(shop):
    with pytest.raises(ConfigError) as caught:
        shop.gather("bot: {a: 1, b: 2}").require_good()
    assert [problem.column for problem in caught.value.problems] == [7, 13]
    assert str(caught.value).count("\n") == 1


def test_a_warning_keeps_nothing_from_starting(shop):
    gathered = shop.gather("flows: [flows.yaml]")
    assert [str(problem) for problem in gathered.warnings] == [
        "config.yaml:1:1: flows are read but not run by this version."
    ]
    gathered.require_good()


def test_relative_paths_start_at_the_file_that_names_them(shop, monkeypatch):
    shop.write("bots/one/words.yaml", "no_words: {en: Words please., zh: 请用文字。}")
    shop.write("bots/one/config.yaml", "texts: [words.yaml]\nbot: {nam: x}")
    shop.write("faq.yaml", "")
    from botcore.app import gather

    gathered = gather(shop.folder / "bots/one/config.yaml", {})
    assert gathered.knowing.texts.say("no_words", "en") == "Words please."
    assert str(gathered.errors[0]).startswith("bots/one/config.yaml:2:7:")


def test_did_you_mean_names_the_nearest_or_all_when_they_are_few():
    assert did_you_mean("qestions", ["questions", "answer"]) == "Did you mean 'questions'?"
    assert did_you_mean("zzz", ["b", "a"]) == "Known: a, b."
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("zzz", [f"{n}{n}" for n in range(30)]) == ""
