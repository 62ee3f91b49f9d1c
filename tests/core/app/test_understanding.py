"""What a bot with an encoder makes of messages: labelled ones, entities, several wishes, people, what lies outside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botcore.app import Bot, gather
from botcore.app.bot import IN_MEMORY
from botcore.app.explain import explain
from botcore.knowledge.index import Index
from botcore.knowledge.items import items_of
from botcore.messages import Message, User
from botcore.nlu.understand import Understander
from botcore.understanding import Understanding

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]
CONFIG = """
bot: {name: Harbour & Pine, languages: [en, zh]}
plugins: {faq: {files: [faq.yaml]}, mine: {path: mine.py}}
knowledge: {own_names: [Harbour & Pine]}
nlu:
  examples: ["examples/*.yaml"]
  entities:
    size: {values: {small: [S, 小号], large: [L, 大号]}}
    order: {pattern: "[A-Z]{2}[0-9]{6}"}
"""
FAQ = """
- id: hours
  questions: {en: [When are you open?, What are your opening hours?], zh: [几点开门？, 营业时间是什么时候？]}
  answer: {en: From ten to nine., zh: 十点到二十一点。}
- id: parking
  questions: {en: [Where can I park?, Is there a car park?], zh: [哪里可以停车？, 有停车场吗？]}
  answer: {en: Behind the house., zh: 屋后有停车场。}
- id: shipping
  questions: {en: [How much is delivery?, What does shipping cost?], zh: [运费多少钱？, 包邮吗？]}
  answer: {en: Twelve yuan., zh: 运费十二元。}
- id: returns
  questions: {en: [How do I return an item?, Can I send it back?], zh: [怎么退货？, 可以退吗？]}
  answer: {en: Within 30 days., zh: 三十天内可退。}
"""
PLUGIN = """
from botcore import Plugin
plugin = Plugin("mine")

@plugin.skill(examples=["track order", "查订单"])
async def track(turn):
    return "Tracking " + ", ".join(f"{e.kind}={e.value}" for e in turn.understanding.entities)

@plugin.skill(examples=["change address", "改地址"])
async def move(turn):
    return "Moving " + ", ".join(f"{e.kind}={e.text}" for e in turn.understanding.entities)
"""
EXAMPLES = """
mine.track:
  - where is my parcel
  - I ordered on Monday and have heard nothing since
  - has it been sent yet
  - the courier did not come
  - 我的包裹到哪了
  - 周一下的单，一直没消息
  - 东西寄出来了没有
mine.move:
  - "send it to [Hamburg](city) instead"
  - "I moved, please ship to [Berlin](city)"
  - "deliver to [Paris](city) and not to my old flat"
  - "the parcel should go to [Lisbon](city)"
  - "my new address is in [Rome](city)"
  - "please change the address to [Vienna](city)"
  - "改寄到[北京](city)"
  - "请把包裹送到[上海](city)"
  - "我搬家了，寄到[广州](city)吧"
  - "收货地址换成[深圳](city)"
