"""Cards, pictures, files, previews and choices as the API gives them."""

from __future__ import annotations

import asyncio
import threading
import time
from urllib.parse import quote

import httpx
import pytest

from botcore import Attachment, BadInput, Button, Card, Carousel, Fact, File, Image, Preview, Reply, User

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a picture.png").write_bytes(PNG)
    (tmp_path / "条款.txt").write_text("条款", encoding="utf-8")
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    (tmp_path / "page.html").write_text("<script>1</script>")
    return tmp_path


@pytest.fixture
def said(bot, visit):
    """`said(reply)`: the line in which a visitor gets it."""

    def ask(reply, visitor=None):
        bot.answer = lambda message: [reply]
        ann = visitor or visit()
        before = len(ann.history()["messages"])
        ann.send("Hello")
        return ann.wait_for(before + 2)[-1]

    return ask


def test_a_line_has_the_parts_of_a_reply_in_order(said, folder):
    card = Card(
        "壶",
        "*hot*",
        Image(str(folder / "a picture.png"), "a kettle"),
        (Fact("Price", "20 EUR"),),
        (Button("Buy", "b"), Button("See", url="https://shop.example/k")),
    )
    content = (
        Image("https://img.example/x.png", "far"),
        Carousel((card, Card("Other"))),
        File("https://x.example/a.pdf"),
    )
    line = said(Reply("Look:", content=content, buttons=(Button("More", "m"),)))
    far, carousel, file = line["content"]
    assert far == {"kind": "image", "url": "https://img.example/x.png", "alt": "far", "inline": False}
    assert file == {"kind": "file", "url": "https://x.example/a.pdf", "name": "a.pdf"}
    shown, other = carousel["cards"]
    image = shown.pop("image")
    assert (image["alt"], image["inline"], image["url"][:6]) == ("a kettle", True, "files/")
    assert shown == {
        "kind": "card",
        "title": "壶",
        "text": "*hot*",
        "facts": [{"label": "Price", "value": "20 EUR"}],
        "buttons": [{"label": "Buy", "value": "b"}, {"label": "See", "value": "", "url": "https://shop.example/k"}],
    }
    assert other == {"kind": "card", "title": "Other", "text": "", "image": None, "facts": [], "buttons": []}
    assert line["buttons"] == [{"label": "More", "value": "m"}]
    assert line["turn"]


