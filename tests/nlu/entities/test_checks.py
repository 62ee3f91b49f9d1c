"""Check digits, with the vectors that masking is held to (P2, P3, P6)."""

from __future__ import annotations

import pytest

from botcore.nlu.entities.checks import is_bank_card, is_chinese_id, is_iban, passes_luhn


@pytest.mark.parametrize(
    "text", ["11010519491231002X", "11010519491231002x", "440300199001011238", "310115200012314568"]
)
def test_p2_an_identity_number_with_a_right_check_character_is_one(text):
    assert is_chinese_id(text)


@pytest.mark.parametrize(
    "text",
    ["110105194912310020", "110105194913310021", "110105490231002", "990105194912310022", "", "x" * 18, "１" * 18],
)
def test_p2_a_wrong_check_character_month_or_province_is_none(text):
    assert not is_chinese_id(text)


@pytest.mark.parametrize("text", ["4111111111111111", "6222020000000000018", "378282246310005", "5555555555554444"])
def test_p3_a_card_of_a_known_issuer_with_a_right_check_digit_is_one(text):
    assert passes_luhn(text)
    assert is_bank_card(text)


@pytest.mark.parametrize(
    "text",
    ["4111111111111112", "6222020000000000019", "0000000000000000", "1234567812345670", "", "4111", "４１１１" * 4],
)
def test_p3_a_changed_digit_or_an_unknown_issuer_is_none(text):
    assert not is_bank_card(text)


@pytest.mark.parametrize("text", ["GB82WEST12345698765432", "DE89370400440532013000", "de89370400440532013000"])
def test_p6_an_iban_has_its_countrys_length_and_check_digits(text):
    assert is_iban(text)


@pytest.mark.parametrize(
    "text",
    ["GB82WEST12345698765433", "DE8937040044053201300", "XX89370400440532013000", "", "DE", "ＤＥ89370400440532013000"],
)
def test_p6_one_digit_wrong_is_no_iban(text):
    assert not is_iban(text)
