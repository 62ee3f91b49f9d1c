"""The tests. Each name is a sentence about what a channel does."""

# ruff: noqa: D102, S101  # tests: their names are their docstrings

from __future__ import annotations

import asyncio
import random
import re
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from botcore.markup import read_markdown
from botcore.testing.adapter_contract.platform import Platform, Shown
from botcore.testing.adapter_contract.running import Stage
from botcore.testing.adapter_contract.skills import ESCAPED, GROWING, LONG, NO_SPACE, TEXTS

Test = TypeVar("Test", bound=Callable[..., Any])
UNICODE = [
    "中文，简体 / 繁體：訂單",
    "ｈｅｌｌｏ full-width １２３",
    "👨‍👩‍👧‍👦 🇨🇳 1️⃣ 👍🏽 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "e\u0301 (combining) 𠮷野家 क्षि",
    "שלום مرحبا 안녕",
    "a\u200bb he\u200bllo",
    "<tag> & \"quotes\" 'single'",
]


def needs(capability: str) -> Callable[[Test], Test]:
    """Collect the test only for platforms that declare this."""

    def mark(test: Test) -> Test:
        test.needs = capability  # type: ignore[attr-defined]
        return test

    return mark


class AdapterContract:
    """Inherit it in a class `Test...` and name the `platform_type`. See `Platform`."""

    platform_type: ClassVar[type[Platform]]
    pytestmark = pytest.mark.anyio

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, test in vars(AdapterContract).items():
            capability = getattr(test, "needs", None)
            if capability and not getattr(cls.platform_type, capability):
                setattr(cls, name, None)  # not collected: nothing is skipped that could never run

    @pytest.fixture
    def anyio_backend(self) -> str:
        """The bot runs on asyncio."""
        return "asyncio"

    @pytest.fixture
    async def platform(self) -> AsyncIterator[Platform]:
        """The platform; override it if yours takes arguments."""
        async with self.platform_type() as platform:
            yield platform

    @pytest.fixture
    async def stage(self, platform: Platform, tmp_path: Path) -> AsyncIterator[Stage]:
        """The platform and the folder of a bot that has not started."""
        stage = Stage(platform, tmp_path)
        yield stage
        await stage.close()

    @pytest.fixture
    async def live(self, stage: Stage) -> Stage:
        """The same with a bot that runs in this process."""
        await stage.start()
        return stage

    # --- delivery ---

    async def test_a_message_is_answered(self, live: Stage) -> None:
        await live.platform.say("ann", "hello")
        assert [each.text for each in await live.settle("ann")] == ["re: hello"]

    async def test_what_cannot_be_stored_is_not_confirmed_and_answered_later(self, live: Stage) -> None:
        await live.said_after("ann", "hello")
        journal = live.lock_journal()
        try:
            await live.platform.say("ann", "kept")
            for _ in range(20):
                assert not await live.platform.is_confirmed()
                await asyncio.sleep(0.05)
        finally:
            journal.close()
        await live.until("ann", lambda shown: "re: kept" in texts(shown))
        assert Counter(texts(await live.settle("ann")))["re: kept"] == 1
        async with asyncio.timeout(10):
            while not await live.platform.is_confirmed():
                await live.platform.changed()

    @needs("can_redeliver")
    async def test_a_redelivery_is_answered_once(self, live: Stage) -> None:
        await live.platform.say("ann", "once")
        await live.platform.redeliver()
        await live.answers("ann", 1)
        await live.platform.redeliver()
        assert texts(await live.settle("ann")) == ["re: once"]

    async def test_a_conversation_is_answered_in_order(self, live: Stage) -> None:
        for number in range(8):
            await live.platform.say("ann", f"m{number}")
        assert texts(await live.answers("ann", 8)) == [f"re: m{number}" for number in range(8)]

    async def test_a_slow_conversation_holds_up_nobody(self, live: Stage) -> None:
        await live.platform.say("ann", "wait here")
        await eventually(lambda: live.began() == ["began here"])
        for user in ("ben", "cat", "dan"):
            await live.platform.say(user, "hi")
        for user in ("ben", "cat", "dan"):
            assert texts(await live.answers(user, 1)) == ["re: hi"]
        assert await live.platform.shown("ann") == []
        (live.folder / "gate").touch()
        assert texts(await live.answers("ann", 1)) == ["re: wait here"]

    @needs("can_rate_limit")
    async def test_a_user_who_is_limited_is_answered_later_and_others_at_once(self, live: Stage) -> None:
        await live.said_after("ann", "hello")
        began = time.monotonic()
        await live.platform.limit_rate("ann", 2.0)
        await live.platform.say("ann", "late")
        await live.platform.say("ben", "hi")
        assert texts(await live.answers("ben", 1)) == ["re: hi"]
        assert "re: late" not in texts(await live.platform.shown("ann"))
        await live.until("ann", lambda shown: "re: late" in texts(shown))
        assert time.monotonic() - began >= 1.9
        assert Counter(texts(await live.settle("ann")))["re: late"] == 1

    @needs("can_poison")
    async def test_what_cannot_be_understood_is_kept_and_holds_up_nothing(self, live: Stage) -> None:
        await live.said_after("ann", "hello")
        await live.platform.poison("ann")
        await live.platform.say("ben", "next")
        await live.answers("ben", 1, within_s=2)
        await eventually(lambda: live.dead_letters() >= 1)

    # --- text ---

    @pytest.mark.parametrize(("command", "source"), [("long", LONG), ("no space", NO_SPACE)], ids=["words", "no space"])
    async def test_long_texts_come_in_parts_with_nothing_lost(self, live: Stage, command: str, source: str) -> None:
        parts = await live.said_after("ann", command)
        assert squeezed("".join(texts(parts))) == squeezed(source)
        limit = live.platform.text_limit
        assert limit is None or all(live.platform.measure(each.text) <= limit for each in parts)

    @pytest.mark.parametrize("text", UNICODE)
    async def test_any_script_goes_through_unchanged(self, live: Stage, text: str) -> None:
        assert texts(await live.said_after("ann", text)) == [f"re: {text}"]

    @pytest.mark.parametrize("name", list(TEXTS))
    async def test_words_are_shown_as_written_and_marked_as_meant(self, live: Stage, name: str) -> None:
        meant = read_markdown(TEXTS[name])
        (shown,) = await live.said_after("ann", f"text {name}")
        assert shown.text.strip().split() == meant.text.split()
        known = live.platform.marks
        wanted = [(span.kind, meant.text[span.start : span.end]) for span in meant.spans if span.kind in known]
        assert sorted(mark for mark in shown.marks if mark[0] in known) == sorted(wanted)
        if "link" in known:
            assert set(shown.links) == {span.url for span in meant.spans if span.url}

    @needs("can_escape")
    async def test_escaped_marks_are_no_marks(self, live: Stage) -> None:
        (shown,) = await live.said_after("ann", "escaped")
        assert shown.text.strip() == read_markdown(ESCAPED).text
        assert shown.marks == ()

    # --- buttons and rich replies ---

    async def test_choices_are_offered(self, live: Stage) -> None:
        shown = await live.said_after("ann", "buttons")
        assert shown[0].text.startswith("Pick:")
        assert "https://shop.example/" in {link for each in shown for link in each.links}
        offered = everything(shown)
        assert all(label in offered for label in ("One", "二", "Site"))

    @needs("can_press")
    async def test_a_button_that_is_pressed_comes_back(self, live: Stage) -> None:
        shown = await live.said_after("ann", "buttons")
        assert [label for each in shown for label in each.buttons] == ["One", "二"]
        await live.platform.press("ann", "二")
        await live.until("ann", lambda shown: "chose two" in texts(shown))

    @needs("keeps_buttons")
    async def test_a_button_that_is_pressed_twice_is_one_turn(self, live: Stage) -> None:
        await live.said_after("ann", "buttons")
        await live.platform.press("ann", "One")
        await live.platform.press("ann", "One")
        await live.until("ann", lambda shown: "chose 1" in texts(shown))
        await live.platform.press("ann", "One")
        assert Counter(texts(await live.settle("ann")))["chose 1"] == 1

    @needs("can_forge")
    async def test_a_forged_press_does_nothing(self, live: Stage) -> None:
        await live.said_after("ann", "buttons")
        await live.platform.forge("ann")
        assert not any("chose" in text for text in texts(await live.settle("ann")))

    @needs("can_press")
    @pytest.mark.parametrize(
        ("command", "label", "value"), [("card", "Buy", "buy-1"), ("carousel", "Buy the second", "buy-2")]
    )
    async def test_the_buttons_of_cards_come_back(self, live: Stage, command: str, label: str, value: str) -> None:
        await live.said_after("ann", command)
        await live.platform.press("ann", label)
        await live.until("ann", lambda shown: f"chose {value}" in texts(shown))

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            ("card", "Look:|Kettle <1>|hot & fast|a red kettle|Price|20 EUR|库存|3 件|Buy|See it|More"),
            ("carousel", "Both:|Kettle <1>|20 EUR|茶壶|30 EUR|Buy|Buy the second"),
            ("files", "Here:|a small picture|terms.txt"),
            ("only a card", "茶壶|Price|30 EUR|Buy the second"),
        ],
        ids=["card", "carousel", "files", "only a card"],
    )
    async def test_rich_replies_lose_nothing(self, live: Stage, command: str, words: str) -> None:
        shown = await live.said_after("ann", command)
        found = everything(shown)
        assert [word for word in words.split("|") if word not in found] == []
        if command in ("card", "carousel"):
            assert "https://shop.example/kettle" in {link for each in shown for link in each.links}

    @needs("can_attach")
    async def test_files_that_people_send_can_be_read(self, live: Stage) -> None:
        await live.platform.attach("ann", "look", "small.txt", b"x" * 321)
        await live.until("ann", lambda shown: "321 bytes" in texts(shown))
        await live.platform.attach("ann", "look", "large.txt", b"x" * 5000)
        assert "5000 bytes" not in texts(await live.settle("ann"))

    @needs("has_previews")
    async def test_a_growing_answer_is_replaced_by_the_whole_one(self, live: Stage) -> None:
        whole = read_markdown(GROWING).text
        await live.platform.say("ann", "stream")
        await live.until("ann", lambda shown: whole in texts(shown))
        previews = await live.platform.previewed("ann")
        assert previews
        assert all(whole.startswith(text.rstrip("… ")) for text in map(unmarked, previews))
        assert texts(await live.settle("ann")) == [whole]

    # --- crashes ---

    @pytest.mark.kill
    @pytest.mark.parametrize("point", ["accept", "turn", "send"])
    async def test_a_bot_that_is_killed_loses_nothing(self, stage: Stage, point: str) -> None:
        users = [f"user{number}" for number in range(6)]
        await stage.run()
        for user in users:
            await stage.platform.say(user, f"slow {user}")
            await stage.platform.say(user, "second")
        if point == "accept":
            await asyncio.sleep(random.random() * 0.05)  # noqa: S311  # any instant will do
        elif point == "turn":
            await eventually(lambda: len(stage.began()) > 0)
        else:
            await stage.answers(users[0], 1)
        assert await stage.end(signal.SIGKILL) == -signal.SIGKILL
        await stage.run()
        repeated = 0
        for user in users:
            wanted = [f"re: slow {user}", "re: second"]
            await stage.until(user, lambda shown, wanted=wanted: set(wanted) <= set(texts(shown)))  # type: ignore[misc]
        for user in users:
            said = texts(await stage.settle(user))
            wanted = [f"re: slow {user}", "re: second"]
            if stage.platform.redelivers_in_order:
                assert list(dict.fromkeys(said)) == wanted
            assert set(said) == set(wanted)
            repeated += len(said) - 2
        assert repeated <= stage.platform.repeats_per_kill
        assert await stage.end(signal.SIGTERM) == 0

    @pytest.mark.kill
    async def test_a_bot_that_is_told_to_end_ends_in_time_and_loses_nothing(self, stage: Stage) -> None:
        users = [f"user{number}" for number in range(4)]
        await stage.run()
        for user in users:
            for number in range(3):
                await stage.platform.say(user, f"slow {number}")
        await eventually(lambda: len(stage.began()) > 0)
        began = time.monotonic()
        assert await stage.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 20
        await stage.run()
        for user in users:
            wanted = [f"re: slow {number}" for number in range(3)]
            assert texts(await stage.answers(user, 3)) == wanted
        assert [texts(await stage.settle(user)) for user in users] == [wanted] * len(users)
        assert len(stage.began()) == 12, "no turn that ended ran again"
        assert "Traceback" not in (stage.folder / "run.log").read_text(encoding="utf-8")
        assert await stage.end(signal.SIGTERM) == 0


def texts(shown: list[Shown]) -> list[str]:
    """Their texts."""
    return [each.text for each in shown]


def everything(shown: list[Shown]) -> str:
    """All words that somebody sees, wherever they stand."""
    return "\n".join(" ".join([each.text, *each.buttons, *each.files]) for each in shown)


def squeezed(text: str) -> str:
    """The text without white space, which may go where a text is cut."""
    return re.sub(r"\s", "", text)


def unmarked(text: str) -> str:
    """An unfinished text without marks that have not been closed yet."""
    return text.replace("*", "")


async def eventually(holds: Callable[[], bool], *, within_s: float = 30.0) -> None:
    """Return as soon as it holds; fail when that takes too long."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  # a file, a database: nobody tells of their change
            await asyncio.sleep(0.01)