def test_odd_characters_are_cleaned_in_every_part(said):
    odd = "a\ud83d\x00\x1bb"
    card = Card(odd, odd, None, (Fact(odd, odd),), (Button(odd, odd),))
    line = said(Reply(content=(Image("https://x.example/a", odd), File("https://x.example/b", odd), card)))
    text = str(line["content"])
    assert "\\x" not in text
    assert "\ud83d" not in text


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_picture_on_this_machine_is_served(said, folder, http):
    (image,) = said(Reply(content=(Image(str(folder / "a picture.png"), "x"),)))["content"]
    answer = http.get(f"/web/{image['url']}", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"})
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-disposition"].startswith("inline")
    assert "picture" not in image["url"]


@pytest.mark.parametrize("name", ["条款.txt", "drawing.svg", "page.html"])
@pytest.mark.parametrize("kind", [Image, File])
def test_what_is_no_harmless_picture_is_only_downloaded(said, folder, http, name, kind):
    (part,) = said(Reply(content=(kind(str(folder / name)),)))["content"]
    answer = http.get(f"/web/{part['url']}")
    assert answer.content == (folder / name).read_bytes()
    assert answer.headers["content-disposition"].startswith("attachment")
    assert name in answer.headers["content-disposition"] or quote(name) in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_relative_paths_begin_where_the_config_is(make_bot, folder, visit):
    from botcore_web import WebSettings

    bot = make_bot(WebSettings().model_copy(update={"base_dir": folder}))
    bot.answer = lambda message: [Reply(content=(File("条款.txt", "Terms.txt"),))]
    with httpx.Client(base_url=bot.url) as http:
        token = http.post("/web/sessions", json={}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        body = {"id": "5f0d1b0e-8b1e-4a4e-9f5e-0d6b2c1a7e11", "text": "x"}
        http.post("/web/messages", json=body, headers=headers)
        with http.stream("GET", "/web/events", headers=headers) as stream:
            for text in stream.iter_lines():
                if "files/" in text:
                    break
        address = text.split('"url":"')[1].split('"')[0]
        answer = http.get(f"/web/{address}")
    assert answer.text == "条款"
    assert 'filename="Terms.txt"' in answer.headers["content-disposition"]


def test_only_addresses_that_were_given_lead_to_files(said, folder, http, bot):
    (image,) = said(Reply(content=(Image(str(folder / "a picture.png")),)))["content"]
    token = image["url"].removeprefix("files/")
    payload, _, mac = token.partition(".")
    secret = folder / "secret.txt"
    secret.write_text("secret")
    for wrong in (
        payload,
        f"{payload}.",
        f"{payload}.{mac[:-1]}",
        f"{payload}.{mac[:-1]}{'A' if mac[-1] != 'A' else 'B'}",
        f"{payload[:-1]}.{mac}",
        f".{mac}",
        "x",
        "%ff.%ff",
        "é.é",
        "..%2f..%2fsecret.txt",
        "a" * 5000,
    ):
        answer = http.get(f"/web/files/{wrong}")
        assert answer.status_code == 404, wrong
        assert str(folder) not in answer.text
    assert http.get("/web/files/").status_code == 404
    assert http.post(f"/web/{image['url']}").status_code == 404


def test_an_address_expires_and_ends_with_the_file(bot, said, folder, visit):
    from botcore_web.files import LIFE_S, Files

    ann = visit()
    line = said(Reply(content=(File(str(folder / "条款.txt")),)), ann)
    now = [1_000_000.0]
    files = Files(bot, folder, clock=lambda: now[0])
    conversation = ann.session["conversation"]
    token = files.address(conversation, line["seq"], 0).removeprefix("files/")
    assert bot.ask(files.answer(token)).filename == "条款.txt"
    with pytest.raises(BadInput):
        bot.ask(files.answer(files.address(conversation, line["seq"], 1).removeprefix("files/")))
    with pytest.raises(BadInput):
        bot.ask(files.answer(files.address(conversation, line["seq"] + 1, 0).removeprefix("files/")))
    now[0] += LIFE_S + 3601
    with pytest.raises(BadInput):
        bot.ask(files.answer(token))
    now[0] -= 7200
    (folder / "条款.txt").unlink()
    with pytest.raises(BadInput):
        bot.ask(files.answer(token))


def test_pictures_come_only_from_origins_that_are_listed(make_bot):
    from botcore_web import WebSettings

    settings = WebSettings(image_origins=("https://img.example", "http://127.0.0.1:8080"))
    bot = make_bot(settings)
    policy = httpx.get(f"{bot.url}/").headers["content-security-policy"]
    assert "img-src 'self' data: https://img.example http://127.0.0.1:8080;" in policy
    bot.answer = lambda message: [Reply(content=tuple(Image(url) for url in urls))]
    urls = {
        "https://img.example/a.png": True,
        "https://IMG.example:443/a.png": True,
        "http://127.0.0.1:8080/a.png": True,
        "https://img.example.evil.example/a.png": False,
        "https://evil.example/https://img.example/": False,
        "http://img.example/a.png": False,
        "https://img.example:8443/a.png": False,
        "https://img.example@evil.example/a.png": False,
    }
    with httpx.Client(base_url=bot.url) as http:
        headers = {"Authorization": f"Bearer {http.post('/web/sessions', json={}).json()['token']}"}
        body = {"id": "5f0d1b0e-8b1e-4a4e-9f5e-0d6b2c1a7e11", "text": "x"}
        http.post("/web/messages", json=body, headers=headers)
        lines = []
        while len(lines) < 2:
            lines = http.get("/web/messages", headers=headers).json()["messages"]
    assert {part["url"]: part["inline"] for part in lines[1]["content"]} == urls


@pytest.mark.parametrize("origin", ["https://*.example", "img.example", "https://img.example/a", "data:"])
def test_an_image_origin_is_exact(origin):
    from pydantic import ValidationError

    from botcore_web import WebSettings

    with pytest.raises(ValidationError):
        WebSettings(image_origins=(origin,))


# --- choices ---------------------------------------------------------------------------------------------------------


def test_only_choices_that_were_offered_come_back(said, visit):
    ann, ben = visit(), visit()
    card = Card("A", buttons=(Button("Buy", "buy"), Button("See", "see", url="https://shop.example/")))
    said(Reply("Pick", buttons=(Button("One", "1"),), content=(Carousel((card,)),)), ann)
    assert ann.send("One", choice="1").status_code == 202
    assert ann.send("Buy", choice="buy").status_code == 202
    for forged in ("2", "see", "forged"):
        answer = ann.send("x", choice=forged)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_choice")
    assert ben.send("One", choice="1").status_code == 400
    assert ben.send("A person", choice="person").status_code == 202


# --- previews --------------------------------------------------------------------------------------------------------


def preview(bot, conversation, text, turn="t1"):
    bot.ask(bot.adapter.preview(Preview(turn, "web", conversation, text, User("x"))))


def wait_until(holds, within_s=10.0):
    ends_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_a_preview_reaches_those_who_follow_and_is_not_kept(bot, visit):
    ann, ben = visit(), visit()
    got = {"ann": [], "ben": []}

    def follow(name, visitor):
        for event in visitor.follow():
            got[name].append(event)
            if event["event"] == "message" and event["data"]["from"] == "bot":
                return

    threads = [threading.Thread(target=follow, args=pair) for pair in (("ann", ann), ("ben", ben))]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(bot.adapter._streams) == 2)
    preview(bot, ann.session["conversation"], "Hel\x00")
    wait_until(lambda: got["ann"])
    preview(bot, ann.session["conversation"], "Hello, it's")
    ann.send("Hi")
    ben.send("Hi")
    for thread in threads:
        thread.join(10)
    previews = [event for event in got["ann"] if event["event"] == "preview"]
    assert [event["data"] for event in previews] == [
        {"turn": "t1", "text": "Hel"},
        {"turn": "t1", "text": "Hello, it's"},
    ]
    assert all("id" not in event for event in previews)
    assert not any(event["event"] == "preview" for event in got["ben"])
    assert [line["from"] for line in ann.history()["messages"]] == ["user", "bot"]
    assert next(iter(ann.follow()))["event"] == "message"


def test_visitors_send_no_files(bot):
    with pytest.raises(BadInput):
        asyncio.run(bot.adapter.fetch(Attachment("file", ref="x"), limit_bytes=10))
