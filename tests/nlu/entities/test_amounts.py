"""Numbers and what they count, as customers write them in both languages."""

from __future__ import annotations

import pytest

from botcore.nlu.entities.numbers import chinese, english


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三百二十", 320),
        ("两千零五", 2005),
        ("三百二", 320),
        ("一万五", 15_000),
        ("二〇二六", 2026),
        ("三点五", 3.5),
        ("壹仟", 1000),
        ("十", 10),
        ("十五", 15),
        ("一百一十", 110),
        ("一亿两千万", 120_000_000),
        ("五万零三百", 50_300),
        ("俩", 2),
        ("半", 0.5),
        ("廿三", 23),
        ("万一", None),
        ("千万", None),
        ("十百", None),
        ("", None),
        ("一" * 99, None),
    ],
)
def test_chinese_numerals_are_read(text, number):
    assert chinese(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("three hundred and twenty", 320),
        ("a dozen", 12),
        ("two dozen", 24),
        ("one and a half", 1.5),
        ("half a dozen", 6),
        ("twenty-five", 25),
        ("twenty five hundred", 2500),
        ("two million three hundred thousand", 2_300_000),
        ("nineteen", 19),
        ("one two", None),
        ("twenty thirty", None),
        ("a hundred", 100),
    ],
)
def test_english_number_words_are_read(text, number):
    assert english(text) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("数量1.5万", [("number", "1.5万", 15_000)]),
        ("total 12,345.67", [("number", "12,345.67", 12345.67)]),
        ("有2k库存", [("number", "2k", 2000)]),
        ("3千5", [("number", "3千5", 3500)]),
        ("三分之一坏了", [("number", "三分之一", 0.333333)]),
        ("第三个", [("ordinal", "第三个", 3)]),
        ("the second one", [("ordinal", "second one", 2)]),
        ("最后一个", [("ordinal", "最后一个", -1)]),
        ("the last one", [("ordinal", "last one", -1)]),
        ("倒数第二个", [("ordinal", "倒数第二个", -2)]),
        ("百分之五十", [("percentage", "百分之五十", 50)]),
        ("３．５％", [("percentage", "３．５％", 3.5)]),
        ("20 percent off", [("percentage", "20 percent", 20)]),
        ("五斤苹果", [("quantity", "五斤", {"amount": 2500, "unit": "g"})]),
        ("1米75", [("quantity", "1米75", {"amount": 1.75, "unit": "m"})]),
        ("5㎏", [("quantity", "5㎏", {"amount": 5, "unit": "kg"})]),
        ("三双鞋", [("quantity", "三双", {"amount": 3, "unit": "pair"})]),
        ("three pairs", [("quantity", "three pairs", {"amount": 3, "unit": "pair"})]),
        ("16G内存", [("quantity", "16G", {"amount": 16, "unit": "GB"})]),
        ("一共¥1,299.00", [("money", "¥1,299.00", {"amount": 1299, "currency": "CNY"})]),
        ("3块5", [("money", "3块5", {"amount": 3.5, "currency": "CNY"})]),
        ("壹仟元", [("money", "壹仟元", {"amount": 1000, "currency": "CNY"})]),
        ("五毛", [("money", "五毛", {"amount": 0.5, "currency": "CNY"})]),
        ("twenty bucks", [("money", "twenty bucks", {"amount": 20, "currency": "USD"})]),
        ("HK$880", [("money", "HK$880", {"amount": 880, "currency": "HKD"})]),
        ("50 dollars and 20 cents", [("money", "50 dollars and 20 cents", {"amount": 50.2, "currency": "USD"})]),
        (
            "一个半小时",
            [("duration", "一个半小时", {"seconds": 5400, "iso": "PT1H30M", "amount": 1.5, "unit": "hour"})],
        ),
        (
            "2小时30分钟",
            [("duration", "2小时30分钟", {"seconds": 9000, "iso": "PT2H30M", "amount": 2.5, "unit": "hour"})],
        ),
        ("for three days", [("duration", "three days", {"seconds": 259200, "iso": "P3D", "amount": 3, "unit": "day"})]),
    ],
)
def test_an_amount_is_found_with_what_it_counts(found, text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "一下子",
        "便宜一点",
        "千万别",
        "十分感谢",
        "万一坏了",
        "一样的",
        "一起退",
        "打八折",
        "三四天",
        "哪一个",
        "一次就好",
        "which one",
        "this one",
        "what a day",
        "wait a second",
        "at first",
        "iPhone15",
        "v1.2.3",
        "半圆桌",
        "三角形",
        "192.168.1.1",
        "wx_abc123",
    ],
)
def test_what_only_sounds_like_a_number_is_none(found, text):
    assert found(text) == []
