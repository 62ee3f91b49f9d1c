"""A small bilingual FAQ over the real default encoder."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from botcore.dialogue.advance import Repertoire
from botcore.dialogue.interpret import Thresholds, interpret
from botcore.knowledge.index import Index
from botcore.knowledge.items import Item, items_of
from botcore.messages import KnowledgeEntry, Message, User
from botcore.skill import Skill
from botcore.understanding import Match, Understanding

pytestmark = [pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]


def entry(id_: str, en: list[str], zh: list[str], answer_en: str, answer_zh: str) -> KnowledgeEntry:
    return KnowledgeEntry(id_, {"en": tuple(en), "zh": tuple(zh)}, {"en": answer_en, "zh": answer_zh})


FAQ = [
    entry(
        "returns",
        ["How do I return an item?", "Can I send it back?"],
        ["怎么退货？", "可以退吗？"],
        "Within 30 days, with the receipt.",
        "30天内凭小票可退货。",
    ),
    entry(
        "refund_time",
        ["When do I get my money back?"],
        ["退款多久到账？"],
        "Within three working days after we have the parcel.",
        "收到退货后三个工作日内退款。",
    ),
    entry(
        "shipping_cost",
        ["How much is delivery?", "What does shipping cost?"],
        ["运费多少钱？", "包邮吗？"],
        "12 yuan, free from 199 yuan.",
        "运费12元，满199元包邮。",
    ),
    entry(
        "delivery_time",
        ["How long does delivery take?"],
        ["多久能送到？", "几天到货？"],
        "Two to four working days.",
        "二到四个工作日送达。",
    ),
    entry(
        "opening_hours",
        ["When are you open?", "What are your opening hours?"],
        ["你们几点开门？", "营业时间是什么时候？"],
        "Monday to Friday from 10 to 21.",
        "周一至周五10点到21点。",
    ),
    entry("parking", ["Where can I park?"], ["哪里可以停车？"], "At 90 Songgang Road.", "松港路90号有停车场。"),
    entry(
        "invoice", ["Can I have an invoice?"], ["可以开发票吗？"], "Yes, under My orders.", "可以，在我的订单里申请。"
    ),
    entry(
        "cancel_order",
        ["How do I cancel my order?"],
        ["怎么取消订单？"],
        "Under My orders, until it has left us.",
        "发货前可以在我的订单里取消。",
    ),
]


async def order_status(turn):
    return "On its way."


SKILL = Skill("status", order_status, ("where is my order", "我的订单到哪了"), plugin="orders")
ITEMS = items_of(FAQ, [SKILL])


@pytest.fixture(scope="module")
def index(encoder):
    return Index.build(ITEMS, encoder)


@pytest.fixture
def search(index, encoder):
    def find(text: str, limit: int = 5) -> list[Match]:
        (encoded,) = encoder.encode_many([index.read(text)])
        return index.search(text, encoded, limit=limit)

    return find


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I'd like to give back what I bought", "returns"),
        ("the lamp doesn't fit, can you take it back?", "returns"),
        ("东西不喜欢想退掉", "returns"),
        ("how long until the refund is on my card", "refund_time"),
        ("钱什么时候退给我", "refund_time"),
        ("do I have to pay for postage", "shipping_cost"),
        ("邮费要多少", "shipping_cost"),
        ("until what time is the shop open today", "opening_hours"),
        ("几点关门", "opening_hours"),
        ("is there a car park", "parking"),
        ("开车来停哪儿", "parking"),
        ("I need a receipt for my company's tax", "invoice"),
        ("能给我开票吗", "invoice"),
        ("I don't want the order any more, stop it", "cancel_order"),
        ("订单不要了，取消", "cancel_order"),
        ("has my parcel left, where is it now", "orders.status"),
        ("帮我查一下订单到哪里了", "orders.status"),
    ],
)
def test_a_rephrasing_finds_its_entry_in_both_languages(search, text, wanted):
    assert wanted in [match.id for match in search(text)[:2]]


def test_most_rephrasings_find_their_entry_first(search):
    asked = {
        "can I bring it back to you": "returns",
        "我想退货": "returns",
        "what is the delivery fee": "shipping_cost",
        "邮费多少": "shipping_cost",
        "how many days until it arrives": "delivery_time",
        "要等几天才到": "delivery_time",
        "opening times please": "opening_hours",
        "周末开门吗": "opening_hours",
        "parking": "parking",
        "停车": "parking",
        "where's my order": "orders.status",
        "查订单": "orders.status",
    }
    right = sum(search(text)[0].id == wanted for text, wanted in asked.items())
    assert right >= len(asked) - 1


@pytest.fixture(scope="module")
def of_one_language(encoder):
    """The same entries, phrased and answered in one language only."""
    return {
        language: Index.build(
            [Item(one.id, "knowledge", one.questions[language], (one.answer[language],)) for one in FAQ], encoder
        )
        for language in ("en", "zh")
    }


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        (
            "en",
            {
                "我想退货": "returns",
                "邮费要多少": "shipping_cost",
                "营业时间": "opening_hours",
                "停车场在哪": "parking",
            },
        ),
        (
            "zh",
            {
                "can I return this": "returns",
                "how many days until it arrives": "delivery_time",
                "is there a place to park my car": "parking",
                "how can I cancel an order": "cancel_order",
            },
        ),
    ],
)
def test_a_question_finds_entries_that_know_only_the_other_language(of_one_language, encoder, language, asked):
    index = of_one_language[language]
    encoded = encoder.encode_many(list(asked))
    found = {text: index.search(text, one)[0].id for text, one in zip(asked, encoded, strict=True)}
    assert sum(found[text] == wanted for text, wanted in asked.items()) >= len(asked) - 1, found


MESSAGE = Message("k", "web", "c", User("u"), "text", datetime(2026, 1, 1, tzinfo=UTC))


def command(matches: list[Match]) -> str:
    repertoire = Repertoire({SKILL.id: SKILL}, (), {one.id: one for one in FAQ})
    (found,) = interpret(MESSAGE, Understanding("text", "en", tuple(matches)), repertoire, Thresholds())
    return found.name


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of France?",
        "今天天气怎么样",
        "Do you sell live fish?",
        "how do I train a puppy",
        "请帮我写一首诗",
        "what is the chemical formula of salt",
        "谁赢了世界杯",
    ],
)
def test_what_the_faq_does_not_know_is_declined(search, text):
    assert command(search(text)) in ("not_understood", "clarify")
    assert search(text)[0].score < 0.5


@pytest.mark.parametrize("text", ["how do I return an item", "怎么退货", "When are you open?", "运费多少钱"])
def test_what_it_knows_word_for_word_is_answered(search, text):
    assert command(search(text)) == "answer"


def test_entries_between_which_a_question_cannot_choose_are_asked_about(encoder):
    twins = [
        Item("hours_shanghai", "knowledge", ("What are the opening hours?",)),
        Item("hours_beijing", "knowledge", ("What are the opening hours?",)),
        Item("parking", "knowledge", ("Where can I park?",)),
    ]
    index = Index.build(twins, encoder)
    (encoded,) = encoder.encode_many(["what are the opening hours"])
    matches = index.search("what are the opening hours", encoded)
    known = {f"knowledge:{item.id}" for item in twins}
    (found,) = interpret(MESSAGE, Understanding("text", "en", tuple(matches)), known, Thresholds())
    assert found.name == "clarify", matches
    assert {match.id for match in found.candidates} == {"hours_shanghai", "hours_beijing"}


def test_scores_are_probabilities_and_sorted(search):
    for text in ("returns", "小熊猫吃什么", "when and where"):
        scores = [match.score for match in search(text, limit=100)]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert sum(scores) <= 1 + 1e-5


def test_a_match_says_why(search):
    best = search("can I send it back")[0]
    assert (best.id, best.kind, best.phrasing) == ("returns", "knowledge", "Can I send it back?")
    assert best.evidence["nearest"] > 0.9
    assert search("where is my order")[0].kind == "skill"


def test_the_limit_is_kept(search):
    assert len(search("order", limit=3)) == 3


def test_an_empty_index_finds_nothing(encoder):
    (encoded,) = encoder.encode_many(["anything"])
    for index in (Index.build([], encoder), Index.build([])):
        assert index.search("anything", encoded if index.has_encoder else None) == []


def test_one_entry_answers_what_fits_and_declines_the_rest(encoder):
    index = Index.build(ITEMS[:1], encoder)
    fitting, other = encoder.encode_many(["how do I return an item", "how tall is the Eiffel Tower"])
    assert index.search("how do I return an item", fitting)[0].score > 0.5
    assert index.search("how tall is the Eiffel Tower", other)[0].score < 0.5


HOSTILE = {
    "100 kB": "怎么退货 how do I return " * 4000,
    "one word of 100 kB": "x" * 100_000,
    "digits": "1" * 100_000,
    "emoji": "🙂👨‍👩‍👧🏔️" * 50,
    "one emoji": "🙂",
    "lone surrogates": "return \ud83d \udc00 please",
    "only surrogates": "\ud83d\ud83d",
    "NUL and controls": "re\x00turn \x1b[31m \x07",
    "blanks": " \t\n ",
    "empty": "",
    "combining": "e" + "\u0301" * 1000,
    "bidi": "\u202eretfa\u202c",
    "zero width": "\u200b" * 5000,
    "markup": "<script>alert(1)</script> {{7*7}} {0.__class__} ${jndi:x} '; DROP TABLE--",
    "private use": "\ue000\uf8ff\U0010fffd",
    "noncharacters": "\uffff\ufffe\U0001ffff",
    "ligature bomb": "\ufdfa" * 1000,
    "fifty scripts": "ab αβ вг אב عب अआ আঅ ગઘ ਕਖ கங కఖ കഖ ක ไท ລາ བོ မြ კა አማ ខ្ម ᠮᠣ あい カナ 한글 漢字 "
    "ꦗꦮ ᮞᮥ ⵜⵉ ᏣᎳ ᐃᓄ ߒߞ ⲕⲟ 𐌰𐌱 𐎠𐎡 𐤀𐤁 𒀀 𓀀 𐍈 ⰀⰁ ᚠᚢ ᚐᚑ 𐐀𐐁 ꓐ ꕉ ꡀ ᜀ ᝀ ᥐ ꠀ ᯀ ꤊ ꤰ ꨀ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_u1_hostile_text_never_raises(index, encoder, name):
    text = HOSTILE[name]
    (encoded,) = encoder.encode_many([index.read(text)])
    found = index.search(text, encoded)
    assert all(np.isfinite(match.score) for match in found)
    assert index.search(text, None) is not None


def test_u1_hostile_text_in_the_files_never_raises_either(encoder):
    items = [Item(name, "knowledge", (text[:1000],), (text[:1000],)) for name, text in HOSTILE.items()]
    for model in (encoder, None):
        index = Index.build(items, model)
        (encoded,) = encoder.encode_many(["return"]) if model else (None,)
        assert all(np.isfinite(match.score) for match in index.search("return", encoded))
