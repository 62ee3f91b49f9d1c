"""The section `nlu`: labelled messages join skills and answers, mistakes have a line and a mend, edits go live."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]
CONFIG = """
models: {encoder: none}
plugins: {faq: {files: [faq.yaml]}, mine: {path: mine.py}}
nlu: {examples: ["examples/*.*"]}
logging: {level: error}
"""
FAQ = "- {id: hours, questions: {en: [when are you open], zh: [几点开门]}, answer: {en: From ten., zh: 十点。}}\n"
PLUGIN = """
from botcore import Plugin
plugin = Plugin("mine")

@plugin.skill(examples=["track order"])
async def track(turn):
    return "Tracking."
"""
ROWS = "mine.track:\n- where is my parcel\n- 我的包裹到哪了\nhours:\n- do you work on Sundays\n"


@pytest.fixture
def shop(shop):
    shop.write("config.yaml", CONFIG)
    shop.write("faq.yaml", FAQ)
    shop.write("mine.py", PLUGIN)
    shop.write("examples/a.yaml", ROWS)
    return shop


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("where is my parcel", "Tracking."),
        ("我的包裹到哪了", "Tracking."),
        ("do you work on Sundays", "From ten."),
        ("track order", "Tracking."),
    ],
)
async def test_labelled_messages_are_phrasings_of_skills_and_answers_even_without_an_encoder(shop, text, answer):
    async with shop.running() as bot:
        assert (await bot.ask(text)).text == answer


async def test_without_the_file_the_same_message_is_not_known(shop):
    shop.write(
        "config.yaml", CONFIG.replace("examples:", "# ").replace('["examples/*.*"]}', "\n  in_scope_from: 0.05}")
    )
    async with shop.running() as bot:
        assert (await bot.ask("where is my parcel")).commands[0]["command"] == "not_understood"


def test_all_three_forms_are_read_in_the_order_of_their_names(shop):
    shop.write("examples/b.jsonl", '{"text": "any news of my parcel", "intent": "mine.track"}\n')
    shop.write("examples/c.csv", "text,intent\nparcel?,mine.track\n")
    gathered = shop.gather()
    assert gathered.problems == []
    assert [row.text for row in gathered.examples][-2:] == ["any news of my parcel", "parcel?"]
    assert gathered.examples[-1].place == "examples/c.csv:2"


def test_an_intent_that_nothing_carries_out_is_a_warning_with_its_line(shop):
    shop.write("examples/b.yaml", "mine.track:\n- a\n- b\nmine.trak:\n- c\n- d\nweather:\n- e\noos:\n- f\n")
    gathered = shop.gather()
    assert gathered.errors == []
    assert [str(problem) for problem in gathered.warnings] == [
        "examples/b.yaml:5:1: the intent 'mine.trak' belongs to no skill or FAQ entry. Did you mean 'mine.track'?",
        "examples/b.yaml:8:1: the intent 'weather' belongs to no skill or FAQ entry."
        " Name a skill or FAQ entry; without one it is only recognised.",
    ]


@pytest.mark.parametrize("named", ["nothing.yaml", "nothing/*.jsonl", "/nowhere/at/all.csv", "", "[", "exampels/*"])
def test_a_file_that_is_not_there_is_a_mistake_of_its_line(shop, named):
    (problem,) = shop.errors(CONFIG.replace("examples/*.*", named))
    assert problem.startswith("config.yaml:4:18: ")
    assert named in problem
    assert problem.endswith(("Check the path.", "Check its path and permissions."))


def test_every_bad_row_is_told_at_once_with_line_and_mend(shop):
    shop.write("examples/b.jsonl", '{"text": "fine", "intent": "hours"}\n{"text": ""}\nnot json\n{"intent": "hours"}\n')
    shop.write("examples/c.csv", "text,intnt\na,b\n")
    problems = shop.errors()
    assert [problem.partition(" ")[0].rpartition(":")[0].rpartition(":")[0] for problem in problems] == [
        "examples/b.jsonl:2",
        "examples/b.jsonl:2",
        "examples/b.jsonl:3",
        "examples/b.jsonl:4",
        "examples/c.csv:1",
        "examples/c.csv:1",
    ]
    assert all(problem.endswith((".", "?")) for problem in problems)
    assert "Did you mean 'intent'?" in problems[4]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("{entities: {code: {pattern: '['}}}", "RE2 cannot read the pattern: missing ]"),
        ("{entities: {code: {}}}", "Give `values`, a `file` or a `pattern`."),
        ("{entities: {code: {file: nothing.csv}}}", "nothing.csv"),
        ("{model: nowhere}", "nlu.model: there is no folder 'nowhere'. Make it with botcore train nlu --fine-tune"),
        ("{in_scope_from: 2}", "in_scope_from"),
        ("{exampels: []}", "Did you mean 'examples'?"),
    ],
)
def test_mistakes_in_the_section_have_their_line_and_a_mend(shop, section, told):
    (problem,) = shop.errors(CONFIG.partition("nlu:")[0] + f"nlu: {section}\n")
    assert problem.startswith("config.yaml:4:")
    assert told in problem


@pytest.mark.parametrize(("adapter", "is_known"), [("none", True), ("customer-service", True), ("costumer", False)])
def test_an_unknown_adapter_is_a_mistake_of_its_line(shop, adapter, is_known):
    problems = shop.errors(CONFIG.replace("encoder: none", f"encoder: none, adapter: {adapter}"))
    known = "Known are none, customer-service."
    told = [f"config.yaml:2:34: models.adapter: There is no adapter 'costumer'. {known}"]
    assert problems == ([] if is_known else told)


async def until_said(bot, text: str, answer: str) -> None:
    async with asyncio.timeout(20):
        while (await bot.ask(text)).text != answer:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_good_edit_of_labelled_messages_goes_live_and_a_bad_one_changes_nothing(shop):
    shop.write("config.yaml", CONFIG + "channels: {web: {port: 0}}\n")
    async with shop.running(serve=True) as bot:
        assert (await bot.ask("any news of my box")).commands[0]["command"] == "not_understood"
        shop.replace("examples/a.yaml", ROWS + "- is the shop shut now\n")
        await until_said(bot, "is the shop shut now", "From ten.")
        shop.write("examples/new.csv", "text,intent\nany news of my box,mine.track\n")
        await until_said(bot, "any news of my box", "Tracking.")
        shop.replace("examples/a.yaml", "mine.track: [unclosed\n")
        await asyncio.sleep(1)
        assert (await bot.ask("is the shop shut now")).text == "From ten."
        shop.replace("examples/a.yaml", ROWS + "- are you there at night\n")
        await until_said(bot, "are you there at night", "From ten.")


async def test_entities_of_the_config_are_found_without_an_encoder_and_go_live_on_reload(shop):
    shop.write(
        "mine.py", PLUGIN.replace('"Tracking."', "str([(e.kind, e.value) for e in turn.understanding.entities])")
    )
    config = CONFIG.partition("nlu:")[0] + "channels: {web: {port: 0}}\nknowledge: {answer_from: 0.01}\n"
    shop.write("config.yaml", config + 'nlu: {entities: {code: {pattern: "[A-Z]{2}[0-9]{6}"}}}\n')
    async with shop.running(serve=True) as bot:
        assert (await bot.ask("track order AB123456")).text == "[('code', 'AB123456'), ('order_id', 'AB123456')]"
        shop.replace("config.yaml", config + "nlu: {entities: {colour: {values: {red: [crimson]}}}}\n")
        await until_said(bot, "track order crimson", "[('colour', 'red')]")