"""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "examples").mkdir()
    for name, content in {
        "config.yaml": CONFIG,
        "faq.yaml": FAQ,
        "mine.py": PLUGIN,
        "examples/orders.yaml": EXAMPLES,
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
async def bot(folder) -> AsyncIterator[Bot]:
    """One bot for all tests here: it trains its heads when it starts."""
    bot = Bot(gather(folder / "config.yaml"), store=IN_MEMORY)
    await bot.start(serve=False)
    yield bot
    await bot.stop(drain_s=1)


@pytest.fixture
def understand(bot):
    understander = Understander(bot.config.bot.languages, lambda: bot.index, bot.encoder, lambda: bot.trained)

    async def understand(text: str) -> Understanding:
        return await understander.understand(Message("k", "cli", "c", User("u"), text, datetime.now(UTC)))

    return understand


# Labelled messages


@pytest.mark.parametrize("text", ["I ordered last week and have heard nothing since", "上周下的单，一直没有消息"])
async def test_a_skill_is_found_by_labelled_messages_that_are_nothing_like_its_own_examples(bot, understand, text):
    read = bot.index.read(text)
    (encoded,) = bot.encoder.encode_many([read])
    repertoire = bot.gathered.knowing.repertoire
    alone = Index.build(items_of(repertoire.entries.values(), repertoire.skills.values()), bot.encoder)
    before = {match.id: match.score for match in alone.search(read, encoded)}
    understood = await understand(text)
    assert understood.intent == "mine.track"
    assert understood.score > before.get("mine.track", 0) + 0.2


async def test_heads_are_kept_beside_the_journal_and_taken_again(bot, folder):
    from botcore.app.heads import make_heads

    cache = Bot.heads_folder(bot.gathered)
    assert folder in cache.parents
    kept = {file: file.stat().st_mtime_ns for file in cache.glob("*.safetensors")}
    assert len(kept) == 2
    again = make_heads(bot.gathered, bot.encoder, cache)
    assert "trained" not in again.report
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    assert again.trained.intents.intents == ("mine.move", "mine.track")


async def test_a_damaged_head_is_trained_again(bot, tmp_path):
    from botcore.app.heads import INTENTS_FILE, make_heads

    (tmp_path / INTENTS_FILE).write_bytes(b"damaged")
    gathered = replace(
        bot.gathered, examples=[replace(row, spans=(), has_slots=False) for row in bot.gathered.examples]
    )
    assert make_heads(gathered, bot.encoder, tmp_path).report["trained"] is True
    assert "trained" not in make_heads(gathered, bot.encoder, tmp_path).report


async def test_a_folder_that_cannot_be_written_only_costs_time(bot, tmp_path):
    from botcore.app.heads import make_heads

    (tmp_path / "file").write_text("no folder")
    made = make_heads(replace(bot.gathered, examples=bot.gathered.examples[:7]), bot.encoder, tmp_path / "file")
    assert made.trained.entities is not None


# Entities and slots


async def test_entities_of_the_config_reach_the_skill_and_the_trace(bot):
    assert (await bot.ask("please send it to Berlin instead")).text == "Moving place=Berlin, city=Berlin"
    answer = await bot.ask("AB123456, size 大号")
    (event,) = [e for e in await bot.engine.trace(answer.trace) if e.kind == "understood"]
    shown = {(entity["kind"], entity["text"], entity["by"]) for entity in event.body["entities"]}
    assert {("order", "AB123456", "pattern"), ("size", "大号", "list")} <= shown


@pytest.mark.parametrize(
    "text",
    [
        "send it to Oslo instead please",
        "Harbour & Pine, please send it to Oslo instead",
        "Please, Harbour & Pine: send it to Oslo instead, Harbour & Pine!",
        "ｐｌｅａｓｅ ｓｅｎｄ ｉｔ ｔｏ Ｏｓｌｏ ｉｎｓｔｅａｄ",
        "  \u200bsend  it\tto\u00a0Oslo   instead ",
        "🙂🙂 send it to Oslo instead 🙂",
    ],
)
async def test_slots_stand_where_they_are_in_what_the_user_wrote(understand, text):
    understood = await understand(text)
    (city,) = [entity for entity in understood.entities if entity.kind == "city"]
    assert text[city.start : city.end] == city.text
    assert city.text in ("Oslo", "Ｏｓｌｏ")
    assert city.by == "learned"
    assert 0 < city.score <= 1


async def test_slots_of_chinese_messages_stand_at_their_characters(understand):
    text = "我是Harbour & Pine的客户，请改寄到上海"
    cities = [entity for entity in (await understand(text)).entities if entity.kind == "city"]
    assert [(city.text, city.start) for city in cities] == [("上海", text.index("上海"))]


# Several wishes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("When are you open, and where can I park?", "From ten to nine.\nBehind the house."),
        ("Where can I park? Also, when are you open?", "Behind the house.\nFrom ten to nine."),
        ("几点开门？另外运费多少钱？", "十点到二十一点。\n运费十二元。"),
        ("运费多少钱，还有几点开门", "运费十二元。\n十点到二十一点。"),
        ("Ｗｈｅｎ ａｒｅ ｙｏｕ ｏｐｅｎ？ Where can I park?", "From ten to nine.\nBehind the house."),
    ],
)
async def test_two_wishes_in_one_message_are_both_answered_in_their_order(bot, text, wanted):
    answer = await bot.ask(text)
    assert answer.text == wanted
    assert len(answer.commands) == 2
    assert [command["target"] for command in answer.commands] == [
        {"From": "hours", "Beh": "parking", "十点": "hours", "运费": "shipping"}[
            re.match("From|Beh|十点|运费", line)[0]
        ]
        for line in wanted.split("\n")
    ]


async def test_the_parts_of_a_message_are_cut_from_what_the_user_wrote(understand):
    text = " Ｗｈｅｎ　ａｒｅ you open？  Also, where can\u200b I park?"
    parts = (await understand(text)).parts
    assert [text[part.start : part.end] for part in parts] == ["Ｗｈｅｎ　ａｒｅ you open", "where can\u200b I park"]
    assert [part.matches[0].id for part in parts] == ["hours", "parking"]


@pytest.mark.parametrize(
    "text",
    [
        "Hello, where can I park?",
        "When are you open on Saturday and Sunday?",
        "你好，请问几点开门？",
        "I ordered a table, a lamp and a chair",
        "I came on Monday, and nobody was there",
        "If I order today, when are you open and when do you close?",
        "请问一下，你们周六和周日几点开门",
        "我买的桌子、椅子和灯",
        ", , , and and 。。。",
        "and",
    ],
)
async def test_an_ordinary_sentence_is_one_wish(understand, text):
    assert (await understand(text)).parts == ()


# People, and what lies outside


@pytest.mark.parametrize(
    "text", ["I want to talk to a human", "let me speak to somebody please", "转人工", "我要找人工客服"]
)
async def test_who_asks_for_people_is_handed_over_when_nothing_else_is_sure(bot, text):
    answer = await bot.ask(text, user=text)
    assert answer.handed_over
    assert answer.commands[0]["by"].startswith("cue")


async def test_what_looks_nothing_like_the_examples_is_flagged(bot, understand):
    for text in ("how does photosynthesis work", "给我讲个笑话", "write me a poem about cats"):
        assert "outside" in (await understand(text)).flags, text
        assert (await bot.ask(text)).commands[0]["command"] == "not_understood"
    for text in ("where is my parcel now", "我的包裹现在到哪了"):
        assert (await understand(text)).flags == (), text


HOSTILE = [
    "",
    " ",
    "🙂🙂",
    "\ud83d",
    "\x00",
    "x" * 100_000,
    "退" * 100_000,
    "and , " * 20_000,
    "مرحبا",
    "Harbour & Pine",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_bad_input_is_understood_as_nothing_and_explained_as_nothing(bot, understand, text):
    understood = await understand(text)
    assert understood.parts == ()
    for entity in understood.entities:
        assert text[entity.start : entity.end] == entity.text
    found = await explain(bot, text[:40])
    assert all(0 <= start < end <= len(text) for start, end, _ in found.characters)


# Why


@pytest.mark.parametrize(
    ("text", "telling"),
    [
        ("please tell me where I can park", "park"),
        ("请问你们几点开门", "开门"),
        ("I would like to know what does shipping cost", "shipping"),
    ],
)
async def test_the_words_that_tell_most_are_those_without_which_the_score_falls(bot, text, telling):
    found = await explain(bot, text)
    shares = {place: share for start, end, share in found.characters for place in range(start, end)}
    begin = text.index(telling)
    own = sum(shares.get(place, 0.0) for place in range(begin, begin + len(telling)))
    rest = sum(share for place, share in shares.items() if not begin <= place < begin + len(telling))
    others = len(text.split()) - 1 or len(text) - len(telling)  # words, or characters where there are no blanks
    assert own > rest / others
    assert found.deletion["fall_without_most_telling"] > max(0, found.deletion["fall_without_least_telling"])


async def test_explained_characters_are_those_of_the_original(bot):
    text = " Harbour & Pine：ｗｈｅｒｅ can\u200b I ｐａｒｋ？"
    plain = (await explain(bot, text)).plain()
    assert plain["intent"] == "parking"
    assert all(text[one["start"] : one["end"]] == one["text"] for one in plain["characters"])
    told = "".join(one["text"] for one in plain["characters"])
    assert "Harbour" not in told
    assert "ｐａｒｋ" in told


async def test_a_skill_is_explained_by_its_nearest_examples_and_the_head_before_and_after(bot):
    found = (await explain(bot, "so where is my parcel then")).plain()
    assert found["intent"] == "mine.track"
    assert found["nearest"][0] == {
        "text": "where is my parcel",
        "intent": "mine.track",
        "cosine": pytest.approx(0.8, abs=0.2),
    }
    (score,) = [one for one in found["scores"] if one["id"] == "mine.track"]
    assert 0.5 < score["head_after"] <= 1
    assert isinstance(score["head_before"], float)


async def test_another_candidate_than_the_best_can_be_explained(bot):
    best, other = [await explain(bot, "where can I park my car", intent) for intent in (None, "mine.move")]
    assert (best.intent, other.intent) == ("parking", "mine.move")
    assert best.characters != other.characters
    nobody = await explain(bot, "where can I park my car", "nobody")
    assert (nobody.intent, nobody.characters) == ("nobody", ())
