"""Nothing that a reader looks up is missing or out of date: keys, hooks, commands, metrics, texts, events, tables.

Tables stand between `<!-- NAME -->` and `<!-- end of NAME -->`; both languages have the same rows.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from botcore.config.yaml_source import parse_yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BOTH = ("docs", "docs/zh")
CODE = re.compile(r"`([^`]+)`")


def read(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def table(text: str, name: str) -> list[list[str]]:
    """The cells of the table's rows; all tables of the part, if there are several."""
    part = text.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in part.split("\n") if line.startswith("|")
    ]
    heads = {i - 1 for i, row in enumerate(rows) if set("".join(row)) <= set("-: |")}
    return [row for i, row in enumerate(rows) if i not in heads and i - 1 not in heads]


def names(rows: list[list[str]]) -> list[str]:
    return [name for row in rows for name in CODE.findall(row[0])]


def config_keys() -> dict[str, Any]:
    """Every key of the schema with its default; None where there is none."""
    from botcore.app.schema import config_schema
    from botcore.plugins import Plugins

    schema = config_schema(Plugins())
    found: dict[str, Any] = {"channels.NAME.file": None, "plugins.NAME.path": None}

    def walk(node: dict[str, Any], path: str) -> None:
        if "$ref" in node:
            node = {**schema["$defs"][node["$ref"].rpartition("/")[2]], **node}
        parts = [node, *node.get("anyOf", [])]
        parts = [schema["$defs"][p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in parts]
        inner = {name: child for part in parts for name, child in part.get("properties", {}).items()}
        if not inner:
            found[path] = node.get("default")
        for name, child in inner.items():
            if not (path.startswith("plugins.") and name == "path"):
                walk(child, f"{path}.{name}" if path else name)

    walk(schema, "")
    return found


def as_text(value: Any) -> Any:
    """The value as YAML's plain text has it, so that a default on a page can be compared."""
    if isinstance(value, dict):
        return {str(key): as_text(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_text(child) for child in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("docs", BOTH)
def test_every_config_key_is_documented_with_its_default(docs):
    rows = table(read(docs, "admin/configuration.md"), "keys")
    keys = config_keys()
    assert sorted(names(rows)) == sorted(keys)
    for row in rows:
        (key,) = CODE.findall(row[0])
        shown = CODE.findall(row[2])
        if keys[key] is None:
            assert shown == [], key
        else:
            assert [parse_yaml(each.encode(), key).value for each in shown] == [as_text(keys[key])], key
        assert row[1], f"{key} has no type"
        assert row[3], f"{key} has no meaning"


def test_every_hook_has_a_heading_and_its_signature():
    from botcore.hookspecs import HookSpecs

    text = read("docs/plugins/hooks.md")
    hooks = {name: function for name, function in vars(HookSpecs).items() if name.startswith("botcore_")}
    assert re.findall(r"^### (\w+)$", text, re.M) == list(hooks)
    for name, function in hooks.items():
        section = text.split(f"### {name}\n")[1].split("\n### ")[0]
        signature = str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()").replace("'", "")
        assert f"def {name}{signature}\n" in section
        assert len(section.split("```")[2].strip()) > 40, f"{name}: say when it is asked"


def leaf_commands() -> dict[str, Any]:
    from botcore.cli import app

    found: dict[str, Any] = {}

    def walk(command: Any, name: str) -> None:
        context = typer.Context(command)
        for verb in command.list_commands(context):
            child = command.get_command(context, verb)
            if hasattr(child, "commands"):
                walk(child, f"{name} {verb}")
            else:
                found[f"{name} {verb}"] = child

    walk(typer.main.get_command(app), "botcore")
    return found


@pytest.mark.parametrize("docs", BOTH)
def test_every_command_is_documented_with_all_options(docs):
    shown = {}
    for row in table(read(docs, "admin/operating.md"), "commands"):
        (code,) = CODE.findall(row[0])
        words = re.sub(r"[\[\]]", " ", code).split()
        shown[" ".join(word for word in words if re.fullmatch("[a-z][a-z-]*", word))] = {
            w for w in words if w[0] == "-"
        }
    commands = leaf_commands()
    assert sorted(shown) == sorted(commands)
    for name, command in commands.items():
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert shown[name] & set(parameter.opts), f"{name} {parameter.opts}"
        known = {option for parameter in command.params for option in parameter.opts}
        assert shown[name] <= known, name


def calls(*methods: str) -> list[ast.Call]:
    """All calls of these methods in our code."""
    files = [file for part in ("botcore", "adapters", "plugins") for file in (ROOT / part).rglob("*.py")]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    found = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if isinstance(call.func, ast.Attribute) and call.func.attr in methods]


def metrics_in_code() -> set[str]:
    found = set()
    for call in calls("count", "gauge", "seconds", "observe"):
        of = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if not of.endswith(("metrics", "host", "_host")) or not call.args:
            continue
        match call.args[0]:
            case ast.Constant(value=str(name)):
                found.add(name)
            case ast.BinOp(right=ast.Constant(value="_total")):  # the kinds of failures
                found |= {"plugin_failed_total", "turn_failed_total"}
    return {f"botcore_{name}" for name in found}


@pytest.mark.parametrize("docs", BOTH)
def test_every_metric_is_documented(docs):
    rows = table(read(docs, "admin/operating.md"), "metrics")
    assert {re.sub(r"\{.*", "", name) for name in names(rows)} == metrics_in_code()


@pytest.mark.parametrize("docs", BOTH)
def test_every_event_of_the_log_is_documented(docs):
    events = {"plugin_failed", "turn_failed"}
    for call in calls("info", "warning", "error"):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant) and re.fullmatch("[a-z_]+", str(first.value)):
            events.add(str(first.value))
    assert set(names(table(read(docs, "admin/operating.md"), "events"))) == events


@pytest.mark.parametrize("docs", BOTH)
def test_every_text_is_documented(docs):
    texts = parse_yaml((ROOT / "botcore/nlg/texts.yaml").read_bytes(), "texts").value
    assert names(table(read(docs, "admin/faq.md"), "texts")) == list(texts)


@pytest.mark.parametrize("docs", BOTH)
def test_every_attribute_of_the_widget_is_documented(docs):
    rows = table(read(docs, "admin/web-chat.md"), "attributes")
    source = read("adapters/botcore_web/static/widget/main.js")
    used = set(re.findall(r"\bdataset\.([a-zA-Z]+)", source)) | {"identity", "userId", "userHash"}
    used -= {"state"}
    assert set(names(rows)) - {"en", "zh"} >= {"data-" + re.sub("([A-Z])", r"-\1", name).lower() for name in used}


def test_every_feature_of_retrieval_is_documented():
    from botcore.knowledge.features import NAMES

    assert sorted(names(table(read("docs/internals/retrieval.md"), "features"))) == sorted(NAMES)


def test_every_table_of_the_journal_is_documented():
    from botcore.store.tables import metadata

    assert sorted(names(table(read("docs/internals/delivery.md"), "tables"))) == sorted(metadata.tables)


def test_the_layers_are_those_that_are_enforced():
    contract = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    layers = [re.split(r" \| ", layer) for layer in contract["layers"]]
    shown = [CODE.findall(row[0]) for row in table(read("docs/internals/architecture.md"), "layers")]
    assert [sorted(layer) for layer in shown] == [sorted(layer) for layer in layers]


def test_every_direct_dependency_is_explained():
    wanted = tomllib.loads(read("pyproject.toml"))["project"]["dependencies"]
    rows = table(read("docs/internals/dependencies.md"), "dependencies")
    assert names(rows) == sorted(re.match(r"[\w.-]+", each)[0] for each in wanted)
    assert all(all(row) for row in rows)


@pytest.mark.parametrize(
    "page", ["configuration", "entities", "faq", "web-chat", "telegram", "operating", "training", "understanding"]
)
def test_twins_have_the_same_shape(page):
    """As many headings, tables, blocks and pictures, in the same order."""
    shapes = []
    for docs in BOTH:
        lines = read(docs, f"admin/{page}.md").split("\n")
        marks = [re.match(r"(#+ |\| -|```\w*|!\[|- |<!-- .*-->)", line) for line in lines]
        shapes.append([mark[0] for mark in marks if mark])
    assert [m.replace(".zh.md", ".en.md") for m in shapes[1]] == shapes[0]


def test_the_readmes_have_the_same_shape():
    shapes = []
    for page in ("README.md", "README.zh-CN.md"):
        marks = [re.match(r"(#+ |\| -|```\w*|!\[)", line) for line in read(page).split("\n")]
        shapes.append([mark[0] for mark in marks if mark])
    assert shapes[0] == shapes[1]
