"""Lists of the admin's own: other words for a value, typos, files, and every mistake with its mend."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from botcore.config.nlu import EntityConfig
from botcore.errors import ConfigError
from botcore.nlu.entities import Extractor, check_entities
from botcore.nlu.entities.lists import distance

PRODUCTS = {
    "desk lamp": ["reading light", "台灯", "檯燈"],
    "backpack": ["rucksack", "双肩包"],
    "Harbour Sleeping Bag": ["港湾睡袋"],
    "tent": ["帐篷"],
}


def finds(text: str, values: Any = PRODUCTS, **settings: Any) -> list[tuple[str, str, float]]:
    extractor = Extractor("UTC", {"product": EntityConfig(values=values, **settings)})
    return [(each.text, each.value, each.score) for each in extractor.extract(text) if each.by == "list"]


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("is the Desk Lamp in stock", "Desk Lamp", "desk lamp"),
        ("我的台灯坏了", "台灯", "desk lamp"),
        ("檯燈還有嗎", "檯燈", "desk lamp"),
        ("ｄｅｓｋ　ｌａｍｐ please", "ｄｅｓｋ　ｌａｍｐ", "desk lamp"),
        ("a rucksack?", "rucksack", "backpack"),
        ("买tent和灯", "tent", "tent"),
        ("harbour sleeping bag", "harbour sleeping bag", "Harbour Sleeping Bag"),
    ],
)
def test_any_word_for_a_value_finds_it(text, words, value):
    assert finds(text) == [(words, value, 1.0)]


def test_latin_words_are_found_whole_and_chinese_ones_anywhere():
    assert finds("a potent tents user", fuzzy=False) == []
    assert finds("大帐篷子", fuzzy=False) == [("帐篷", "tent", 1.0)]


def test_the_longest_value_wins_within_a_list():
    assert finds("red wine please", ["red", "wine", "red wine"]) == [("red wine", "red wine", 1.0)]


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("my bakcpack broke", "bakcpack", "backpack"),
        ("my backpak broke", "backpak", "backpack"),
        ("two backpacks", "backpacks", "backpack"),
        ("a redaing lihgt", "redaing lihgt", "desk lamp"),
        ("harbor sleeping bagg", "harbor sleeping bagg", "Harbour Sleeping Bag"),
        ("我要退双肩苞", "双肩苞", "backpack"),
    ],
)
def test_a_typo_is_forgiven_with_a_lower_score(text, words, value):
    ((found, meant, score),) = finds(text)
    assert (found, meant) == (words, value)
    assert 0 < score < 1


@pytest.mark.parametrize("text", ["tant", "backpa", "my bckpak", "light", "双肩"])
def test_a_short_word_or_too_many_typos_find_nothing(text):
    assert finds(text) == []


def test_typos_are_not_forgiven_where_the_config_says_so():
    assert finds("my bakcpack broke", fuzzy=False) == []


def test_exact_beats_nearly():
    assert finds("large", ["large", "barge"]) == [("large", "large", 1.0)]


@pytest.mark.parametrize("seed", range(10))
def test_every_word_is_found_with_as_many_edits_as_its_length_allows(seed):
    dice = random.Random(seed)
    words = ["".join(dice.choices("abcdefgh", k=dice.randint(5, 14))) for _ in range(300)]
    extractor = Extractor("UTC", {"word": EntityConfig(values=words)})
    for word in words[:60]:
        most = 2 if len(word) >= 9 else 1
        wrong = word
        for _ in range(most):
            at = dice.randrange(len(wrong))
            wrong = dice.choice(
                [wrong[:at] + wrong[at + 1 :], wrong[:at] + "z" + wrong[at:], wrong[:at] + "z" + wrong[at + 1 :]]
            )
        found = [each for each in extractor.extract(wrong) if each.kind == "word"]
        assert found, (word, wrong)
        if found[0].text == wrong:
            assert distance(wrong, found[0].value, 2) <= distance(wrong, word, 2)


def test_an_own_list_may_overlap_what_is_built_in():
    extractor = Extractor(
        "UTC", {"size": EntityConfig(values=["500ml"]), "city": EntityConfig(values={"沪": ["上海"]})}
    )
    kinds = [(each.kind, each.text) for each in extractor.extract("500ml 寄上海")]
    assert kinds == [("quantity", "500ml"), ("size", "500ml"), ("city", "上海"), ("place", "上海")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "value,synonyms\nred,crimson|红色\nblue,\n"),
        ("b.csv", "\ufeffValue;Synonyms\r\nred;crimson|红色\r\nblue\r\n"),
        ("a.jsonl", '{"value": "red", "synonyms": ["crimson", "红色"]}\n"blue"\n'),
        ("a.yaml", "red: [crimson, 红色]\nblue:\n"),
        ("b.yaml", "- {value: red, synonyms: [crimson, 红色]}\n- blue\n"),
    ],
)
def test_a_file_of_values_is_read_in_each_of_its_forms(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    extractor = Extractor("UTC", {"colour": EntityConfig(file=name)}, tmp_path)
    assert [each.value for each in extractor.extract("红色 blue crimson")] == ["red", "blue", "red"]


@pytest.mark.parametrize(
    ("name", "content", "line", "says"),
    [
        ("a.csv", "name\nred\n", 1, "the column `value` is missing"),
        ("a.csv", "value,colour\nred,x\n", 1, "unknown column 'colour'"),
        ("a.csv", "value,synonyms\nred,a,b\n", 2, "3 cells instead of 2"),
        ("a.csv", "value,synonyms\nred,a\nblue,a\n", 3, "'a' stands for 'red' already"),
        ("a.csv", "value\n,\n \nred\n\u200b\n", 5, "the value is empty"),
        ("a.csv", "", 1, "`value` is missing"),
        ("a.csv", 'value\n"red\n', 2, "cannot be read"),
        ("a.jsonl", '{"value": "red"}\n{"value"\n', 2, "this is no JSON"),
        ("a.jsonl", '{"name": "red"}\n', 1, "no `value`"),
        ("a.jsonl", '{"value": "red", "synonyms": "crimson"}\n', 1, "`synonyms` is no list"),
        ("a.jsonl", "[" * 5000 + "\n", 1, "this is no JSON"),
        ("a.yaml", "red: [a]\nblue: [a]\n", 2, "'a' stands for 'red' already"),
        ("a.yaml", "red: [\n", 2, ""),
        ("a.yaml", "red\n", 1, "no list of values"),
        ("a.txt", "red\n", 1, "no kind of file that is read"),
        ("a.csv", b"value\n\xff\n", 2, "not UTF-8"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line_and_mend(tmp_path, name, content, line, says):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = check_entities({"colour": EntityConfig(file=name)}, tmp_path)
    path, what, mend = problems[0]
    assert path == ("colour", "file")
    assert f"{name}:{line}:" in what
    assert says in what
    assert mend
    with pytest.raises(ConfigError):
        Extractor("UTC", {"colour": EntityConfig(file=name)}, tmp_path)


@pytest.mark.parametrize(
    ("entity", "path", "says"),
    [
        (EntityConfig(), ("x",), "says nothing of what it looks like"),
        (EntityConfig(file="none.csv"), ("x", "file"), "cannot be read"),
        (EntityConfig(values=[]), ("x", "values"), "the list is empty"),
        (EntityConfig(values=["\u200b"]), ("x", "values", "\u200b"), "says nothing that could be found"),
        (EntityConfig(values={"a": ["c"], "b": ["C"]}), ("x", "values", "b"), "stands for 'a' and for 'b'"),
        (EntityConfig(pattern="(?=a)"), ("x", "pattern"), "lookaround"),
    ],
)
def test_a_mistake_in_the_config_is_named_by_its_key(tmp_path, entity, path, says):
    ((where, what, mend),) = check_entities({"x": entity}, tmp_path)
    assert where == path
    assert says in what
    assert mend


def test_a_built_in_kind_is_no_name_for_an_own_entity():
    ((path, what, _),) = check_entities({"money": EntityConfig(values=["cash"])}, Path())
    assert path == ("money",)
    assert "built-in" in what


def test_what_is_right_has_no_problems(tmp_path):
    entities = {
        "a": EntityConfig(values=["x"]),
        "b": EntityConfig(pattern=r"[A-Z]{2}\d{6}"),
        "c": EntityConfig(values={"x": ["y"]}),
    }
    assert check_entities(entities, tmp_path) == []
