"""The `botcore` command as admins and scripts use it."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botcore import ConfigError, Message, User
from botcore.app.evaluation import evaluate_faq
from botcore.delivery.options import Options
from botcore.delivery.sqlite import SqliteEngine

PLUGIN = """
from botcore import Plugin
plugin = Plugin("mine")

@plugin.skill(examples=["count", "数一数"])
async def count(turn):
    number = turn.conversation.memory.get("number", 0) + 1
    turn.remember("number", number)
    return f"number {number}"
"""
FAQ = """
- {id: web_hours, questions: {en: [opening hours of the web shop]}, answer: {en: Always.}}
- {id: store_hours, questions: {en: [opening hours of the big store]}, answer: {en: From ten.}}
"""
CONFIG = """
bot: {name: Ada, languages: [en]}
models: {encoder: none}
store: sqlite:///data/bot.db
channels: {web: {port: 0}}
plugins: {faq: {files: [faq.yaml]}, mine: {path: mine.py}}
"""


@pytest.fixture
def shop(shop):
    shop.write("config.yaml", CONFIG)
    shop.write("mine.py", PLUGIN)
    shop.write("faq.yaml", FAQ)
    return shop


# The command itself


def test_help_loads_neither_torch_nor_the_database(cli):
    code = (
        "import sys; from botcore.cli import app\n"
        "from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "heavy = {'torch', 'transformers', 'sqlalchemy', 'uvicorn', 'starlette', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=cli.folder)
    assert done.returncode == 0, done.stderr


def test_without_an_encoder_no_verb_loads_torch(shop, cli):
    code = (
        "import asyncio, sys; from pathlib import Path; from botcore.app import Bot, gather\n"
        "async def go():\n"
        "    bot = Bot(gather(Path('config.yaml')), store='sqlite://'); await bot.start(serve=False)\n"
        "    print((await bot.ask('count')).text); await bot.stop()\n"
        "asyncio.run(go()); assert 'torch' not in sys.modules; assert 'transformers' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=cli.folder)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "number 1"), done.stderr


def test_every_verb_explains_itself(cli):
    done = cli("--help")
    verbs = [line.split()[1] for line in done.stdout.splitlines() if re.match(r"^│ [a-z]", line)]
    assert {"run", "ask", "chat", "check", "plugins", "trace", "doctor", "models", "evaluate"} <= set(verbs)
    assert done.returncode == 0


@pytest.mark.parametrize("arguments", [("nope",), ("ask", "x", "--nope"), ("evaluate", "faq")])
def test_wrong_usage_is_exit_code_2_without_a_traceback(cli, arguments):
    done = cli(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", [("run",), ("ask", "x")])
def test_a_broken_config_is_exit_code_2_with_every_mistake(shop, cli, verb):
    shop.write("config.yaml", "bot: {nam: x}\nplugins: {nope: }\n")
    done = cli(*verb)
    assert done.returncode == 2
    assert done.stderr.splitlines()[:2] == [
        "config.yaml:1:7: unknown key 'nam'. Did you mean 'name'?",
        "config.yaml:2:11: no plugin named 'nope' is installed. Known: faq, slack, telegram, web."
        " A plugin of your own is named by its file: {path: ./nope.py}.",
    ]
    assert done.stderr.endswith("2 mistakes; nothing was started.\n")
    assert done.stdout == ""


# check


def test_check_is_silent_about_nothing_and_says_what_is_there(shop, cli):
    done = cli("check")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "Good: 2 answers, 1 skill, plugins and channels: faq, mine, web.\n",
        "",
    )


def test_check_prints_every_mistake_with_its_place(shop, cli):
    shop.write("config.yaml", CONFIG.replace("name: Ada", "nam: Ada") + "texts: [words.yaml]\n")
    shop.write("faq.yaml", FAQ.replace("answer: {en: Always.}", "anser: {en: Always.}"))
    done = cli("check")
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0] == "config.yaml:2:7: unknown key 'nam'. Did you mean 'name'?"
    assert any(line.startswith("config.yaml:7:9: words.yaml: the file does not exist.") for line in lines)
    assert any(line.startswith("faq.yaml:2:") and "anser" in line for line in lines)
    assert re.fullmatch(r"\d+ mistakes, \d+ warnings?s?\.", lines[-1])


def test_check_json_is_for_scripts(shop, cli):
    shop.write("config.yaml", "bot: {nam: x}")
    assert cli.json("check", code=2) == {
        "ok": False,
        "problems": [
            {
                "file": "config.yaml",
                "line": 1,
                "column": 7,
                "what": "unknown key 'nam'.",
                "fix": "Did you mean 'name'?",
                "severity": "error",
            }
        ],
    }


def test_check_writes_the_schema(shop, cli):
    done = cli("check", "--schema")
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    assert schema["title"] == "botcore config.yaml"
    assert "mine" in schema["properties"]["plugins"]["properties"]


def test_check_of_a_config_elsewhere_shows_paths_from_here(shop, cli):
    shop.write("bots/two/config.yaml", "bot: {nam: x}")
    done = cli("check", "-c", "bots/two/config.yaml")
    assert done.stdout.startswith("bots/two/config.yaml:1:7: unknown key 'nam'.")


# ask, trace


def test_ask_json_has_the_shape_that_scripts_rely_on(shop, cli):
    answer = cli.json("ask", "opening hours of the web shop")
    assert list(answer) == [
        "replies", "language", "intent", "score", "commands", "flow", "slots", "handed_over", "trace",
    ]  # fmt: skip
    assert answer["replies"] == [{"text": "Always.", "buttons": [], "source": "web_hours"}]
    assert (answer["language"], answer["intent"], answer["handed_over"]) == ("en", "web_hours", False)
    assert 0.5 < answer["score"] <= 1
    assert answer["commands"][0]["command"] == "answer"
    assert (answer["flow"], answer["slots"]) == (None, {})
    assert re.fullmatch(r"[0-9a-f]{8,}", answer["trace"])


def test_ask_shows_buttons_with_their_numbers(shop, cli):
    done = cli("ask", "opening hours of")
    assert done.stdout.splitlines()[:2] == ["Which of these do you mean?", "  1. opening hours of the web shop"]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("text", ["", "\udcff\udcfe 退货\u200b", "x" * 100_000])
def test_ask_bears_any_text(shop, cli, text):
    done = cli("ask", "--json", "--", text)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["replies"][0]["text"]


def test_ask_with_state_goes_on_and_trace_says_why(shop, cli):
    first, second = (cli.json("ask", "count", "--state", "kept") for _ in range(2))
    assert [first["replies"][0]["text"], second["replies"][0]["text"]] == ["number 1", "number 2"]
    assert cli.json("ask", "count", "--state", "kept", "--user", "b")["replies"][0]["text"] == "number 1"
    events = cli.json("trace", second["trace"][:8], "--state", "kept")
    assert [event["kind"] for event in events] == [
        "user", "understood", "decided", "skill_called", "remembered", "timed", "said",
    ]  # fmt: skip
    told = cli("trace", second["trace"], "--state", "kept").stdout
    assert "mine.count" in told
    assert "number 2" in told
    unknown = cli("trace", "ffffffffffff", "--state", "kept")
    assert (unknown.returncode, unknown.stderr) == (1, "No turn begins with 'ffffffffffff'.\n")


def test_trace_without_a_journal_is_exit_code_1_and_makes_none(shop, cli):
    nowhere = cli("trace", "ffff", "--state", "nowhere")
    assert nowhere.returncode == 1
    assert "There is no journal" in nowhere.stderr
    assert not (shop.folder / "nowhere").exists()


def test_trace_works_beside_a_running_bot(shop, cli):
    import httpx

    running = cli.start("run")
    try:
        assert running.stderr is not None
        url = ""
        while not url:
            line = running.stderr.readline()
            assert line, "the bot ended"
            found = re.search(r"Ada is ready: (http://\S+)", line)
            url = found.group(1) if found else ""
        with httpx.Client(base_url=url, timeout=20) as http:
            token = http.post("/web/sessions", json={}).json()["token"]
            headers = {"Authorization": f"Bearer {token}"}
            body = {"id": "6f1f9f4e-0000-4000-8000-000000000001", "text": "count"}
            assert http.post("/web/messages", json=body, headers=headers).status_code == 202
        turn = ""
        while not turn:
            line = running.stderr.readline()
            assert line, "the bot ended"
            found = re.search(r'"turn": "([0-9a-f]+)"', line)
            turn = found.group(1) if found else ""
        assert "said" in [event["kind"] for event in cli.json("trace", turn)]
        second = cli("run")
        assert second.returncode == 1
        assert "Another process has the journal" in second.stderr
    finally:
        running.terminate()
        running.communicate(timeout=30)
    assert running.returncode == 0


# plugins, models, doctor, evaluate


def test_plugins_shows_what_is_on_with_its_skills_and_what_is_off(shop, cli):
    shown = cli.json("plugins")
    assert [(row["name"], row["kind"], row["skills"]) for row in shown["on"]] == [
        ("faq", "plugin", []),
        ("mine", "plugin", ["mine.count"]),
        ("web", "channel", []),
    ]
    assert shown["problems"] == []


def test_models_list_json_knows_the_default(cli):
    rows = {row["name"]: row for row in cli.json("models", "list", "--store", "empty")}
    assert rows["multilingual-e5-small"]["kind"] == "encoder"
    assert rows["multilingual-e5-small"]["is_present"] is False
    assert rows["multilingual-e5-small"]["licence"] == "MIT"


def test_an_unknown_model_is_exit_code_1_with_a_mend(cli):
    done = cli("models", "pull", "multilingual-e5-smal", "--store", "empty")
    assert done.returncode == 1
    assert "multilingual-e5-small" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_the_good_the_doubtful_and_the_bad(shop, cli):
    found = cli.json("doctor")
    assert {"state": "warning", "what": "no encoder: only words are matched", "fix": "Set models.encoder."} in found
    assert any(row["what"].startswith("config.yaml: 2 answers") for row in found)
    shop.write("config.yaml", CONFIG.replace("Ada", "Ada, nope: 1"))
    assert any(row["state"] == "bad" and "nope" in row["what"] for row in cli.json("doctor", code=1))


CORPUS = """\
{"id": "returns", "texts": ["How do I return an item?", "怎么退货？"], "answers": ["Within 30 days."]}

