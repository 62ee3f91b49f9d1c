"""Cues: what a message does to the dialogue."""

from __future__ import annotations

import pytest

from botcore.nlu.cue_head import CueHead, examples
from botcore.nlu.cues import NAMES, find_cues, is_short
from botcore.text import normalise


def names(text: str) -> set[str]:
    return {cue.name for cue in find_cues(text)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("嗯嗯好的呀", "affirm"),
        ("没问题", "affirm"),
        ("no problem", "affirm"),
        ("not bad, let's take it", "affirm"),
        ("不要", "deny"),
        ("not really", "deny"),
        ("不是北京，是上海", "correct"),
        ("actually, make it two", "correct"),
        ("我说错了", "correct"),
        ("算了", "cancel"),
        ("never mind", "cancel"),
        ("先不填", "skip"),
        ("can we skip that?", "skip"),
        ("你再说一遍", "repeat"),
        ("没听懂", "repeat"),
        ("转人工", "hand_over"),
        ("找真人", "hand_over"),
        ("can I talk to someone?", "hand_over"),
        ("謝謝", "thanks"),
        ("在吗", "greet"),
        ("拜拜", "goodbye"),
        ("重新开始", "restart"),
        ("都不是", "none_of_these"),
        ("不太清楚欸", "unsure"),
        ("ＯＫ", "affirm"),
        ("I don’t know", "unsure"),
    ],
)
def test_each_cue_is_known_by_its_words(text, name):
    assert name in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "can I cancel my order?",
        "取消预约要收费吗",
        "I don't want to cancel",
        "不想取消",
        "I want to cancel my order",
        "no internet since this morning",
        "可以退货吗",
        "好的床垫多少钱",
        "对了，我还想问下保修",
        "人工费多少钱",
        "how do I restart my router",
        "跳过下个月的配送怎么弄",
        "the OK button does nothing",
        "",
        "🙂🙂",
        "12345",
    ],
)
def test_a_request_that_holds_the_same_words_is_no_cue(text):
    assert names(text) == set()


def test_a_message_may_carry_several_cues_each_with_its_place():
    text = "  不用了，谢谢！"
    found = {cue.name: text[cue.start : cue.end] for cue in find_cues(text)}
    assert found == {"deny": "不用了", "thanks": "谢谢"}


def test_a_yes_with_a_question_after_it_is_a_yes_and_says_where():
    text = "Yes, but what does shipping cost?"
    (cue,) = find_cues(text)
    assert (cue.name, text[cue.start : cue.end]) == ("affirm", "Yes")
    assert cue.score < 1


def test_offsets_count_in_the_text_as_it_was_written():
    text = "\u200b ＯＫ，不是北京，是上海"
    for cue in find_cues(text):
        assert 0 <= cue.start < cue.end <= len(text)
    assert any(text[cue.start : cue.end] == "ＯＫ" for cue in find_cues(text))


def test_the_surest_cue_comes_first():
    found = find_cues("好的，帮我查下订单，谢谢")
    assert [cue.name for cue in found] == ["affirm", "thanks"]
    assert found[0].score > found[1].score


@pytest.mark.parametrize(
    "text",
    [
        "好" * 100_000,
        "no " * 30_000,
        "不是" * 20_000,
        "，" * 50_000,
        "\ud800\udfff取消",
        "a\x00b",
        "👨‍👩‍👧" * 3000,
        "'" * 5000,
        " -" * 5000,
        "thanks " * 10_000,
    ],
    ids=range(10),
)
def test_any_text_is_read_without_an_error(text):
    for cue in find_cues(text):
        assert cue.name in NAMES
        assert 0 <= cue.start <= cue.end <= len(text)


def test_only_short_messages_are_given_to_the_learned_head():
    assert is_short("I'd be glad")
    assert not is_short("好" * 21)
    assert not is_short("word " * 13)


def test_examples_are_there_for_every_cue_and_for_none():
    labels, texts, which = examples()
    assert set(labels) == {*NAMES, "none"}
    assert len(texts) == len(which)
    assert len(set(texts)) == len(texts)


@pytest.mark.xdist_group("encoder")
def test_the_head_knows_wordings_that_no_rule_lists_and_is_kept(encoder, tmp_path):
    cache = tmp_path / "cues.npz"
    cache.write_bytes(b"PK a damaged file counts as none")
    CueHead.train(encoder, cache)
    passed = encoder.texts
    head = CueHead.train(encoder, cache)
    assert encoder.texts == passed, "the second time, the head came from the cache"
    for text, name in [("这事就别再往下办了", "cancel"), ("I have no wish to", "deny"), ("我哪知道啊", "unsure")]:
        assert find_cues(text) == ()
        (encoded,) = encoder.encode_many([normalise(text)])
        (cue,) = find_cues(text, encoded=encoded, head=head)
        assert (cue.name, cue.by, text[cue.start : cue.end]) == (name, "learned", text)
    (encoded,) = encoder.encode_many(["where is my parcel"])
    assert find_cues("where is my parcel", encoded=encoded, head=head) == ()
