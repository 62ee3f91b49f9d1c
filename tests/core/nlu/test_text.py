"""Text made comparable: what is read is a copy that forgives how it was typed (U4)."""

from __future__ import annotations

import pytest

from botcore.text import MAX_MATCHED, Reader, lexemes, normalise, storable, to_simplified


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("he\u200bllo", "hello"),
        ("\ufeffhello\u2060", "hello"),
        ("h\u00adello \U000e0041", "hello"),
        ("\u202ehello\u202c", "hello"),
        ("ｈｅｌｌｏ　ｗｏｒｌｄ！", "hello world!"),
        ("１２３", "123"),
        ("ﬁne", "fine"),
        ("退換貨嗎？", "退换货吗?"),
        ("請問運費", "请问运费"),
        ("e\u0301", "\u00e9"),
        ("  a \t\n b  ", "a b"),
        ("a\u3000b\u00a0c", "a b c"),
        ("\x00nul\x07bell\x1besc\x85", "nulbellesc"),
        ("half \ud83d", "half \ufffd"),
        ("❤\ufe0f", "❤"),
        ("", ""),
        (" \u200b ", ""),
    ],
)
def test_u4_the_same_words_read_the_same_however_they_were_typed(written, read):
    assert normalise(written) == read
    assert normalise(read) == read


def test_what_is_read_is_bounded():
    assert len(normalise("x" * 100_000)) == MAX_MATCHED
    assert len(normalise("\ufdfa" * 100_000)) <= MAX_MATCHED, "one character that NFKC makes eighteen of"
    assert len(normalise("e" + "\u0301" * 100_000)) <= MAX_MATCHED


def test_simplifying_keeps_the_length_so_that_offsets_stay():
    text = "頭髮與幹部、裏面、鬱金香"
    assert len(to_simplified(text)) == len(text)
    assert to_simplified(text) == "头发与干部、里面、郁金香"


def test_storable_keeps_what_was_written_but_for_what_cannot_be_kept():
    assert storable("a\tb\nc ＡＢ\u200b 👨‍👩‍👧") == "a\tb\nc ＡＢ\u200b 👨‍👩‍👧"
    assert storable("\x00\ud800\x1b[0m\x9f") == "\ufffd[0m"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("退货", ["退", "货", "退货"]),
        ("货", ["货"]),
        ("lamp", ["lamp", "#^lam", "#lamp", "#amp$"]),
        ("a", ["a", "#^a$"]),
        ("don't", ["don't", "#^don", "#don'", "#on't", "#n't$"]),
        ("SF12单号", ["sf12", "#^sf1", "#sf12", "#f12$", "单", "号", "单号"]),
        ("!? 🙂", []),
        ("", []),
    ],
)
def test_lexemes_are_characters_and_pairs_for_han_and_words_with_their_pieces_for_others(text, found):
    assert lexemes(text) == found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("where is the Harbour & Pine shop", "where is the shop"),
        ("where is the ＨＡＲＢＯＵＲ　＆　ＰＩＮＥ shop", "where is the shop"),
        ("港松的店在哪里", "的店在哪里"),
        ("港鬆生活在哪", "在哪"),
        ("Harbour & Pine", "Harbour & Pine"),
        ("Harbour & Pines", "Harbour & Pines"),
        ("港松！", "港松!"),
    ],
)
def test_a_shops_own_names_count_for_nothing_unless_nothing_else_is_left(written, read):
    assert Reader(["Harbour & Pine", "港松", "港松生活", " "]).read(written) == read


def test_a_name_with_signs_of_patterns_is_only_a_name():
    assert Reader(["a.b(c"]).read("the a.b(c lamp and axb(c") == "the lamp and axb(c"


@pytest.mark.parametrize(
    "written",
    [
        "Where is the Harbour & Pine shop?",
        "Harbour & Pine, where are you, Harbour & Pine?",
        "港松的地址在哪，港松",
        "  ｈａｒｂｏｕｒ & pine  delivery ",
        "no name at all",
        "Harbour & Pine",
        "",
        "港松生活 港松",
    ],
)
def test_a_reader_knows_where_each_character_stood(written):
    reader = Reader(["Harbour & Pine", "港松", "港松生活"])
    read, places = reader.read_with_places(written)
    assert read == reader.read(written)
    assert len(places) == len(read)
    assert list(places) == sorted(set(places))
    normal = normalise(written)
    assert all(read[i] in (" ", normal[place]) for i, place in enumerate(places))
