"""What a reader copies from a page works: configs, FAQ files, plugins with their examples, tests, commands.

A block with `<!-- file: PATH -->` above it is a file of the page's folder; YAML without it is a config of its own.
"""

from __future__ import annotations

import inspect
import json
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from botcore import read_yaml
from botcore.app import gather
from botcore.testing import TestBot

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:^<!-- (?P<kind>file|run): (?P<name>\S+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
SECRETS = {
    "SHOP_SECRET": "x" * 40,
    "SLACK_APP_TOKEN": "xapp-1-A",
    "SLACK_BOT_TOKEN": "xoxb-1-A",
    "SLACK_CLIENT_SECRET": "x" * 32,
    "SLACK_SIGNING_SECRET": "x" * 32,
    "TELEGRAM_TOKEN": "123456:" + "A" * 35,
}
RUN = ("check", "plugins", "models list")  # the commands that are cheap enough to be run
# What the pages' configs name and the pages do not show.
DEFAULTS = {
    "content/faq.yaml": "- {id: a, questions: {en: A?, zh: 甲？}, answer: {en: B., zh: 乙。}}\n",
    "content/faq/a.yaml": "- {id: a, questions: {en: A?, zh: 甲？}, answer: {en: B., zh: 乙。}}\n",
    "content/texts.yaml": "no_words: {en: Words please., zh: 请用文字。}\n",
    "hours.py": "from botcore import Plugin\nplugin = Plugin('hours')\n",
}


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    file: str
    run: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            found["language"],
            found["text"],
            found["name"] if found["kind"] == "file" else "",
            found["name"] if found["kind"] == "run" else "",
            text[: found.start()].count("\n") + 1,
        )
        for found in BLOCK.finditer(text)
    ]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(params=PAGES, ids=named)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def folder(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's files in it, as its reader has one."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    files = {block.file: block.text for block in blocks_of(page) if block.file}
    defaults = {} if any(name.startswith("content/") for name in files) else DEFAULTS
    for name, text in {**defaults, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def configs(page: Path) -> list[Block]:
    return [block for block in blocks_of(page) if block.language == "yaml" and block.file in ("", "config.yaml")]


TO_BE_MADE = "botcore train nlu --fine-tune"
"""The mend of a model that a page's command makes."""


def test_configs_have_no_mistakes(page, folder):
    for block in configs(page):
        (folder / "config.yaml").write_text(block.text, encoding="utf-8")
        gathered = gather(folder / "config.yaml")
        problems = [str(problem) for problem in gathered.problems if TO_BE_MADE not in problem.fix]
        assert problems == [], f"{named(page)}:{block.line}"


def plugin_sections(page: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Every plugin file of the page, with its section in the page's configs."""
    sections: dict[str, dict[str, Any]] = {}
    for block in configs(page):
        (folder / "read.yaml").write_text(block.text, encoding="utf-8")
        sections |= read_yaml(folder / "read.yaml").value.get("plugins") or {}
    written = [block for block in blocks_of(page) if block.file.endswith(".py") and "test_" not in block.file]
    files = [block.file for block in written if "@plugin.channel" not in block.text]
    known = {section.get("path"): section for section in sections.values() if section}
    return {file: {k: v for k, v in known.get(file, {}).items() if k != "path"} for file in files}


def test_plugins_answer_their_own_examples(page, folder):
    for file, settings in plugin_sections(page, folder).items():
        bot = TestBot(folder).load(file, **settings)
        try:
            bot.ask("hello")
            repertoire = bot._bot.gathered.knowing.repertoire
            assert repertoire.skills, file
            for skill in repertoire.skills.values():
                for example in skill.examples:
                    decided = bot.ask(example, user=example).commands[0]
                    assert (decided["command"], decided["target"]) == ("run_skill", skill.id), (file, example)
        finally:
            bot.close()


def test_tests_pass(page, folder):
    for block in blocks_of(page):
        if block.language != "python" or "def test_" not in block.text:
            continue
        scope: dict[str, Any] = {"__name__": "snippet"}
        exec(compile(block.text, f"{named(page)}:{block.line}", "exec"), scope)
        for name in [name for name in scope if name.startswith("test_")]:
            run_test(scope[name], folder, needs_encoder="encoder" in block.text)


def test_channels_keep_their_contract(page, folder):
    for block in blocks_of(page):
        if block.file and "(AdapterContract)" in block.text:
            command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", block.file]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)
            assert done.returncode == 0, done.stdout[-4000:]
            assert re.search(r"\b[3-9]\d passed", done.stdout)


def run_test(test: Any, folder: Path, *, needs_encoder: bool) -> None:
    from botcore.models.store import ModelStore

    if needs_encoder and not ModelStore().is_present("multilingual-e5-small"):
        pytest.skip("the encoder is not here: botcore models pull multilingual-e5-small")
    bot = TestBot(folder)
    given = {"bot": bot, "tmp_path": folder}
    try:
        test(**{name: given[name] for name in inspect.signature(test).parameters})
    finally:
        bot.close()


def test_other_code_can_be_read(page):
    for block in blocks_of(page):
        where = f"{named(page)}:{block.line}"
        if block.language == "python" and not block.text.startswith("def botcore_"):
            compile(block.text, where, "exec")
        elif block.language == "json":
            json.loads(block.text)
        elif block.language == "toml":
            tomllib.loads(block.text)


@pytest.mark.parametrize("page", [p for p in PAGES if "<!-- run: sign -->" in p.read_text("utf-8")], ids=named)
def test_identities_signed_as_shown_are_taken(page):
    from botcore_web.identity import Identities

    secret = SECRETS["SHOP_SECRET"]
    (block,) = [block for block in blocks_of(page) if block.run == "sign"]
    scope: dict[str, Any] = {}
    exec(block.text, scope)
    visitor = Identities(b"k" * 32, secret).from_jwt(scope["identity"]("u1", "Ann", secret))
    assert (visitor.user.id, visitor.user.name, visitor.user.verified) == ("u1", "Ann", True)


def shell_lines(page: Path) -> list[str]:
    lines = [line for block in blocks_of(page) if block.language == "sh" for line in block.text.split("\n")]
    return [line.removeprefix(".venv/bin/") for line in lines]


def command_at(words: list[str]) -> tuple[Any, list[str], str]:
    """The leaf command that the words lead to, the words after it, and its name."""
    from botcore.cli import app

    command: Any = typer.main.get_command(app)
    name = []
    while hasattr(command, "commands"):
        assert words, f"`botcore {' '.join(name)}` wants a verb"
        found = command.get_command(typer.Context(command), words[0])
        assert found is not None, f"there is no `botcore {' '.join([*name, words[0]])}`"
        name.append(words[0])
        command, words = found, words[1:]
    return command, words, " ".join(name)


def test_commands_exist_with_their_options(page, folder):
    for line in shell_lines(page):
        if not line.startswith("botcore "):
            continue
        words = shlex.split(line, comments=True)[1:]
        command, rest, name = command_at(words)
        parsed = command.make_context(name, list(rest), resilient_parsing=False)
        assert parsed.args == [], line
        if name in RUN:
            from botcore.cli import app

            result = CliRunner().invoke(app, words)
            assert result.exit_code == 0, f"{line}\n{result.output}"


def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    used = re.findall(r"(?:^|`|\s)make ([a-z-]+)(?=[`\s]|$)", "\n".join([*shell_lines(page), *inline_code(page)]))
    for target in used:
        assert re.search(rf"^{target}:", makefile, re.M), target


def inline_code(page: Path) -> list[str]:
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", BLOCK.sub("", page.read_text(encoding="utf-8")))


def test_commands_in_the_text_exist(page):
    for code in inline_code(page):
        if not re.match(r"(\.venv/bin/)?botcore [a-z]", code):
            continue
        words = re.sub(r"[\[\]]", " ", code).split()[1:]
        command, rest, _ = command_at([word for word in words if word != "..."])
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in rest if word.startswith("-")} <= known, code


def test_all_kinds_of_pages_are_looked_at():
    assert {"README.md", "README.zh-CN.md", "docs/admin/faq.md", "docs/zh/admin/faq.md"} <= {named(p) for p in PAGES}
    assert sum(bool(configs(page)) for page in PAGES) >= 8
    assert sum(bool(shell_lines(page)) for page in PAGES) >= 8
