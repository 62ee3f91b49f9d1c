"""Sessions, messages and history over a real server."""

from __future__ import annotations

import uuid

import pytest


def test_a_session_tells_what_the_widget_needs(http):
    answer = http.post("/web/sessions", json={})
    assert answer.status_code == 200
    session = answer.json()
    assert session["conversation"].startswith("web:a_")
    assert session["verified"] is False
    assert session["bot"] == {"name": "Ada"}
    assert session["languages"] == ["en", "zh"]
    assert session["limits"] == {"text": 4000}
    assert set(session["greeting"]) == {"en", "zh"}
    assert answer.headers["cache-control"] == "no-store"


def test_visitor_ids_are_long_and_never_the_same(http):
    seen = {http.post("/web/sessions", json={}).json()["conversation"] for _ in range(20)}
    assert len(seen) == 20
    assert all(len(name.removeprefix("web:a_")) >= 22 for name in seen)  # 128 bits in base64


def test_a_session_is_resumed_by_its_token(visit):
    first = visit()
    again = visit(token=first.session["token"])
    assert again.session["conversation"] == first.session["conversation"]


def test_a_message_is_taken_and_answered(visit):
    ada = visit()
    answer = ada.send("Hello")
    assert answer.status_code == 202
    assert answer.json() == {"id": answer.json()["id"], "repeat": False}
    mine, theirs = ada.wait_for(2)
    assert (mine["from"], mine["text"], mine["id"]) == ("user", "Hello", answer.json()["id"])
    assert (theirs["from"], theirs["text"], theirs["source"]) == ("bot", "Echo: Hello", "echo")
    assert theirs["seq"] > mine["seq"]


def test_repeat_is_answered_once(bot, visit):
    ada = visit()
    name = str(uuid.uuid4())
    answers = [ada.send("Once", id=spelling) for spelling in (name, name, name.upper())]
    assert [answer.json() for answer in answers] == [
        {"id": name, "repeat": False},
        {"id": name, "repeat": True},
        {"id": name, "repeat": True},
    ]
    ada.wait_for(2)
    ada.send("Twice")
    assert [line["text"] for line in ada.wait_for(4)] == ["Once", "Echo: Once", "Twice", "Echo: Twice"]
    assert len(bot.answered) == 2


def test_the_same_id_of_two_visitors_is_two_messages(visit):
    name = str(uuid.uuid4())
    assert [visit().send("Hi", id=name).json()["repeat"] for _ in range(2)] == [False, False]


def test_a_pressed_button_arrives_as_a_choice(visit):
    ada = visit()
    ada.send("choices")
    buttons = ada.wait_for(2)[1]["buttons"]
    assert buttons[0] == {"label": "Track my order", "value": "track"}
    ada.send(buttons[0]["label"], choice=buttons[0]["value"])
    lines = ada.wait_for(4)
    assert (lines[2]["text"], lines[2]["choice"], lines[3]["text"]) == ("Track my order", "track", "You chose track")


def test_the_locale_reaches_the_bot(bot, visit):
    from botcore import Reply

    bot.answer = lambda message: [Reply(f"locale {message.user.locale}")]
    ada = visit()
    ada.send("Hello", locale="zh-CN")
    assert ada.wait_for(2)[1]["text"] == "locale zh-CN"


def test_history_comes_in_pages(visit):
    ada = visit()
    for number in range(6):
        ada.send(f"{number}")
        ada.wait_for(2 * number + 2)
    newest = ada.history(limit=5)
    assert [line["text"] for line in newest["messages"]][-2:] == ["5", "Echo: 5"]
    assert newest["more"] is True
    older = ada.history(limit=50, before=newest["messages"][0]["seq"])
    assert older["more"] is False
    texts = [line["text"] for line in older["messages"] + newest["messages"]]
    assert texts == [text for n in range(6) for text in (f"{n}", f"Echo: {n}")]
    later = ada.history(after=newest["messages"][2]["seq"])
    assert later == {"messages": newest["messages"][3:], "more": False}


@pytest.mark.parametrize("query", ["before=abc&limit=x", "before=999999999999999999999", "limit=-1", "limit=99999"])
def test_odd_numbers_in_a_query_are_clamped(visit, query):
    ada = visit()
    ada.send("Hello")
    ada.wait_for(2)
    answer = ada.http.get(f"/web/messages?{query}", headers=ada.headers)
    assert answer.status_code == 200
    assert len(answer.json()["messages"]) in (1, 2)


def test_the_bot_answers_503_while_its_journal_cannot_write(make_bot):
    import httpx

    from botcore.delivery.options import Options

    bot = make_bot(options=Options(max_pages=60))  # a disk that is nearly full
    with httpx.Client(base_url=bot.url) as client:
        token = client.post("/web/sessions", json={}).json()["token"]
        for _ in range(200):
            body = {"id": str(uuid.uuid4()), "text": "x" * 4000}
            answer = client.post("/web/messages", json=body, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code not in (202, 429):
                break
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["code"] == "not_ready"


def test_the_script_is_cached_by_its_etag_and_compressed(http):
    first = http.get("/web/widget.js")
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["content-encoding"] == "gzip"
    again = http.get("/web/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = http.get("/web/widget.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == first.text


def test_the_script_weighs_at_most_20_kb(http):
    with http.stream("GET", "/web/widget.js") as answer:
        assert len(b"".join(answer.iter_raw())) <= 20_000


def test_the_example_shop_is_the_page(http):
    answer = http.get("/")
    assert "Harbour &amp; Pine" in answer.text
    assert http.get("/shop.css").status_code == 200


def test_a_folder_can_take_the_place_of_the_example_shop(make_bot, tmp_path):
    import httpx

    from botcore_web import WebSettings

    folder = tmp_path / "page"
    (folder / "img").mkdir(parents=True)
    (folder / "index.html").write_text("<p>mine</p>")
    (folder / "img" / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / ".secret").write_text("no")
    settings = WebSettings(page="page").model_copy(update={"base_dir": tmp_path})  # as the bot does
    bot = make_bot(settings)
    with httpx.Client(base_url=bot.url) as client:
        assert client.get("/").text == "<p>mine</p>"
        assert client.get("/img/a.svg").status_code == 200
        assert client.get("/.secret").status_code == 404
        assert client.get("/img/../../bot0/bot.db").status_code == 404
        assert client.get("/img/%2e%2e/%2e%2e/bot0/bot.db").status_code == 404


def test_a_page_that_is_not_there_is_told_at_the_start(tmp_path):
    from botcore import ConfigError
    from botcore_web import WebAdapter, WebSettings

    with pytest.raises(ConfigError, match=r"channels\.web\.page"):
        WebAdapter(WebSettings(page=tmp_path / "nowhere")).routes()
