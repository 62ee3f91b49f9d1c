"""What a message is written in."""

from __future__ import annotations

import pytest

from botcore.nlu.language import SCRIPTS, detect, script_of


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("退货", "zh-Hans"),
        ("退貨", "zh-Hant"),
        ("妳好", "zh-Hant"),
        ("iPhone 15 保修多久", "zh-Hans"),
        ("SF123456 到哪了", "zh-Hans"),
        ("wifi 密码", "zh-Hans"),
        ("refund pls", "en"),
        ("ＯＫ", "en"),
        ("thx", "en"),
        ("我想return这个order", "mixed"),
        ("how much is 运费", "mixed"),
        ("bonjour", "other"),
        ("wo ist meine Bestellung", "other"),
        ("gracias", "other"),
        ("返品したい", "other"),
        ("주문 어디에 있나요", "other"),
        ("где мой заказ", "other"),
        ("أين طلبي", "other"),
        ("ขอบคุณ", "other"),
    ],
)
def test_two_words_are_enough(text, script):
    assert script_of(text) == script


@pytest.mark.parametrize("text", ["wo yao tuihuo", "nihao", "kuaidi daole ma"])
def test_evident_pinyin_is_chinese(text):
    assert script_of(text) == "zh-Hans"
    assert detect(text, ("en", "zh")) == "zh"


@pytest.mark.parametrize("text", ["she can run", "he men", "go", "me too", "hang on", "Dan Ma"])
def test_english_that_could_be_syllables_is_no_pinyin(text):
    assert detect(text, ("en", "zh")) == "en"


@pytest.mark.parametrize("text", ["123", "👍", "!?", "", "\x00", "\ud800"])
def test_what_tells_nothing_keeps_what_was_written_before(text):
    assert script_of(text, "zh-Hant") == "zh-Hant"
    assert script_of(text) == "other"
    assert script_of(text, "nonsense") == "other"


def test_characters_of_both_scripts_keep_the_conversations_script():
    assert script_of("好", "zh-Hant") == "zh-Hant"
    assert script_of("好", "en") == "zh-Hans"
    assert script_of("好") == "zh-Hans"


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "好" * 100_000, "zh" * 50_000, "é" * 50_000, "ñ '" * 9000, "\u200b" * 9000], ids=range(6)
)
def test_any_text_has_a_script(text):
    assert script_of(text) in SCRIPTS
