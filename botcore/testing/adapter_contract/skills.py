"""The plugin that the contract's bot answers with. Loaded by its path, from the folder of the bot."""

from __future__ import annotations

import asyncio
from pathlib import Path

from botcore import Button, Card, Carousel, Fact, File, Image, Plugin, Reply, Turn

plugin = Plugin("contract")

PARAGRAPHS = 30
WORDS = 60
LONG = "\n\n".join(
    " ".join(f"w{paragraph * WORDS + word}" for word in range(WORDS)) + f" 第{paragraph}段。"
    for paragraph in range(PARAGRAPHS)
)
NO_SPACE = "汉字" * 5000
GROWING = "Your parcel **4711** left our house. It comes tomorrow, 明天送到。"
TEXTS = {
    "marks": "**bold words** and *italic words*, ~~gone~~, `some code`, [a link](https://shop.example/a?b=1&c=2).",
    "marks-zh": "**注意：**请看[物流页面](https://shop.example/t)，单号 `SF123`。",
    "block": "Run this:\n\n```sh\ncurl -s <url> & echo *done*\n```\n\nThen that.",
    "quote": "> quoted words\n\nand own ones",
    "list": "Steps:\n\n1. first\n2. second\n\n- 甲\n- 乙",
    "hostile": "<!channel> <!here> <@U1> @everyone <b>b</b> &amp; & <script>x</script>",
    "hostile-links": "[x](javascript:alert(1)) [https://bank.example](https://evil.example) <https://evil.example|bank>",
    "specials": r"1\. a-b (c) [d] #e +f =g |h {i} .j !k ~l >m \\n",
    "emphasis-in-words": "**粗体**和*斜体*混在一起，snake_case_name，45*30*18 cm",
}


ESCAPED = "\\*no\\* \\_no\\_ \\`no\\` \\[x\\](https\\://no.example) \\> no ~no~"


@plugin.fallback
async def answer(turn: Turn) -> Reply | str:
    """Answer a command, or say what was said."""
    message = turn.message
    if message.choice is not None:
        return f"chose {message.choice}"
    if message.attachments:
        found = await turn.fetch(message.attachments[0], limit_bytes=1000)
        return f"{len(found)} bytes"
    command, _, rest = message.text.partition(" ")
    if command in ("wait", "slow"):
        await _note(f"began {rest}")
        await (_gate() if command == "wait" else asyncio.sleep(0.2))
        return f"re: {message.text}"
    if command == "stream":
        return await _stream(turn)
    if command == "text":
        return TEXTS[rest]
    return _made().get(message.text) or f"re: {message.text}"


async def _stream(turn: Turn) -> str:
    for end in (11, 24, 40, len(GROWING)):
        turn.preview(GROWING[:end])
        await asyncio.sleep(0.4)
    return GROWING


async def _gate() -> None:
    while not Path("gate").exists():  # noqa: ASYNC110, ASYNC240  # opened by the test, maybe from another process
        await asyncio.sleep(0.02)


async def _note(line: str) -> None:
    def write() -> None:
        with Path("turns.txt").open("a", encoding="utf-8") as turns:
            turns.write(line + "\n")

    await asyncio.to_thread(write)


def _made() -> dict[str, Reply]:
    card = Card(
        "Kettle <1>",
        "*hot* & fast",
        Image("https://shop.example/kettle.png", "a red kettle"),
        (Fact("Price", "20 EUR"), Fact("库存", "3 件")),
        (Button("Buy", "buy-1"), Button("See it", url="https://shop.example/kettle")),
    )
    other = Card("茶壶", "", None, (Fact("Price", "30 EUR"),), (Button("Buy the second", "buy-2"),))
    return {
        "escaped": Reply(ESCAPED),
        "long": Reply(LONG),
        "no space": Reply(NO_SPACE),
        "buttons": Reply(
            "Pick:", (Button("One", "1"), Button("二", "two"), Button("Site", url="https://shop.example/"))
        ),
        "card": Reply("Look:", content=(card,), buttons=(Button("More", "more"),)),
        "carousel": Reply("Both:", content=(Carousel((card, other)),)),
        "files": Reply("Here:", content=(Image("picture.png", "a small picture"), File("terms.txt", "terms.txt"))),
        "only a card": Reply(content=(other,)),
    }
