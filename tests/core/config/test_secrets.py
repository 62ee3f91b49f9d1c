"""`${NAME}` and `${file:PATH}`: looked up once, and never shown again."""

from __future__ import annotations

import json

import pytest

from botcore.config import load_config

CANARY = "canary-7f3a9c1e"


def load(shop, content, environ=None):
    shop.write("config.yaml", content)
    return load_config(shop.config, {"KEY": CANARY} if environ is None else environ)


def test_a_reference_becomes_its_value_and_dollars_can_be_written(shop):
    loaded = load(shop, "bot: {name: '$$5 ${KEY} $x ${ KEY }'}")
    assert loaded.config.bot.name == f"$5 {CANARY} $x {CANARY}"
    assert load(shop, "bot: {name: '$${KEY}'}").config.bot.name == "${KEY}"


def test_what_a_secret_contains_is_not_looked_up_again(shop):
    assert load(shop, "bot: {name: '${KEY}'}", {"KEY": "${OTHER} $$"}).config.bot.name == "${OTHER} $$"


def test_a_secret_file_is_read_without_its_line_end(shop):
    shop.write("key.txt", f"{CANARY}\n").chmod(0o600)
    loaded = load(shop, "bot: {name: '${file:key.txt}'}")
    assert loaded.config.bot.name == CANARY
    assert loaded.problems == []


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), (b"\xff\xfe\x00", "it is not UTF-8")]
)
def test_a_secret_file_that_cannot_be_read_is_a_mistake(shop, content, reason):
    if content is not None:
        shop.write("key.txt", content).chmod(0o600)
    (problem,) = load(shop, "bot:\n  name: ${file:key.txt}").problems
    assert str(problem) == f"config.yaml:2:9: the secret file key.txt cannot be read: {reason}. Check its path."


@pytest.mark.parametrize(
    "content",
    [
        "bot: {time_zone: '${KEY}'}",
        "bot: {languages: ['${KEY}']}",
        "store: '${KEY}'",
        "store: '${KEY}://x'",
        "models: {device: '${KEY}'}",
        "models: {encoder: '${KEY}'}",
        "models: {threads: '${KEY}'}",
        "models: {scenarios: {rephrase: ['${KEY}']}}",
        "models: {generators: {big: {backend: openai, api_key: '${KEY}', nope: 1}}}",
        "channels: {web: {identity_secret: '${KEY}'}}",
        "channels: {web: {origins: ['${KEY}']}}",
        "channels: {web: {colour: '${KEY}', port: '${KEY}'}}",
        "plugins: {faq: {files: ['${KEY}.yaml']}}",
        "plugins: {mine: {path: '${KEY}.py'}}",
        "texts: ['${KEY}.yaml']",
        "'${KEY}': 1",
        "bot: {name: '${KEY}', x: 1}",
    ],
)
def test_no_mistake_shows_a_secret(shop, content):
    shop.environ = {"KEY": CANARY}
    gathered = shop.gather(content)
    assert gathered.problems
    assert CANARY not in "\n".join(map(str, gathered.problems))


def test_short_secrets_are_hidden_where_they_stand(shop):
    shop.environ = {"KEY": "ab1"}
    for content in ("bot: {time_zone: '${KEY}'}", "models: {device: '${KEY}'}", "store: '${KEY}'"):
        assert "ab1" not in "\n".join(shop.errors(content))


def test_no_repr_shows_a_secret(shop):
    shop.environ = {"KEY": CANARY}
    shop.write("tool.py", TOOL)
    gathered = shop.gather(
        """\
        models: {generators: {big: {backend: openai, api_key: "${KEY}"}}}
        channels: {web: {port: 0, identity_secret: "${KEY}${KEY}${KEY}"}}
        plugins: {tool: {path: tool.py, token: "${KEY}"}}
        """
    )
    assert not gathered.errors
    assert gathered.config.models.generators["big"].api_key == CANARY
    for shown in (gathered, gathered.loaded, gathered.config, gathered.loaded.document, gathered.plugins.loaded):
        assert CANARY not in repr(shown), type(shown)
        assert CANARY not in str(shown), type(shown)
    assert repr(gathered.loaded.secrets) == "<Secrets: 1>"


TOOL = """
from pydantic import BaseModel
from botcore import Plugin

class Settings(BaseModel):
    token: str

plugin = Plugin("tool", settings=Settings)
"""


def test_the_schema_shows_no_secret(shop):
    from botcore.app.schema import config_schema

    shop.environ = {"KEY": CANARY}
    gathered = shop.gather("models: {generators: {big: {backend: openai, api_key: '${KEY}'}}}")
    assert CANARY not in json.dumps(config_schema(gathered.plugins))


def test_redaction_takes_every_secret_out_of_a_text(shop):
    secrets = load(shop, "bot: {name: '${A}${B}'}", {"A": "first-secret", "B": "second-secret"}).secrets
    assert secrets.redact("x first-secret y second-secret first-secret") == "x *** y *** ***"


def test_a_secret_that_contains_another_is_hidden_whole(shop):
    secrets = load(shop, "bot: {name: '${A}${B}'}", {"A": "secret", "B": "secret-and-more"}).secrets
    assert secrets.redact("secret-and-more") == "***"
