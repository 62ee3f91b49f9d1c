"""What becomes of a command: answers, questions back, skills, fallbacks, and the words when nothing is known."""

from __future__ import annotations

import pytest

from botcore import KnowledgeEntry, Plugin

TWINS = [
    KnowledgeEntry(
        "web", {"en": ("opening hours of the web shop",), "zh": ("网店营业时间",)}, {"en": "Always.", "zh": "全天。"}
    ),
    KnowledgeEntry(
        "store",
        {"en": ("opening hours of the big store",), "zh": ("门店营业时间",)},
        {"en": "10 to 21.", "zh": "10点到21点。"},
    ),
    KnowledgeEntry("only_zh", {"zh": ("可以开发票吗",)}, {"zh": "可以。"}),
]


@pytest.fixture
def shop_plugin():
    plugin = Plugin("shop")

    @plugin.knowledge
    def entries(settings, problems):
        return TWINS

    @plugin.skill(examples=["where is my order", "我的订单到哪了"])
    async def status(turn):
        return "On its way." if turn.language == "en" else "在路上。"

    return plugin


def test_close_candidates_are_offered_as_buttons_and_a_press_answers(bot, shop_plugin):
    bot.load(shop_plugin)
    asked = bot.ask("opening hours of")
    assert asked.text == "Which of these do you mean?"
    assert asked.buttons == ("opening hours of the web shop", "opening hours of the big store", "None of these")
    pressed = bot.press(asked, "opening hours of the big store")
    assert (pressed.text, pressed.intent, pressed.score) == ("10 to 21.", "store", 1.0)


def test_buttons_speak_the_users_language(bot, shop_plugin):
    asked = bot.load(shop_plugin).ask("营业时间")
    assert asked.buttons == ("网店营业时间", "门店营业时间", "都不是")
    assert bot.press(asked, "网店营业时间").text == "全天。"


def test_none_of_these_offers_a_person(bot, shop_plugin):
    bot.load(shop_plugin)
    declined = bot.press(bot.ask("opening hours of"), "None of these")
    assert declined.text.startswith("I am not sure about that one")
    assert declined.buttons == ("Talk to a person",)


def test_talking_to_a_person_hands_the_conversation_over(bot, shop_plugin):
    bot.load(shop_plugin)
    handed = bot.press(bot.ask("photosynthesis"), "Talk to a person")
    assert handed.handed_over
    assert handed.text.startswith("I have noted that you would like to talk to a person")
    assert not bot.ask("where is my order", user="somebody else").handed_over


def test_a_label_that_is_no_longer_there_says_which_are(bot, shop_plugin):
    asked = bot.load(shop_plugin).ask("opening hours of")
    with pytest.raises(ValueError, match="no button 'Yes'; there are: opening hours of the web shop, "):
        bot.press(asked, "Yes")


def test_what_has_no_words_is_told_so(bot, shop_plugin):
    bot.load(shop_plugin)
    assert bot.ask("🙂").text == "I can only read words. What can I do for you?"
    assert bot.ask("").text == "I can only read words. What can I do for you?"
    assert bot.ask("转人工").language == "zh"
    assert bot.ask("？！").text == "我只能看懂文字消息。请问有什么可以帮您？"


def test_an_entry_without_the_users_language_is_quoted_in_the_one_it_has(bot, shop_plugin):
    bot.load(shop_plugin)
    answer = bot.ask("anything in English", choice="knowledge:only_zh")
    assert (answer.text, answer.replies[0].language, answer.replies[0].source) == ("可以。", "zh", "only_zh")


def test_a_skill_sees_the_language_and_answers_in_it(bot, shop_plugin):
    bot.load(shop_plugin)
    assert bot.ask("where is my order").text == "On its way."
    assert bot.ask("我的订单到哪了").text == "在路上。"


def test_a_handoff_from_a_skill_is_said_and_kept(bot):
    plugin = Plugin("care")

    @plugin.skill(examples=["I want to complain"])
    async def complain(turn):
        return turn.handoff("a complaint")

    answer = bot.load(plugin).ask("I want to complain")
    assert answer.handed_over
    assert answer.text.startswith("I have noted")


def test_a_skill_can_search_the_knowledge(bot, shop_plugin):
    plugin = Plugin("seek")

    @plugin.fallback
    async def seek(turn):
        return ", ".join(match.id for match in await turn.search("发票"))

    assert bot.load(shop_plugin).load(plugin).ask("photosynthesis").text.split(", ")[0] == "only_zh"


def test_asking_for_a_person_in_words_hands_the_conversation_over(bot):
    plugin = Plugin("shop")

    @plugin.knowledge
    def entries(settings, problems):
        questions = {"en": ("Talk to a person",), "zh": ("转人工",)}
        answer = {"en": "Call 400.", "zh": "请拨打400。"}
        yield KnowledgeEntry("person", questions, answer, ("hand_over",))

    bot.load(plugin)
    answer = bot.ask("转人工")
    assert (answer.text, answer.handed_over) == ("请拨打400。", True)
    assert bot.ask("Talk to a person", user="other").handed_over
