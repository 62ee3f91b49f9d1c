"""Which language a message is answered in."""

from __future__ import annotations

import pytest

from botcore.nlu.language import detect

BOTH = ("en", "zh")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hello there", "en"),
        ("OK", "en"),
        ("ciao bella", "en"),
        ("退货", "zh"),
        ("好", "zh"),
        ("你好", "zh"),
        ("怎么退货？", "zh"),
        ("我想return这个order", "zh"),
        ("刚 pay 完就后悔了", "zh"),
        ("iPhone 15 保修多久", "zh"),
        ("please tell me what 豆腐 is", "en"),
        ("do you sell the 灯塔 lantern in the store", "en"),
        ("SF123456 到哪了", "zh"),
    ],
)
def test_the_language_that_carries_the_sentence_wins(text, language):
    assert detect(text, BOTH) == language


@pytest.mark.parametrize(
    "text", ["123", "13800138000", "!?", "🙂👍", "", "  ", "👨‍👩‍👧", "привет", "مرحبا", "שלום", "ありがとう", "안녕"]
)
def test_what_has_no_words_of_either_stays_in_the_conversations_language(text):
    assert detect(text, BOTH) == "en"
    assert detect(text, BOTH, "zh") == "zh"
    assert detect(text, ("zh", "en")) == "zh"
    assert detect(text, BOTH, "fr") == "en", "a language that the bot no longer speaks"


def test_japanese_is_not_taken_for_chinese():
    assert detect("返品できますか、お願いします", ("zh", "en")) == "zh", (
        "the first language, since it speaks no Japanese"
    )
    assert detect("返品できますか、お願いします", BOTH) == "en"
    assert detect("返品できますか、お願いします", ("en", "zh", "ja")) == "ja"


@pytest.mark.parametrize(("text", "language"), [("hello", "zh"), ("你好", "zh")])
def test_a_bot_of_one_language_answers_in_it(text, language):
    assert detect(text, ["zh"]) == language
    assert detect(text, ["en"]) == "en"


def test_a_bot_without_english_answers_latin_text_in_its_own_language():
    assert detect("bonjour à tous", ["fr"]) == "fr"
    assert detect("bonjour à tous", ["fr", "zh"]) == "fr"
    assert detect("bonjour", ["zh", "fr"], "fr") == "fr"
