"""W1, L05: words that want to be more than words, and pages that forbid nearly everything."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from playwright.sync_api import expect

from botcore import Button, Reply

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(60)]

SECRET = "0123456789abcdef0123456789abcdef"
PAYLOADS = [
    "<script>window.__xss=1;fetch('SINK/script')</script>",
    "<img src=SINK/img onerror=window.__xss=1>",
    "<img src=x onerror=\"window.__xss=1;alert(1)\">",
    "<svg onload=window.__xss=1><image href=SINK/svg></svg>",
    "<iframe srcdoc=\"<script>parent.__xss=1</script>\"></iframe>",
    "<iframe src=SINK/frame></iframe>",
    "<math><mi xlink:href=\"javascript:window.__xss=1\">x</mi></math>",
    "[x](javascript:window.__xss=1)",
    "[x](JaVa\tScript:window.__xss=1)",
    "[x](java\nscript:window.__xss=1)",
    "[x](&#106;avascript:window.__xss=1)",
    "[x](\u0001javascript:window.__xss=1)",
    "[x](data:text/html,<script>parent.__xss=1</script>)",
    "[x](vbscript:window.__xss=1)",
    "[x](//SINKHOST/relative)",
    "[x](/web/messages)",
    "[x](<javascript:window.__xss=1>)",
    "[x](https://a.example\" onmouseover=\"window.__xss=1)",
    "[x](https://user:pass@SINKHOST/)",
    "[![x](SINK/nested)](javascript:window.__xss=1)",
    "![pixel](SINK/pixel?c=canary)",
    "<https://a.example/\"><img src=x onerror=window.__xss=1>>",
    "`\"><img src=SINK/code onerror=window.__xss=1>`",
    "```\n</code></pre><script>window.__xss=1</script>\n```",
    "<style>@import 'SINK/css';</style><div style=\"background:url(SINK/style)\">",
    "<form action=SINK/form><button formaction=javascript:window.__xss=1>x</button></form>",
    "<a id=config><a id=config name=colour href=javascript:window.__xss=1><img name=currentScript src=SINK/clobber>",
    "<link rel=stylesheet href=SINK/link><base href=SINK/><meta http-equiv=refresh content='0;url=SINK/meta'>",
    "<object data=SINK/object></object><embed src=SINK/embed><video src=SINK/video onerror=window.__xss=1>",
    "{{constructor.constructor('window.__xss=1')()}} ${window.__xss=1}",
    "**<b onclick=window.__xss=1>*bold*</b>** _<i>_",
    "\u202e<script>window.__xss=1</script>",
]  # fmt: skip
SEARCH = """() => { const root = document.querySelector('botcore-chat').shadowRoot;
    const bad = 'img, script, iframe, style, link, object, embed, video, form form, math, image, base, meta';
    return { tags: [...root.querySelectorAll(bad)].map((node) => node.outerHTML),
      links: [...root.querySelectorAll('a')].map((node) => node.href),
      handlers: [...root.querySelectorAll('*')].flatMap((node) => node.getAttributeNames())
        .filter((name) => /^on/.test(name)),
      ran: window.__xss ?? null } }"""


def payloads(sink):
    host = sink.url.removeprefix("http://")
    return [text.replace("SINKHOST", host).replace("SINK", sink.url) for text in PAYLOADS]


def assert_harmless(chat, sink):
    chat.page.wait_for_timeout(300)
    found = chat.page.evaluate(SEARCH)
    assert found["ran"] is None
    assert found["tags"] == []
    assert found["handlers"] == []
    assert [link for link in found["links"] if not link.startswith(("http://", "https://", "mailto:"))] == []
    assert [link for link in found["links"] if "@" in link] == []
    assert sink.requests == []
    assert chat.problems == []


def test_words_of_user_and_bot_stay_words_live_and_in_history(chat, bot, sink):
    bot.answer = lambda message: [
        Reply(message.text, buttons=(Button(message.text[:70], message.text),), source=message.text, language="en")
    ]
    for text in payloads(sink):
        chat.say(text)
    expect(chat.words).to_have_count(2 * len(PAYLOADS), timeout=20_000)
    assert_harmless(chat, sink)
    for link in chat.page.locator(".list a").all():
        link.hover()
    chat.page.reload()
    chat.launcher.click()
    expect(chat.words).to_have_count(30)
    for _ in range(3):
        chat.page.locator(".scroller").evaluate("node => { node.scrollTop = 0 }")
        chat.page.wait_for_timeout(250)
    expect(chat.words).to_have_count(2 * len(PAYLOADS))
    assert_harmless(chat, sink)


@pytest.mark.parametrize("number", [0, 1, 3, 26])
def test_names_greetings_and_suggestions_stay_words(make_bot, open_context, new_chat, sink, tmp_path, number):
    text = payloads(sink)[number][:60]
    token = jwt.encode({"sub": "7", "aud": "botcore", "exp": int(time.time()) + 600, "name": text}, SECRET, "HS256")
    folder = tmp_path / "page"
    folder.mkdir()
    script = f'<script src="/web/widget.js" data-identity="{token}" defer></script>'
    (folder / "index.html").write_text(f"<!doctype html><title>x</title><a id=config>x</a>{script}")
    looks = {"title": text, "greeting": {"en": text}, "suggestions": {"en": [text]}}
    bot = make_bot(identity_secret=SECRET, page=folder, **looks)
    chat = new_chat(open_context().new_page()).open(bot.url)
    expect(chat.page.locator(".status")).to_contain_text("Signed in as")
    expect(chat.page.locator("h2")).to_have_text(text)
    chat.ask("Hello")
    assert_harmless(chat, sink)


def test_the_name_of_a_human_agent_stays_words(chat, bot, sink):
    bot.side_events = (
        ("said", {"text": "[x](javascript:window.__xss=1)", "agent": "<img src=x onerror=window.__xss=1>"}),
    )
    chat.say("A person please")
    expect(chat.page.locator(".from-agent .author")).to_have_text("<img src=x onerror=window.__xss=1>")
    assert_harmless(chat, sink)


def test_the_policy_alone_stops_what_gets_into_the_page(make_bot, open_context, new_chat, sink, tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    worst = "\n".join(payloads(sink)[:6])
    (folder / "index.html").write_text(
        f"<!doctype html><title>x</title>{worst}<script src=/web/widget.js defer></script>"
    )
    bot = make_bot(page=folder)
    chat = new_chat(open_context().new_page()).open(bot.url)
    chat.page.wait_for_timeout(500)
    assert chat.page.evaluate("window.__xss ?? null") is None
    assert sink.requests == []
    assert any("Content Security Policy" in problem for problem in chat.problems)
    chat.ask("Hello")


def test_a_link_that_says_one_place_and_leads_to_another_names_it(chat, bot):
    answers = {
        "lie": "[https://bank.example/login](https://evil.example/x)",
        "lie in short": "[bank.example](https://evil.example/x)",
        "honest": "[bank.example](https://bank.example/x)",
        "look-alike": "https://bаnk.example/",
        "bidi": "[\u202eelpmaxe.knab](https://evil.example/)",
    }
    bot.answer = lambda message: [Reply(answers[message.text])]
    for text in answers:
        chat.say(text)
        expect(chat.words).to_have_count(2 * (list(answers).index(text) + 1))
    shown = [link.inner_text() for link in chat.page.locator(".list a").all()]
    assert shown[0] == "https://bank.example/login (evil.example)"
    assert shown[1] == "bank.example (evil.example)"
    assert shown[2] == "bank.example"
    assert shown[3] == "https://xn--bnk-6cd.example/"
    assert "\u202e" not in shown[4]


MARKUP = {
    "**bold** and *italic*": "<p><strong>bold</strong> and <em>italic</em></p>",
    "__bold__ and _italic_": "<p><strong>bold</strong> and <em>italic</em></p>",
    "营业**10:00–21:00**，周六休息": "<p>营业<strong>10:00–21:00</strong>，周六休息</p>",
    "请点**“退货”**按钮": "<p>请点<strong>“退货”</strong>按钮</p>",
    "snake_case_name and 45*30*18 cm": "<p>snake_case_name and 45*30*18 cm</p>",
    "**2*3*4**": "<p><strong>2*3*4</strong></p>",
    "2 * 3 * 4": "<p>2 * 3 * 4</p>",
    "one\ntwo\n\nthree": "<p>one<br>two</p><p>three</p>",
    "- a\n- **b**\n\nc": "<ul><li>a</li><li><strong>b</strong></li></ul><p>c</p>",
    "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "# Head\ntext": "<p><strong>Head</strong></p><p>text</p>",
    "> said": "<blockquote>said</blockquote>",
    "`a**b**` \\*not\\*": "<p><code>a**b**</code> *not*</p>",
    "```py\nx = 1\n```\nafter": '<pre tabindex="0"><code>x = 1</code></pre><p>after</p>',
    "**open and `open": "<p>**open and `open</p>",
    "![alt](https://a.example/i.png)": "LINK alt",
    "see https://a.example/x?y=1.": "LINK https://a.example/x?y=1",
    "见https://a.example/退货说明，谢谢": "LINK https://a.example/%E9%80%80%E8%B4%A7%E8%AF%B4%E6%98%8E",
    "[mail](mailto:help@shop.example)": "LINK mail",
}  # fmt: skip


def test_markdown_becomes_the_few_elements_that_are_known(chat, bot):
    bot.answer = lambda message: [Reply(message.text)]
    for text in MARKUP:
        chat.say(text)
    expect(chat.words).to_have_count(2 * len(MARKUP), timeout=20_000)
    shown = {}
    for line in chat.page.locator(".from-bot .words").all():
        anchors = line.locator("a").all_inner_texts()
        shown[len(shown)] = f"LINK {anchors[0]}" if anchors else line.inner_html()
    mine = chat.page.locator(".from-user .words").all_inner_texts()
    assert dict(zip(mine, shown.values(), strict=True)) == MARKUP


@pytest.mark.parametrize(
    "text", ["**" * 9000, "[" * 18000, "`" * 18001, "*a_" * 6000, "[x](" * 4500, "> " * 9000, "1. " * 6000]
)
def test_markup_made_to_be_slow_is_not(chat, bot, text):
    bot.answer = lambda message: [Reply(text)]
    started = time.monotonic()
    chat.say("go")
    expect(chat.words).to_have_count(2)
    assert time.monotonic() - started < 5


def test_a_shop_with_the_strictest_policy_can_embed_the_widget(make_bot, open_context, new_chat, sink):
    """Another origin, no inline styles, Trusted Types."""
    shop = _Shop()
    bot = make_bot(origins=[shop.url])
    shop.bot_url = bot.url
    chat = new_chat(open_context().new_page()).open(shop.url)
    chat.ask("Hello")
    chat.page.reload()
    chat.launcher.click()
    chat.expect_words("Hello", "Echo: Hello")
    assert chat.problems == []
    assert chat.page.locator(".panel").evaluate("node => node.offsetWidth") == 392
    shop.close()


def test_a_shop_that_is_not_listed_is_refused(make_bot, open_context, new_chat):
    shop = _Shop()
    bot = make_bot()
    shop.bot_url = bot.url
    chat = new_chat(open_context().new_page()).open(shop.url)
    expect(chat.banner).not_to_be_empty()
    chat.say("Hello")
    expect(chat.page.locator(".is-sending, .is-queued, .is-failed")).to_have_count(1)
    assert bot.answered == []
    shop.close()


class _Shop:
    """A shop of another origin, whose page embeds the widget."""

    def __init__(self):
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                bot = shop.bot_url
                policy = (
                    f"default-src 'none'; script-src {bot}; connect-src {bot}; style-src 'none'; base-uri 'none'; "
                    "require-trusted-types-for 'script'; trusted-types 'none'"
                )
                body = (
                    f'<!doctype html><html lang=en><title>x</title><script src="{bot}/web/widget.js"></script><p>Shop'
                )
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format, *args):  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