{"id": "hours", "text": "When are you open?"}
"""
QUERIES = """\
{"id": 1, "text": "return an item\u2028please", "relevant": ["returns"]}
{"id": 2, "text": "when do you open", "relevant": "hours"}
{"id": 3, "text": "photosynthesis", "relevant": []}
"""


def evaluate(shop, cli, corpus: str = CORPUS, queries: str = QUERIES) -> subprocess.CompletedProcess[str]:
    shop.write("corpus.jsonl", corpus)
    shop.write("queries.jsonl", queries)
    return cli("evaluate", "faq", "--corpus", "corpus.jsonl", "--queries", "queries.jsonl", "--json")


def test_evaluate_faq_measures(shop, cli):
    done = evaluate(shop, cli)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["entries"], result["queries"]) == (2, 3)
    assert (result["recall_at_1"], result["recall_at_5"], result["mrr_at_10"]) == (1.0, 1.0, 1.0)
    assert (result["auroc"], result["declined"]) == (1.0, 1.0)
    assert result["ms_per_query"] > 0


@pytest.mark.parametrize(
    ("corpus", "queries", "expected"),
    [
        (CORPUS + "{broken", QUERIES, "corpus.jsonl:4:1: this is not JSON:"),
        (CORPUS + "[1]", QUERIES, "corpus.jsonl:4:1: this is no JSON object. One object a line."),
        (CORPUS + '{"text": "no id"}', QUERIES, "corpus.jsonl:4:1: the row has no `id` or no text."),
        (CORPUS + '{"id": "a", "texts": []}', QUERIES, "corpus.jsonl:4:1: the row has no `id` or no text."),
        (CORPUS + '{"id": "a"}', QUERIES, "corpus.jsonl:4:1: the row has no `text`."),
        (CORPUS, QUERIES + '{"id": 4, "text": "x"}', "queries.jsonl:4:1: the row has no `relevant`."),
        (CORPUS, QUERIES + '{"id": 4, "text": 5, "relevant": []}', "queries.jsonl:4:1: the row has no `text`."),
        (CORPUS, "[" * 100_000, "queries.jsonl:1:1: this is not JSON:"),
    ],
)
def test_a_bad_row_is_named_with_its_line(shop, corpus, queries, expected):
    files = shop.write("corpus.jsonl", corpus), shop.write("queries.jsonl", queries)
    with pytest.raises(ConfigError) as caught:
        evaluate_faq(*(file.relative_to(shop.folder) for file in files), None, "none")
    assert str(caught.value).startswith(expected)


def test_a_bad_row_is_exit_code_2(shop, cli):
    done = evaluate(shop, cli, CORPUS + "{broken")
    assert done.returncode == 2
    assert done.stderr.startswith("corpus.jsonl:4:1: this is not JSON:")
    assert "Traceback" not in done.stderr


# chat


def test_chat_through_a_pipe(shop, cli):
    done = cli("chat", stdin="count\n\nopening hours of\n2\ncount\n")
    assert done.returncode == 0, done.stderr
    said = [line.removeprefix("> ").removeprefix("> ") for line in done.stdout.splitlines()]
    assert said[0].startswith("Ada: ")
    for line in (
        "number 1",
        "Which of these do you mean?",
        "  2. opening hours of the big store",
        "From ten.  [store_hours]",
        "number 2",
    ):
        assert line in said, said
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_chat_in_a_terminal(shop, cli):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [cli.command, "chat"],
        cwd=cli.folder,
        env=cli.environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    seen = ""

    def until(text: str) -> None:
        nonlocal seen
        deadline = time.monotonic() + 30
        while text not in seen:
            assert time.monotonic() < deadline, seen
            if select.select([ours], [], [], 1)[0]:
                seen += os.read(ours, 4096).decode()
        seen = seen.partition(text)[2]

    try:
        until("Ada: ")
        until("> ")
        os.write(ours, b"count\r")
        until("number 1")
        until("> ")
        os.write(ours, b"\x04")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_the_module_and_the_script_are_one(cli):
    assert Path(cli.command).is_file()
    done = subprocess.run(
        [sys.executable, "-m", "botcore", "--help"], capture_output=True, text=True, timeout=60, env=cli.environ
    )
    assert (done.returncode, "Usage" in done.stdout) == (0, True), done.stderr


def test_doctor_looks_at_the_second_encoder_too(shop, cli, tmp_path, monkeypatch):
    models = {"encoder": "multilingual-e5-small", "second_encoder": "all-minilm-l6-v2", "store": str(tmp_path / "none")}
    config = shop.folder / "config.yaml"
    config.write_text(json.dumps({"models": models}), encoding="utf-8")
    missing = [row["what"] for row in cli.json("doctor") if "not here yet" in row["what"]]
    assert missing == ["model multilingual-e5-small is not here yet", "model all-minilm-l6-v2 is not here yet"]


def test_a_card_is_lines_in_the_terminal_and_data_in_json(cli, shop):
    shop.write(
        "lamps.py",
        """
        from botcore import Button, Card, Carousel, Fact, File, Image, Plugin, Reply
        plugin = Plugin("lamps")

        @plugin.skill(examples=["show me lamps"])
        async def lamps(turn):
            buttons = (Button("See", url="https://shop.example/f"), Button("Buy", "skill:lamps.buy"))
            card = Card("Fjord", "Oak.", Image("https://shop.example/f.jpg", "lamp"), (Fact("Price", "89"),), buttons)
            content = (Carousel((card,)), File("care.pdf"), Image("https://shop.example/all.jpg"))
            return Reply("Here:", (Button("More", "skill:lamps.lamps"),), content=content)
        """,
    )
    shop.write("config.yaml", "models: {encoder: none}\nplugins: {lamps: {path: lamps.py}}\n")
    done = cli("ask", "show me lamps")
    assert done.stdout.split("\n") == [
        "Here:",
        "  Fjord",
        "  Oak.",
        "  Price: 89",
        "  https://shop.example/f.jpg",
        "  See: https://shop.example/f",
        "  1. Buy",
        "  [care.pdf] care.pdf",
        "  https://shop.example/all.jpg",
        "  2. More",
        "",
    ]
    (reply,) = cli.json("ask", "show me lamps")["replies"]
    assert [part["kind"] for part in reply["content"]] == ["carousel", "file", "image"]
    assert reply["content"][0]["cards"][0]["facts"] == [{"label": "Price", "value": "89"}]
    assert reply["buttons"] == [{"label": "More", "value": "skill:lamps.lamps"}]


def test_what_was_given_up_is_shown_and_can_be_put_back_to_work(cli, shop):
    shop.write("config.yaml", "models: {encoder: none}\nstore: sqlite:///var/botcore.db\n")

    async def give_up() -> None:
        async def fail(claim):
            raise ValueError("no answer")

        buried = asyncio.Event()
        url = f"sqlite:///{shop.folder}/var/botcore.db"
        engine = SqliteEngine(url, Options(attempts=1), on_dead_letter=lambda letter: buried.set())
        await engine.start(fail)
        await engine.accept(Message("k1", "pigeon", "c", User("u"), "你好", datetime.now(UTC)))
        await buried.wait()
        await engine.bury("pigeon", "17", "no chat", {"update_id": 17, "text": "毒" * 100})
        await engine.stop()

    assert cli("letters", "--state", "nowhere").returncode == 1
    asyncio.run(give_up())
    shown = cli("letters").stdout
    assert "channel pigeon:17: no chat" in shown
    assert "inbox k1: Tried 1 times. Last: ValueError: no answer" in shown
    unread, message = cli.json("letters")
    assert unread["body"]["update_id"] == 17
    refused = cli("letters", "--replay", unread["id"])
    assert (refused.returncode, "no dead letter" in refused.stderr) == (1, True)
    assert cli("letters", "--replay", message["id"]).returncode == 0
    assert [letter["key"] for letter in cli.json("letters")] == ["pigeon:17"]
