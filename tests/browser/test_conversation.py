"""What users do with the widget: ask, choose, come back, write offline, use two tabs."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from botcore import Button, Reply

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(60)]


def test_a_question_is_typed_and_answered(chat, bot):
    bot.answer = lambda message: [
        Reply("Within **30 days**, see [the rules](https://shop.example/r).", source="returns")
    ]
    chat.say("How do I return this?")
    chat.expect_words("How do I return this?", "Within 30 days, see the rules.")
    expect(chat.page.locator(".from-bot strong")).to_have_text("30 days")
    link = chat.page.locator(".from-bot a")
    assert link.get_attribute("href") == "https://shop.example/r"
    assert link.get_attribute("rel") == "noopener noreferrer nofollow ugc"
    assert link.get_attribute("target") == "_blank"
    expect(chat.page.locator(".from-bot .source")).to_have_text("returns")
    assert chat.problems == []


def test_a_pressed_button_answers_and_cannot_be_pressed_again(chat):
    chat.say("choices")
    chat.page.get_by_role("button", name="Track my order").click()
    chat.expect_words("choices", "Pick one:", "Track my order", "You chose track")
    expect(chat.page.get_by_role("button", name="Track my order")).to_be_disabled()
    expect(chat.page.get_by_role("button", name="Return an item")).to_be_disabled()
    expect(chat.page.locator(".choice.chosen")).to_have_text("Track my order")
    chat.page.reload()
    chat.launcher.click()
    expect(chat.page.get_by_role("button", name="Return an item")).to_be_disabled()


def test_buttons_that_were_not_pressed_wait_over_a_reload(chat):
    chat.say("choices")
    expect(chat.page.get_by_role("button", name="Return an item")).to_be_enabled()
    chat.page.reload()
    chat.launcher.click()
    chat.page.get_by_role("button", name="Return an item").click()
    expect(chat.words.last).to_have_text("You chose return")


def test_the_bot_is_seen_typing(chat, bot):
    bot.pause_s = 1
    chat.say("Hello")
    expect(chat.page.locator(".typing")).to_be_visible()
    chat.expect_words("Hello", "Echo: Hello")
    expect(chat.page.locator(".typing")).to_be_hidden()


def test_after_a_restart_of_the_server_every_line_is_there_once(chat, bot):
    chat.ask("One")
    bot.restart()
    chat.ask("Two")
    bot.stop()
    chat.say("Three")
    expect(chat.banner).to_contain_text("cannot reach")
    expect(chat.page.locator(".is-queued")).to_have_count(1)
    bot.start()
    chat.expect_words("One", "Echo: One", "Two", "Echo: Two", "Three", "Echo: Three")
    expect(chat.banner).to_be_empty()
    assert len(bot.answered) == 3


def test_an_answer_given_while_the_line_was_down_arrives(chat, bot):
    chat.ask("One")
    bot.pause_s = 0.5
    chat.say("Two")
    expect(chat.page.locator(".list .line").nth(2)).to_contain_text("Two")
    chat.page.context.set_offline(True)
    time.sleep(1)
    chat.page.context.set_offline(False)
    chat.expect_words("One", "Echo: One", "Two", "Echo: Two")


def test_what_is_written_offline_waits_and_is_sent_in_order(chat, bot):
    chat.ask("One")
    chat.page.context.set_offline(True)
    expect(chat.banner).to_contain_text("You are offline")
    chat.say("Two")
    chat.say("Three")
    expect(chat.page.locator(".is-queued")).to_have_count(1)
    expect(chat.page.locator(".list .mine")).to_have_count(3)
    chat.page.context.set_offline(False)
    expect(chat.words).to_have_count(6)
    texts = chat.words.all_inner_texts()
    assert [text for text in texts if not text.startswith("Echo")] == ["One", "Two", "Three"]
    assert sorted(texts) == sorted(["One", "Two", "Three", "Echo: One", "Echo: Two", "Echo: Three"])
    expect(chat.banner).to_be_empty()
    assert len(bot.answered) == 3


def test_what_was_not_sent_survives_a_reload(chat, bot):
    chat.ask("One")
    bot.stop()
    chat.say("Two")
    expect(chat.page.locator(".is-queued")).to_have_count(1)
    bot.start()
    chat.page.reload()
    chat.launcher.click()
    chat.expect_words("One", "Echo: One", "Two", "Echo: Two")


def test_a_refused_message_can_be_sent_again_or_removed(chat):
    chat.ask("One")
    refusal = '{"error":{"code":"x","message":"x"}}'

    def refuse(route):
        route.fulfill(status=400, body=refusal) if route.request.method == "POST" else route.fallback()

    chat.page.route("**/web/messages", refuse)
    chat.say("Two")
    chat.say("Three")
    expect(chat.page.locator(".is-failed")).to_have_count(2)
    chat.page.unroute("**/web/messages")
    chat.page.locator(".is-failed").first.get_by_role("button", name="Try again").click()
    chat.page.locator(".is-failed").last.get_by_role("button", name="Remove").click()
    expect(chat.words.last).to_have_text("Echo: Two")
    expect(chat.page.locator(".is-failed")).to_have_count(0)
    chat.page.reload()
    chat.launcher.click()
    chat.expect_words("One", "Echo: One", "Two", "Echo: Two")


def test_more_messages_than_allowed_at_once_arrive_all_the_same(make_bot, open_context, new_chat):
    bot = make_bot(message_rate_per_s=4, message_burst=2)
    chat = new_chat(open_context().new_page()).open(bot.url)
    for number in range(5):
        chat.say(f"{number}")
    expect(chat.words).to_have_count(10, timeout=20_000)
    mine = [text for text in chat.words.all_inner_texts() if not text.startswith("Echo")]
    assert mine == ["0", "1", "2", "3", "4"]


def test_two_tabs_show_the_same_conversation(chat, bot, new_chat):
    chat.ask("One")
    other = new_chat(chat.page.context.new_page()).open(bot.url)
    other.expect_words("One", "Echo: One")
    other.ask("Two")
    chat.expect_words("One", "Echo: One", "Two", "Echo: Two")
    chat.ask("Three")
    other.expect_words("One", "Echo: One", "Two", "Echo: Two", "Three", "Echo: Three")


def test_two_visitors_do_not_see_each_other(chat, bot, open_context, new_chat):
    chat.ask("My secret is 4711")
    eve = new_chat(open_context().new_page()).open(bot.url)
    eve.ask("Hello")
    eve.expect_words("Hello", "Echo: Hello")


def test_history_is_paged_in_by_scrolling_up(chat, bot):
    bot.answer = lambda message: [Reply(f"Answer {message.text}")]
    for number in range(40):
        chat.say(f"{number}")
    expect(chat.words).to_have_count(80, timeout=20_000)
    chat.page.reload()
    chat.launcher.click()
    expect(chat.words).to_have_count(30)
    for _ in range(10):
        if chat.words.count() == 80:
            break
        chat.page.locator(".scroller").evaluate("node => { node.scrollTop = 0 }")
        chat.page.wait_for_timeout(300)
    texts = chat.words.all_inner_texts()
    assert len(texts) == len(set(texts)) == 80
    assert [text for text in texts if text.isdigit()] == [str(number) for number in range(40)]
    expect(chat.page.locator(".older")).to_be_hidden()


def test_earlier_lines_do_not_move_what_is_being_read(chat, bot):
    bot.answer = lambda message: [Reply(f"Answer {message.text}")]
    for number in range(30):
        chat.say(f"{number}")
    expect(chat.words).to_have_count(60, timeout=20_000)
    chat.page.reload()
    chat.launcher.click()
    expect(chat.words).to_have_count(30)
    first = chat.words.first.inner_text()
    chat.page.locator(".scroller").evaluate("node => { node.scrollTop = 0 }")
    expect(chat.words).to_have_count(60)
    expect(chat.words.get_by_text(first, exact=True).first).to_be_in_viewport()


def test_unread_answers_are_counted_on_the_launcher_and_in_the_title(chat, bot):
    chat.ask("One")
    bot.pause_s = 0.7
    chat.say("Two")
    chat.page.get_by_role("button", name="Close chat").first.click()
    expect(chat.page.locator(".badge")).to_have_text("1")
    expect(chat.launcher).to_have_attribute("aria-label", "Open chat, 1 unread message")
    expect(chat.page).to_have_title("(1) Harbour & Pine")
    chat.launcher.click()
    expect(chat.page.locator(".badge")).to_be_hidden()
    expect(chat.page).to_have_title("Harbour & Pine")


def test_someone_who_comes_back_finds_the_unread_count(chat, bot):
    chat.ask("One")
    bot.pause_s = 0.7
    chat.say("Two")
    expect(chat.page.locator(".line.mine").last).not_to_have_class("is-sending")
    chat.page.goto("about:blank")
    time.sleep(1)
    chat.page.goto(bot.url)
    expect(chat.page.locator(".badge")).to_have_text("1")


def test_a_tab_in_the_background_gives_its_stream_back_and_still_counts(chat, bot, new_chat):
    chat.ask("One")
    hidden = chat.page.context.new_page()
    hidden.clock.install()
    tab = new_chat(hidden)
    hidden.goto(bot.url)
    expect(tab.launcher).to_be_visible()
    _wait_until(lambda: len(bot.adapter._streams) == 2)
    hidden.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    hidden.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    hidden.clock.fast_forward(61_000)
    _wait_until(lambda: len(bot.adapter._streams) == 1)
    bot.pause_s = 0.5
    chat.say("Two")
    chat.field.press("Escape")  # what one tab has shown is unread in none
    expect(chat.page.locator(".badge")).to_have_text("1")
    hidden.clock.fast_forward(31_000)
    expect(hidden).to_have_title("(1) Harbour & Pine")
    hidden.evaluate("delete document.hidden")
    hidden.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    hidden.clock.fast_forward(1_000)
    _wait_until(lambda: len(bot.adapter._streams) == 2)
    tab.launcher.click()
    tab.expect_words("One", "Echo: One", "Two", "Echo: Two")
    expect(hidden).to_have_title("Harbour & Pine")


def _wait_until(holds, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


def test_a_stranger_who_only_looks_causes_no_request(open_context, bot, new_chat):
    page = open_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    chat = new_chat(page)
    page.goto(bot.url)
    expect(chat.launcher).to_be_visible()
    page.wait_for_timeout(500)
    assert [url for url in asked if "/web/" in url] == [f"{bot.url}/web/widget.js"]


def test_a_person_taking_over_is_announced(chat, bot):
    bot.side_events = (("handed_over", {"reason": "asked"}),)
    chat.say("A person please")
    expect(chat.page.locator(".notice")).to_have_text("You asked for a person.")


def test_a_suggested_question_is_sent_with_one_click(make_bot, open_context, new_chat):
    bot = make_bot(suggestions={"en": ["Where is my order?"], "zh": ["我的订单呢？"]})
    chat = new_chat(open_context().new_page()).open(bot.url)
    chat.page.get_by_role("button", name="Where is my order?").click()
    chat.expect_words("Where is my order?", "Echo: Where is my order?")
    expect(chat.page.get_by_role("button", name="Where is my order?")).to_have_count(0)


def test_a_stranger_who_writes_at_once_has_one_conversation(make_bot, open_context, new_chat):
    bot = make_bot(suggestions={"en": ["Where is my order?"]})
    page = open_context().new_page()
    begun: list[str] = []
    page.on("request", lambda request: begun.append(request.url) if request.url.endswith("/sessions") else None)
    chat = new_chat(page)
    page.goto(bot.url)
    expect(chat.launcher).to_be_visible()
    page.evaluate(
        """() => { const root = document.querySelector('botcore-chat').shadowRoot;
        root.querySelector('.launcher').click(); root.querySelector('.intro .choice').click(); }"""
    )
    chat.expect_words("Where is my order?", "Echo: Where is my order?")
    assert len(begun) == 1


def test_a_browser_whose_token_is_worth_nothing_any_more_begins_anew(chat):
    chat.ask("One")
    chat.page.evaluate(
        """() => { for (const key of Object.keys(localStorage)) if (key.endsWith('anonymous')) {
        const kept = JSON.parse(localStorage.getItem(key)); kept.token += 'x';
        localStorage.setItem(key, JSON.stringify(kept)); } }"""
    )
    chat.page.reload()
    chat.launcher.click()
    chat.ask("Two")
    chat.expect_words("Two", "Echo: Two")
    assert chat.problems == []


def test_choices_in_chinese_with_long_labels_stay_inside_the_panel(chat, bot):
    labels = ["我想申请退货并且了解退款需要多长时间才能到账以及退到哪里", "x" * 80]
    bot.answer = lambda message: [Reply("请选择：", buttons=tuple(Button(label, "v") for label in labels))]
    chat.say("你好")
    expect(chat.page.locator(".list .choice")).to_have_count(2)
    width = chat.page.locator(".scroller").evaluate("node => node.scrollWidth - node.clientWidth")
    assert width == 0
