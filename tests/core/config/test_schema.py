"""The JSON Schema by which editors complete and underline `config.yaml`."""

from __future__ import annotations

import copy
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from botcore.app import gather
from botcore.app.schema import config_schema
from botcore.plugins import Plugins

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def validator():
    schema = config_schema(Plugins())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def config():
    """The repository's config as an editor reads it."""
    return YAML(typ="safe", pure=True).load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def test_the_repositorys_config_is_accepted(validator, config):
    assert [error.message for error in validator.iter_errors(config)] == []
    assert gather(ROOT / "config.yaml").errors == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("bott",), {}),
        (("bot", "nmae"), "x"),
        (("models", "device"), "gpu"),
        (("models", "threads"), -1),
        (("knowledge", "answer_from"), 2),
        (("channels", "webb"), {}),
        (("channels", "web", "prot"), 1),
        (("channels", "web", "port"), 99999),
        (("plugins", "faq", "file"), []),
        (("plugins", "faqs"), {"files": ["a"]}),
        (("logging",), {"level": "loud"}),
    ],
)
def test_a_misspelt_config_is_refused(validator, config, path, value):
    wrong = copy.deepcopy(config)
    inner = wrong
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    assert not validator.is_valid(wrong)


def test_installed_plugins_are_described_before_the_config_names_them(validator):
    properties = validator.schema["properties"]
    assert "files" in str(properties["plugins"]["properties"]["faq"])
    assert "identity_secret" in str(properties["channels"]["properties"]["web"])
    assert validator.is_valid({"plugins": {"mine": {"path": "./mine.py", "anything": [1]}}})


def test_what_the_bot_fills_in_itself_is_not_offered(validator):
    properties = validator.schema["properties"]
    for section in (properties["plugins"]["properties"]["faq"], properties["channels"]["properties"]["web"]):
        assert "base_dir" not in section["anyOf"][0]["properties"]


def test_a_plugin_of_ones_own_is_described_with_its_settings(shop):
    shop.write("shop.py", OWN)
    gathered = shop.gather("plugins: {shop: {path: shop.py, hours: {open: 9}}}")
    schema = config_schema(gathered.plugins)
    section = schema["properties"]["plugins"]["properties"]["shop"]
    assert "hours" in str(section)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"plugins": {"shop": {"path": "shop.py", "hours": {"open": 9}}}})
    assert not validator.is_valid({"plugins": {"shop": {"path": "shop.py", "hours": {"open": "late"}}}})


OWN = """
from pydantic import BaseModel, ConfigDict
from botcore import Plugin

class Hours(BaseModel):
    open: int

class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    hours: Hours

plugin = Plugin("shop", settings=Settings)
"""
