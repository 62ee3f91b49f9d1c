"""Reached by everyone: keyboard, input methods, screen readers, phones, dark rooms, both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(60)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}


def focused(page):
    """The label or id of what has the focus, inside the widget too."""
    return page.evaluate(
        """() => { let node = document.activeElement;
        while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
        return node.id || node.className || node.getAttribute('aria-label'); }"""
    )


def complaints(results):
    return [
        f"{found['id']}: {node['html']} {node['failureSummary']}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]


def test_the_chat_is_usable_without_a_mouse(open_context, bot, new_chat):
    chat = new_chat(open_context().new_page())
    chat.page.goto(bot.url)
    expect(chat.launcher).to_be_visible()
    for _ in range(40):
        chat.page.keyboard.press("Tab")
        if focused(chat.page) == "launcher":
            break
    chat.page.keyboard.press("Enter")
    expect(chat.panel).to_be_visible()
    assert focused(chat.page) == "words"
    chat.page.keyboard.type("choices")
    chat.page.keyboard.press("Enter")
    expect(chat.words.last).to_have_text("Pick one:")
    button = chat.page.get_by_role("button", name="Track my order")
    for _ in range(10):
        chat.page.keyboard.press("Shift+Tab")
        if button.evaluate("node => node.getRootNode().activeElement === node"):
            break
    chat.page.keyboard.press("Enter")
    expect(chat.words.last).to_have_text("You chose track")
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    assert focused(chat.page) == "launcher"


def test_shift_enter_makes_a_new_line(chat):
    chat.field.press_sequentially("One")
    chat.field.press("Shift+Enter")
    chat.field.press_sequentially("Two")
    chat.field.press("Enter")
    expect(chat.words).to_have_count(2)
    assert chat.words.all_inner_texts() == ["One\nTwo", "Echo: One\nTwo"]


def test_the_enter_that_ends_a_composition_does_not_send(chat):
    chat.field.focus()
    cdp = chat.page.context.new_cdp_session(chat.page)
    cdp.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    enter = """(node, init) => node.dispatchEvent(new KeyboardEvent('keydown',
        {key: 'Enter', bubbles: true, cancelable: true, ...init}))"""
    chat.field.evaluate(enter, {"isComposing": True})
    chat.field.evaluate(enter, {"keyCode": 229})
    expect(chat.page.locator(".list .line")).to_have_count(0)
    cdp.send("Input.insertText", {"text": "你好"})
    expect(chat.field).to_have_value("你好")
    chat.field.press("Enter")
    chat.expect_words("你好", "Echo: 你好")


def test_a_screen_reader_hears_new_answers_and_who_speaks(chat):
    chat.ask("Hello")
    log = chat.page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(chat.page.locator(".from-bot .sr")).to_have_text("Ada: ")
    expect(chat.page.locator(".from-user .sr")).to_have_text("You: ")
    expect(chat.page.get_by_label("Your message")).to_be_focused()
    expect(chat.launcher).to_have_attribute("aria-expanded", "true")


def test_history_is_not_read_aloud(chat):
    chat.ask("Hello")
    watch = """() => {
        window.said = [];
        const list = document.querySelector('botcore-chat').shadowRoot.querySelector('.list');
        const added = (record) => [...record.addedNodes].map((node) => node.textContent);
        const isLive = () => list.getAttribute('aria-live') === 'polite';
        const note = (records) => { if (isLive()) window.said.push(...records.flatMap(added)); };
        new MutationObserver(note).observe(list, { childList: true });
    }"""
    chat.page.add_init_script(f"addEventListener('load', {watch})")
    chat.page.reload()
    chat.launcher.click()
    expect(chat.words).to_have_count(2)
    assert chat.page.evaluate("window.said") == []


def test_on_a_phone_the_panel_fills_the_screen(open_context, bot, new_chat):
    chat = new_chat(open_context(**PHONE).new_page()).open(bot.url)
    box = chat.panel.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    expect(chat.launcher).to_be_hidden()
    expect(chat.panel).to_have_attribute("aria-modal", "true")
    chat.ask("Hello")
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 390
    chat.page.get_by_role("button", name="Close chat").click()
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_visible()


def test_on_a_phone_tab_stays_inside_the_panel(open_context, bot, new_chat):
    chat = new_chat(open_context(**PHONE).new_page()).open(bot.url)
    for _ in range(8):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate("document.activeElement.localName") == "botcore-chat"


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_widget_follows_the_colour_scheme(open_context, bot, new_chat, scheme, is_dark):
    chat = new_chat(open_context(color_scheme=scheme).new_page()).open(bot.url)
    colour = chat.page.locator(".panel").evaluate("node => getComputedStyle(node).backgroundColor")
    channels = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    assert (max(channels) < 60) is is_dark


def test_nothing_moves_for_those_who_asked_for_stillness(open_context, bot, new_chat):
    chat = new_chat(open_context(reduced_motion="reduce").new_page()).open(bot.url)
    assert chat.page.locator(".panel").evaluate("node => getComputedStyle(node).animationName") == "none"


def test_the_widget_speaks_chinese_to_a_chinese_browser(open_context, bot, new_chat):
    chat = new_chat(open_context(locale="zh-CN").new_page()).open(bot.url)
    expect(chat.field).to_have_attribute("placeholder", "请输入消息…")
    expect(chat.page.locator(".root")).to_have_attribute("lang", "zh-CN")
    expect(chat.page.locator(".intro")).to_contain_text("您好")
    chat.say("你好")
    chat.expect_words("你好", "Echo: 你好")
    chat.page.get_by_role("button", name="Switch to English").click()
    expect(chat.field).to_have_attribute("placeholder", "Write a message…")
    expect(chat.page.locator(".intro")).to_contain_text("Hello")
    chat.expect_words("你好", "Echo: 你好")
    chat.page.reload()
    chat.launcher.click()
    expect(chat.field).to_have_attribute("placeholder", "Write a message…")


def test_the_page_and_the_widget_change_language_together(open_context, bot, new_chat):
    chat = new_chat(open_context().new_page()).open(bot.url)
    chat.page.locator("[data-switch]").click()
    expect(chat.field).to_have_attribute("placeholder", "请输入消息…")
    expect(chat.page.locator("h1")).to_contain_text("走得远一点")


def test_a_question_of_the_page_is_put_into_the_field(open_context, bot, new_chat):
    chat = new_chat(open_context().new_page())
    chat.page.goto(bot.url)
    chat.page.get_by_role("button", name="Is it waterproof?").click()
    expect(chat.field).to_have_value("Is the Cove 2 tent waterproof?")
    expect(chat.field).to_be_focused()


def test_a_text_that_is_too_long_is_counted_and_held_back(chat):
    chat.field.fill("x" * 3990)
    expect(chat.page.locator(".count")).to_have_text("10 characters left")
    chat.field.fill("😀" * 4001)
    expect(chat.page.locator(".count")).to_have_text("-1 characters left")
    expect(chat.page.get_by_role("button", name="Send")).to_be_disabled()
    chat.field.press("Enter")
    expect(chat.page.locator(".list .line")).to_have_count(0)
    chat.field.fill("字" * 4000)
    chat.field.press("Enter")
    expect(chat.words).to_have_count(2)


def test_the_widget_works_where_storage_is_blocked(open_context, bot, new_chat):
    page = open_context().new_page()
    blocked = "{ get() { throw new DOMException('blocked', 'SecurityError') } }"
    page.add_init_script(
        f"for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, {blocked})"
    )
    chat = new_chat(page).open(bot.url)
    chat.ask("Hello")
    assert chat.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("layout", [{}, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_axe_finds_nothing_to_complain_about(open_context, bot, new_chat, scheme, layout, locale):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    context = open_context(**{"color_scheme": scheme, "locale": locale, "reduced_motion": "reduce", **layout})
    chat = new_chat(context.new_page())
    chat.page.goto(bot.url)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    closed = axe.Axe().run(chat.page, options=rules)
    assert complaints(closed) == []
    chat.launcher.click()
    chat.say("choices")
    expect(chat.words).to_have_count(2)
    chat.page.locator(".choice").first.click()
    expect(chat.words).to_have_count(4)
    chat.say("Look at [this](https://shop.example) and `code`\n\n- one\n- two")
    expect(chat.words).to_have_count(6)
    opened = axe.Axe().run(chat.page, context="botcore-chat", options=rules)
    assert complaints(opened) == []
