"""What the bot gives its channels: previews, files, choices, texts, a gate for sends, a guard against bots."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from botcore import (
    AuthFailed,
    BadInput,
    Button,
    Card,
    Delivery,
    Message,
    NotReady,
    Plugin,
    Preview,
    Reply,
    Sent,
    Unknown,
    User,
)
from botcore.app import Bot, gather
from botcore.app.loops import LoopGuard
from botcore.plugins import Plugins

pytestmark = pytest.mark.anyio
CONFIG = "models: {encoder: none}\nbot: {name: Ada, languages: [en, zh]}\nlogging: {level: error}\n"


class Pigeon:
    """A channel in memory: what it was told to do is kept."""

    name = "pigeon"
    replay_safe = False

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.sent: list[Delivery] = []
        self.results = []
        self.slow = asyncio.Event()
        self.slow.set()
        self.changed = asyncio.Event()

    def routes(self):
        return ()

    async def start(self, host) -> None:
        self.host = host

    async def listen(self) -> None:
        return

    async def send(self, delivery: Delivery):
        self.log.append(("send", delivery.reply.text))
        self.sent.append(delivery)
        self.changed.set()
        return self.results.pop(0) if self.results else Sent("1")

    async def typing(self, conversation: str, is_on: bool) -> None:
        self.log.append(("typing", str(is_on)))

    async def preview(self, preview: Preview) -> None:
        await self.slow.wait()
        self.log.append(("preview", preview.text))

    async def fetch(self, attachment, *, limit_bytes: int) -> bytes:
        if attachment.ref != "F1":
            raise BadInput("no_file", "gone")
        return b"x" * min(5, limit_bytes)

    async def stop(self) -> None:
        return

    async def say(self, key: str, text: str = "", **fields) -> list[Delivery]:
        """Accept a message and wait for one more delivery."""
        self.changed.clear()
        user = fields.pop("user", User("u"))
        message = Message(key, "pigeon", "pigeon:c", user, text, datetime(2026, 1, 2, tzinfo=UTC), **fields)
        assert await self.host.accept(message)
        async with asyncio.timeout(10):
            await self.changed.wait()
        return self.sent


@pytest.fixture
def skills():
    plugin = Plugin("skills")
    late = []

    @plugin.skill(examples=["tell a story", "讲个故事"])
    async def story(turn):
        for text in ("Once", "Once upon", "Once upon a time"):
            turn.preview(text)
            await asyncio.sleep(0)
        return "Once upon a time. The end."

    @plugin.skill(examples=["show the lamp", "看看台灯"])
    async def lamp(turn):
        card = Card(
            "Lamp", buttons=(Button("Page", url="https://shop.example/lamp"), Button("Buy", "skill:skills.buy"))
        )
        return Reply("Here:", (Button("More", "skill:skills.story"),), content=(card,))

    @plugin.skill(examples=["think long", "想久一点"])
    async def think(turn):
        await asyncio.sleep(0.6)
        return "thought"

    @plugin.skill(examples=["leave work running", "留下工作"])
    async def leave(turn):
        late.append(turn)
        return "left"

    @plugin.skill(examples=["show all that is late", "看看迟到的"])
    async def catch_up(turn):
        late.pop().preview("late")
        await asyncio.sleep(0.05)
        return "caught up"

    @plugin.fallback
    async def files(turn):
        if not turn.message.attachments:
            return None
        try:
            return f"{len(await turn.fetch(turn.message.attachments[0]))} bytes"
        except BadInput as wrong:
            return wrong.what

    return plugin


@pytest.fixture
async def talk(shop, skills):
    """A running bot with the pigeon channel."""
    shop.write("config.yaml", CONFIG)
    pigeon = Pigeon()
    channel = Plugin("pigeon")
    channel.channel(lambda settings: pigeon)
    plugins = Plugins()
    plugins.add(skills, "skills", ())
    plugins.add(channel, "pigeon", (), section="channels")
    bot = Bot(gather(shop.config, extra=plugins), store="sqlite://")
    await bot.start()
    yield pigeon
    await bot.stop(drain_s=1)


async def test_previews_come_before_the_reply_and_never_after(talk):
    await talk.say("k1", "tell a story")
    kinds = [kind for kind, _ in talk.log]
    assert kinds.count("send") == 1
    assert kinds[-1] == "send"
    assert talk.log[0] == ("preview", "Once")
    assert talk.sent[0].turn


async def test_a_preview_that_comes_after_the_reply_is_not_shown(talk):
    await talk.say("k1", "leave work running")
    await talk.say("k2", "show all that is late")
    assert [delivery.reply.text for delivery in talk.sent] == ["left", "caught up"]
    assert ("preview", "late") not in talk.log


async def test_a_slow_channel_is_shown_the_newest_text_only(talk):
    talk.slow.clear()
    waiting = asyncio.create_task(talk.say("k1", "tell a story"))
    await asyncio.sleep(0.1)
    assert talk.log == []
    talk.slow.set()
    await waiting
    assert talk.log == [("preview", "Once"), ("send", "Once upon a time. The end.")]


async def test_thinking_is_shown_only_when_it_takes_a_while(talk):
    await talk.say("k1", "think long")
    await talk.say("k2", "show the lamp")
    kinds = [entry for entry in talk.log if entry[0] == "typing"]
    assert kinds == [("typing", "True"), ("typing", "False")]


async def test_what_comes_back_from_a_button_is_looked_up_in_the_log(talk):
    (delivery,) = await talk.say("k1", "show the lamp")
    choices = [await talk.host.choice("pigeon:c", delivery.seq, index) for index in range(-1, 3)]
    assert [choice and choice.label for choice in choices] == [None, "Buy", "More", None]
    assert await talk.host.choice("pigeon:other", delivery.seq, 0) is None
    assert await talk.host.choice("pigeon:c", delivery.seq - 1, 0) is None


async def test_a_skill_reads_a_file_that_came_with_the_message(talk):
    from botcore import Attachment

    await talk.say("k1", attachments=(Attachment("image", ref="F1"),))
    await talk.say("k2", attachments=(Attachment("image", ref="F2"),))
    assert [delivery.reply.text for delivery in talk.sent] == ["5 bytes", "gone"]


async def test_start_is_greeted_in_the_customers_language(talk):
    await talk.say("k1", choice="start", user=User("u", locale="zh-Hans-CN"))
    assert talk.sent[0].reply.text.startswith("您好！我是智能客服Ada")


async def test_asking_for_a_person_is_marked_for_channels_with_agents(talk):
    await talk.say("k1", "Talk to a person", choice="person")
    await talk.say("k2", "tell a story")
    assert [delivery.reply.hand_over for delivery in talk.sent] == [True, False]


async def test_texts_are_said_in_the_language_that_fits(talk):
    host = talk.host
    assert host.language_of("zh_TW") == "zh"
    assert host.language_of("en-GB") == "en"
    assert host.language_of("fr") is None
    assert host.say("button_expired", "zh").startswith("这个按钮")
    assert host.say("greeting").startswith("Hello! I am Ada")


async def test_another_bot_gets_three_answers_a_minute_and_then_silence(talk):
    bot = User("b", is_bot=True)
    found = []
    for number in range(5):
        message = Message(f"b{number}", "pigeon", "pigeon:c", bot, "hi", datetime(2026, 1, 2, tzinfo=UTC))
        found += await talk.host.accept_all([message])
    assert found == [True, True, True, False, False]
    human = Message("h1", "pigeon", "pigeon:c", User("u"), "hi", datetime(2026, 1, 2, tzinfo=UTC))
    assert await talk.host.accept(human)


async def test_what_could_not_be_stored_is_not_counted_as_an_answer_to_a_bot(talk, monkeypatch):
    message = Message("b", "pigeon", "pigeon:c", User("b", is_bot=True), "hi", datetime(2026, 1, 2, tzinfo=UTC))

    async def full(_messages):
        raise NotReady("The journal is full.")

    with monkeypatch.context() as journal:
        journal.setattr(talk.host._engine, "accept_all", full)
        journal.setattr(talk.host._engine, "accept", full)
        for _ in range(3):
            with pytest.raises(NotReady):
                await talk.host.accept_all([message])
            with pytest.raises(NotReady):
                await talk.host.accept(message)
    assert await talk.host.accept_all([message]) == [True]


def test_the_guard_forgets_after_a_minute():
    guard = LoopGuard()
    assert [guard.lets_in("c", now) for now in (0, 1, 2, 3, 59.9, 60, 61)] == [True] * 3 + [False] * 2 + [True] * 2
    assert guard.lets_in("other", 3)


async def test_what_may_have_arrived_is_told_to_the_operator_and_not_repeated(talk):
    talk.results = [Unknown("the answer was lost")]
    await talk.say("k1", "tell a story")
    await talk.say("k2", "tell a story")
    assert [delivery.attempt for delivery in talk.sent] == [1, 1]


async def test_a_channel_that_is_not_let_in_keeps_the_bot_from_starting(shop, skills):
    class Locked(Pigeon):
        async def start(self, host) -> None:
            raise AuthFailed("The platform does not know this token.", fix="Make a new one.")

    shop.write("config.yaml", CONFIG)
    channel = Plugin("pigeon")
    channel.channel(lambda settings: Locked())
    plugins = Plugins()
    plugins.add(channel, "pigeon", (), section="channels")
    bot = Bot(gather(shop.config, extra=plugins), store="sqlite://")
    with pytest.raises(AuthFailed, match="does not know this token"):
        await bot.start()
