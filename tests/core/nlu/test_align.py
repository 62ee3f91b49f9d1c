"""The way from the normalised copy back to what was written: offsets that are exact, whatever was typed."""

from __future__ import annotations

import random
import sys
import unicodedata
from itertools import pairwise

import pytest

from botcore.text import JOINS_BACK, MAX_MATCHED, align, normalise

ALPHABETS = [
    "abc 123 ,.!?",
    "ａｂｃ１２３　，。！",
    "ﬁﬂﬀﷺ㍿㈱½①⑳㎏㎡ĳ",
    "e\u0301a\u030a\u0327o\u0308\u0323q\u0307",
    "\u200b\u200d\u2060\ufeff\u00ad\ufe0f\u202e",
    "請問退換貨運費發頭髮鬱",
    "今天三百二十元",
    "👨\u200d👩\u200d👧😀❤\ufe0f🇨🇳👍🏽",
    "\ud83d\udc00\ud800",
    "\x00\x07\x1b\x85\x7f",
    " \t\n\u3000\u00a0\u2003",
    "ᄒ\u1161\u11abᄀ가ﾊ\uff9fｶ\uff9e\uffa1\uffc2",
    "\u0bc6\u0bbe\u09c7\u09d7¨´",
    "ẞßİıΣς",
]


def made(seed: int) -> str:
    dice = random.Random(seed)
    alphabets = dice.sample(ALPHABETS, dice.randint(1, 4))
    return "".join(dice.choice(dice.choice(alphabets)) for _ in range(dice.randint(0, 60)))


@pytest.mark.parametrize("seed", range(40))
def test_the_aligned_text_is_the_normalised_one_and_offsets_are_in_order(seed):
    for each in range(50):
        text = made(1000 * seed + each)
        aligned = align(text)
        assert aligned.text == normalise(text)
        spans = [aligned.span(i, i + 1) for i in range(len(aligned.text))]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(spans))


@pytest.mark.parametrize("seed", range(40))
def test_a_piece_of_the_original_reads_as_the_piece_of_the_copy(seed):
    for each in range(50):
        text = made(1000 * seed + each)
        aligned = align(text)
        size = len(aligned.text)
        spans = [aligned.span(i, i + 1) for i in range(size)]
        borders = [0, *(i for i in range(1, size) if spans[i - 1][1] <= spans[i][0]), size]
        dice = random.Random(each)
        start, end = sorted(dice.choices(borders, k=2))
        first, last = aligned.span(start, end)
        assert normalise(text[first:last]) == normalise(aligned.text[start:end])


@pytest.mark.parametrize(
    ("text", "piece", "written"),
    [
        ("我要退１２０元", "120元", "１２０元"),
        ("請問下週三可以嗎", "下周三", "下週三"),
        ("👨\u200d👩\u200d👧 hello  \u3000 world", "world", "world"),
        ("co\u200bde a\u200bb", "code", "co\u200bde"),
        ("oﬃce", "office", "oﬃce"),
        ("cafe\u0301 au lait", "café", "cafe\u0301"),
        ("half \ud83d 12", "12", "12"),
        ("\x00 \x00ab", "ab", "ab"),
        ("㎏ 5㎏", "5kg", "5㎏"),
        ("  plain", "plain", "plain"),
        ("\n\tplain ascii\n", "ascii", "ascii"),
    ],
)
def test_a_piece_is_found_where_it_was_written(text, piece, written):
    aligned = align(text)
    start = aligned.text.rindex(piece)
    first, last = aligned.span(start, start + len(piece))
    assert text[first:last] == written


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\x00", "\ud800"])
def test_what_says_nothing_has_nothing_to_find(text):
    aligned = align(text)
    assert aligned.text == normalise(text)
    assert aligned.span(0, 0) in {(0, 0), (1, 1)}


@pytest.mark.parametrize(
    "unit", ["a", "字", "e\u0301", "\u0301", "\ufdfa", " ", "\u200b", "ａ", "a \n", "\ud800", "ᄒ\u1161"]
)
def test_u1_a_long_text_is_aligned_as_far_as_it_is_read(unit):
    text = unit * (100_000 // len(unit))
    aligned = align(text)
    assert aligned.text == normalise(text)
    assert len(aligned.text) <= MAX_MATCHED
    if aligned.text:
        assert aligned.span(0, len(aligned.text))[1] <= len(text)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the table is that of one version of Unicode")
def test_all_that_joins_to_the_character_before_it_is_known():
    found = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    for code in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0][0] != "<" and not unicodedata.combining(chr(int(parts[1], 16))):
            found.add(int(parts[1], 16))
    assert all(JOINS_BACK.match(chr(code)) for code in found)
