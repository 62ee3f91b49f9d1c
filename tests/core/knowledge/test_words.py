"""Without an encoder, words alone are matched."""

from __future__ import annotations

import pytest

from botcore.knowledge.index import Index
from botcore.knowledge.items import Item, items_of
from botcore.messages import KnowledgeEntry
from botcore.skill import Skill

ITEMS = [
    Item("returns", "knowledge", ("How do I return an item?", "怎么退货？"), ("Within 30 days.", "30天内可退货。")),
    Item("hours", "knowledge", ("When are you open?", "营业时间是什么时候？"), ("From 9 to 18.", "9点到18点。")),
    Item("parking", "knowledge", ("Where can I park?", "哪里可以停车？"), ("Behind the house.", "楼后面。")),
    Item("shop.status", "skill", ("where is my order", "我的订单到哪了")),
]


@pytest.fixture(scope="module")
def index():
    return Index.build(ITEMS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("return an item", "returns"),
        ("退货", "returns"),
        ("I want to returm an item", "returns"),
        ("營業時間", "hours"),
        ("are you open", "hours"),
        ("can I park", "parking"),
        ("停车", "parking"),
        ("my order", "shop.status"),
        ("订单到哪", "shop.status"),
    ],
)
def test_shared_words_find_their_entry_also_with_a_typo(index, text, wanted):
    assert index.search(text)[0].id == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("return an item", "returns"), ("退货", "returns"), ("can I park", "parking")]
)
def test_what_is_asked_in_the_entrys_own_words_is_sure_enough_to_be_answered(index, text, wanted):
    best = index.search(text)[0]
    assert (best.id, best.score > 0.5) == (wanted, True)


@pytest.mark.parametrize("text", ["photosynthesis", "恐龙", "!!!", "", "🙂", "zzz 123"])
def test_without_a_shared_word_nothing_is_answered(index, text):
    assert all(match.score < 0.5 for match in index.search(text))


def test_the_shops_name_counts_for_nothing():
    named = [
        Item("about", "knowledge", ("What is Harbour & Pine?",)),
        Item("place", "knowledge", ("Where is your shop?",)),
    ]
    index = Index.build(named, own_names=["Harbour & Pine"])
    assert index.search("where is the harbour & pine shop")[0].id == "place"


def test_entries_of_one_word_or_none_are_no_trouble():
    index = Index.build(
        [Item("a", "knowledge", ("🙂",)), Item("b", "knowledge", ("b",)), Item("c", "knowledge", ("",))]
    )
    assert index.search("b")[0].id == "b"


def test_what_has_no_phrasing_cannot_be_asked_for():
    async def quiet(turn):
        return None

    entries = [KnowledgeEntry("a", {}, {"en": "A."}), KnowledgeEntry("b", {"en": ("b?",)}, {"en": "B."})]
    skills = [Skill("hidden", quiet, plugin="p"), Skill("shown", quiet, ("show",), plugin="p")]
    assert [item.id for item in items_of(entries, skills)] == ["b", "p.shown"]
