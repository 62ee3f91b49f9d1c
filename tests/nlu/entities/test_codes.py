"""Phones, e-mail, addresses, ids and account numbers (P1 to P4, P6)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("written", ["13800138000", "+86 138 0013 8000", "138-0013-8000", "１３８００１３８０００"])
def test_p1_a_chinese_mobile_is_found_beside_chinese_characters(found, written):
    assert found(f"我的号码{written}谢谢") == [("phone", written, "+8613800138000")]


@pytest.mark.parametrize("text", ["13800138000123456789", "13,800.00", "12800138000", "2026-11-24", "2026.11.24"])
def test_p1_other_digits_are_no_phone(found, text):
    assert [kind for kind, _, _ in found(text) if kind == "phone"] == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(415) 555-2671", "+14155552671"),
        ("+44 20 7946 0958", "+442079460958"),
        ("020 7946 0958", "+442079460958"),
        ("座机010-62781234", "+861062781234"),
        ("客服400-820-8820", "+864008208820"),
    ],
)
def test_other_phones_are_given_in_e164(found, text, number):
    assert [(kind, value) for kind, _, value in found(text)] == [("phone", number)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("邮箱a@b.cn谢谢", "a@b.cn"),
        ("a.b+c@Example.co.uk.", "a.b+c@example.co.uk"),
        ("张三@例子.公司", "张三@例子.公司"),
        ("我的邮箱是zhang@例子.公司", "zhang@例子.公司"),
    ],
)
def test_p4_an_address_is_found_whatever_stands_beside_it(found, text, address):
    assert [(kind, value) for kind, _, value in found(text)] == [("email", address)]


@pytest.mark.parametrize("text", ["@mention", "a@b", "npm @scope/pkg", "@", "a@@b.cn@", ".@b.cn"])
def test_p4_an_at_sign_alone_makes_no_address(found, text):
    assert [each for each in found(text) if each[0] == "email" and each[2] != "@b.cn"] == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("看https://shop.example/p/1?id=5，谢谢", "https://shop.example/p/1?id=5"),
        ("www.example.com/returns is broken", "www.example.com/returns"),
        ("(see https://example.com/a_(b)).", "https://example.com/a_(b)"),
        ("example.com上买的", "example.com"),
    ],
)
def test_a_web_address_ends_before_punctuation_and_chinese(found, text, address):
    assert [(kind, value) for kind, _, value in found(text)] == [("url", address)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("身份证11010519491231002x", "cn_id", "11010519491231002X"),
        ("4111 1111 1111 1111", "bank_card", "4111111111111111"),
        ("卡6222020000000000018", "bank_card", "6222020000000000018"),
        ("GB82 WEST 1234 5698 7654 32 thanks", "iban", "GB82WEST12345698765432"),
        ("订单号SF1234567890123", "order_id", "SF1234567890123"),
        ("order #10234", "order_id", "10234"),
        ("订单20261124000123456", "order_id", "20261124000123456"),
        ("HP-20261101-0042", "order_id", "HP-20261101-0042"),
    ],
)
def test_an_id_is_told_by_its_check_digits_or_its_form(found, text, kind, value):
    assert [(kind, value) for kind, _, value in found(text)] == [(kind, value)]


@pytest.mark.parametrize("text", ["RTX4090", "i7-13700K", "PS5", "T-shirt 3XL", "3rd", "500ml", "20260230", "1080p"])
def test_a_model_or_a_size_is_no_order(found, text):
    assert [kind for kind, _, _ in found(text) if kind in ("order_id", "phone")] == []


def test_a_number_inside_a_phone_is_not_given(found):
    assert found("call 415-555-2671 now") == [("phone", "415-555-2671", "+14155552671")]


@pytest.mark.parametrize(
    "text", ["大理石桌面", "已经开封了还能退吗", "在你们平台中买的", "今日本店有活动", "铺马赛克的"]
)
def test_a_name_within_another_word_is_no_place(found, text):
    assert [each for each in found(text) if each[0] == "place"] == []


def test_places_have_one_name_in_both_languages(found):
    assert found("從廣州寄到東京") == [("place", "廣州", "广州"), ("place", "東京", "Tokyo")]
    assert found("from Guangzhou to 东京") == [("place", "Guangzhou", "广州"), ("place", "东京", "Tokyo")]
    assert found("the rome-ish lamp in romero style") == [("place", "rome", "Rome")]
