"""Cards, carousels, pictures and files in the widget, hostile ones too, and answers that grow."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from botcore import Button, Card, Carousel, Fact, File, Image, Reply

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(60)]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def hostile():
    """The words and the checks of the tests of hostile words."""
    spec = importlib.util.spec_from_file_location("hostile_words", Path(__file__).with_name("test_hostile_words.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def kettle(tmp_path):
    (tmp_path / "kettle.png").write_bytes(PNG)
    (tmp_path / "terms.txt").write_text("Terms. 条款。", encoding="utf-8")
    return Card(
        "Kettle",
        "*Hot* in a minute",
        Image(str(tmp_path / "kettle.png"), "a red kettle"),
        (Fact("Price", "20 EUR"), Fact("库存", "3 件")),
        (Button("Buy", "buy-1"), Button("See it", url="https://shop.example/kettle")),
    )


def test_a_card_is_shown_and_its_buttons_work(chat, bot, kettle):
    bot.answer = lambda message: [
        Reply(f"chose {message.choice}") if message.choice else Reply("Look:", content=(kettle,))
    ]
    chat.say("Show me")
    card = chat.page.locator("botcore-chat .card")
    expect(card.locator(".title")).to_have_text("Kettle")
    expect(card.locator("em")).to_have_text("Hot")
    expect(card.locator("dt")).to_have_text(["Price", "库存"])
    expect(card.locator("dd")).to_have_text(["20 EUR", "3 件"])
    image = card.locator("img")
    expect(image).to_have_attribute("alt", "a red kettle")
    assert image.evaluate("async (node) => { await node.decode(); return node.naturalWidth }") == 1
    link = card.get_by_role("link", name="See it")
    assert link.get_attribute("href") == "https://shop.example/kettle"
    assert link.get_attribute("rel") == "noopener noreferrer nofollow ugc"
    assert link.get_attribute("target") == "_blank"
    card.get_by_role("button", name="Buy").click()
    expect(chat.page.get_by_text("chose buy-1")).to_be_visible()
    expect(card.get_by_role("button", name="Buy")).to_be_disabled()
    expect(chat.page.locator(".chosen")).to_have_text("Buy")
    chat.page.reload()
    chat.launcher.click()
    expect(card).to_have_count(1)
    assert chat.problems == []


def test_a_carousel_scrolls_by_keyboard_and_is_accessible(chat, bot, kettle):
    cards = tuple(Card(f"Kettle {number}", buttons=(Button(f"Buy {number}", str(number)),)) for number in range(6))
    bot.answer = lambda message: [Reply("Six of them:", content=(Carousel((kettle, *cards)),))]
    chat.say("All")
    carousel = chat.page.get_by_role("list", name="7 cards, scroll sideways")
    expect(carousel.get_by_role("listitem")).to_have_count(7)
    carousel.focus()
    chat.page.keyboard.press("ArrowRight")
    chat.page.wait_for_function(
        "() => document.querySelector('botcore-chat').shadowRoot.querySelector('.carousel').scrollLeft > 0"
    )
    carousel.get_by_role("button", name="Buy 5").scroll_into_view_if_needed()
    expect(carousel.get_by_role("button", name="Buy 5")).to_be_in_viewport()
    panel = chat.page.locator("botcore-chat .panel").evaluate("node => node.scrollWidth - node.clientWidth")
    assert panel <= 1, "the panel itself does not scroll sideways"
    found = Axe().run(chat.page, context="botcore-chat", options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]})
    assert found.response["violations"] == []
    assert chat.problems == []


def test_a_file_is_downloaded_and_a_picture_from_elsewhere_waits_for_a_click(chat, bot, sink, kettle, tmp_path):
    content = (
        File(str(tmp_path / "terms.txt"), "条款 terms.txt"),
        Image(f"{sink.url}/pixel.png?q=canary", "a far picture"),
        Image(str(tmp_path / "gone.png"), "a lost picture"),
    )
    bot.answer = lambda message: [Reply(content=content)]
    chat.say("Files")
    expect(chat.page.get_by_role("link", name="a far picture")).to_be_visible()
    expect(chat.page.get_by_role("link", name="a lost picture")).to_be_visible()
    expect(chat.page.locator(".from-bot .bubble")).to_have_count(0)
    with chat.page.expect_download() as download:
        chat.page.get_by_role("link", name="条款 terms.txt").click()
    assert download.value.suggested_filename == "条款 terms.txt"
    assert Path(download.value.path()).read_text(encoding="utf-8") == "Terms. 条款。"
    assert sink.requests == []


def test_a_picture_from_a_listed_origin_is_loaded(make_bot, open_context, new_chat, sink):
    bot = make_bot(image_origins=[sink.url])
    chat = new_chat(open_context().new_page()).open(bot.url)
    bot.answer = lambda message: [Reply(content=(Image(f"{sink.url}/ours.png", "ours"),))]
    chat.say("Picture")
    expect(chat.page.get_by_role("link", name="ours")).to_be_visible()  # the sink sends no picture: the link remains
    assert sink.requests == ["/ours.png"]
    assert chat.problems == []


def test_words_in_every_part_stay_words(chat, bot, sink):
    module = hostile()
    texts = module.payloads(sink)

    def answer(message):
        text = texts[int(message.text)]
        card = Card(
            text,
            text,
            Image(f"{sink.url}/{message.text}", text),
            (Fact(text, text),),
            (Button(text[:70], text), Button(text[:70], url=text)),
        )
        far = Image(f"https://{text}", text)
        return [
            Reply(
                "",
                content=(Carousel((card, card)), File(text, text), File(f"https://{text}", text), far),
                buttons=(Button(text),),
            )
        ]

    bot.answer = answer
    for number in range(len(texts)):
        chat.say(str(number))
        expect(chat.page.locator(".carousel")).to_have_count(number + 1)
    module.assert_harmless(chat, sink)
    chat.page.reload()
    chat.launcher.click()
    expect(chat.page.locator(".carousel").first).to_be_attached()
    module.assert_harmless(chat, sink)


# --- answers that grow -----------------------------------------------------------------------------------------------

LINES = """() => { window.counts = []; const root = document.querySelector('botcore-chat').shadowRoot;
    new MutationObserver(() => window.counts.push(root.querySelectorAll('.from-bot').length))
      .observe(root, { childList: true, subtree: true }) }"""


def test_an_answer_grows_and_its_line_takes_its_place_at_once(chat, bot):
    chat.ask("Hello")
    said = chat.page.locator(".list .from-bot")
    growing = chat.page.locator(".is-growing")
    bot.previews = ("It **com", "It **comes** to")
    bot.answer = lambda message: [Reply("It **comes** tomorrow."), Reply("Bye.")]
    chat.say("When?")
    expect(growing.locator(".words")).to_have_text("It comes to")
    expect(growing.locator("strong")).to_have_text("comes")
    expect(growing).to_have_attribute("aria-hidden", "true")
    expect(chat.page.locator("[role=log] .is-growing")).to_have_count(0)
    expect(chat.page.locator(".typing")).to_be_hidden()
    expect(said).to_have_count(1)
    chat.page.evaluate(LINES)
    bot.is_released.set()
    expect(said.locator(".words")).to_have_text(["Echo: Hello", "It comes tomorrow.", "Bye."])
    expect(growing).to_have_count(0)
    counts = chat.page.evaluate("window.counts")
    assert min(counts) >= 2, "at no time was there neither the growing answer nor its line"
    assert chat.problems == []


def test_an_answer_that_never_comes_goes_away(chat, bot):
    chat.ask("Hello")
    bot.previews = ("It will never",)
    bot.answer = lambda message: []
    chat.say("When?")
    growing = chat.page.locator(".is-growing")
    expect(growing.locator(".words")).to_have_text("It will never")
    (conversation,) = bot.adapter._streams._open
    bot.ask(bot.adapter.typing(conversation, True))
    expect(chat.page.get_by_text("Ada is typing")).to_have_count(1)
    bot.is_released.set()
    bot.ask(bot.adapter.typing(conversation, False))
    expect(growing).to_have_count(0)


def test_hostile_words_that_grow_stay_words(chat, bot, sink):
    module = hostile()
    chat.ask("Hello")
    bot.previews = ("\n\n".join(module.payloads(sink)),)
    chat.say("Grow")
    expect(chat.page.locator(".is-growing")).to_have_count(1)
    module.assert_harmless(chat, sink)
    bot.is_released.set()
