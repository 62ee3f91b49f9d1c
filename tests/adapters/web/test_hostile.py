"""W5, W6, W9 and U: guessed sessions, floods, malformed bodies, odd characters."""

from __future__ import annotations

import contextlib
import socket
import time
import uuid

import httpx
import psutil
import pytest

from botcore_web import WebSettings

NAME = "123e4567-e89b-42d3-a456-426614174000"


def post(http, body, kind="application/json", path="messages", **headers):
    return http.post(f"/web/{path}", content=body, headers={"Content-Type": kind, **headers})


# --- W9: malformed bodies ---


BROKEN = {
    "nothing": (b"x", "bad_json"),
    "deep": (b"[" * 60_000, "too_deep"),
    "deep in a value": (b'{"id":' + b"[" * 60_000, "too_deep"),
    "nan": (b'{"id":NaN}', "bad_number"),
    "infinity": (b'{"id":-Infinity}', "bad_number"),
    "too large a float": (b'{"id":1e999}', "bad_number"),
    "a key twice": (b'{"text":"a","text":"b"}', "duplicate_key"),
    "a huge integer": (b'{"id":' + b"9" * 5000 + b"}", "bad_number"),
    "not UTF-8": (b'{"text":"\xff"}', "bad_encoding"),
    "a list": (b"[]", "bad_json"),
    "a word": (b'"text"', "bad_json"),
    "an unknown field": (f'{{"id":"{NAME}","text":"a","admin":true}}'.encode(), "unknown_field"),
    "no id": (b'{"text":"a"}', "bad_id"),
    "an id that is no UUID": (b'{"id":"1","text":"a"}', "bad_id"),
    "an id that is a number": (b'{"id":1,"text":"a"}', "bad_id"),
    "an id in other letters": (f'{{"id":"{"g" * 36}","text":"a"}}'.encode(), "bad_id"),
    "no text": (f'{{"id":"{NAME}"}}'.encode(), "bad_text"),
    "a text that is a list": (f'{{"id":"{NAME}","text":["a"]}}'.encode(), "bad_text"),
    "an empty text": (f'{{"id":"{NAME}","text":" \\u0000\\n "}}'.encode(), "empty_text"),
    "a choice that is a number": (f'{{"id":"{NAME}","text":"a","choice":1}}'.encode(), "bad_choice"),
    "a long choice": (f'{{"id":"{NAME}","text":"a","choice":"{"x" * 501}"}}'.encode(), "bad_choice"),
    "a locale that is a path": (f'{{"id":"{NAME}","text":"a","locale":"../x"}}'.encode(), "bad_locale"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_refused_with_a_code(http, visit, name):
    body, code = BROKEN[name]
    answer = post(http, body, **visit().headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert "Traceback" not in answer.text
    assert "site-packages" not in answer.text
    assert http.get("/web/widget.js").status_code == 200


@pytest.mark.parametrize(
    "body", [b'{"token":1}', b'{"token":null}', b'{"conversation":"web:a"}', b'{"identity":["a"]}']
)
def test_a_broken_session_is_refused_with_a_code(http, body):
    assert post(http, body, path="sessions").status_code == 400


def test_an_unknown_path_and_method_are_told_without_detail(http):
    assert http.get("/web/nothing").status_code == 404
    assert http.get("/web/..%2f..%2fetc/passwd").status_code == 404
    assert http.delete("/web/messages").status_code == 405


# --- W5: sessions ---


def test_a_guessed_token_is_refused(http, visit):
    token = visit().session["token"]
    head, payload, signature = token.split(".")
    for wrong in ("x", f"{head}.{payload}.", f"{head}.{payload}.{signature[:-2]}xx", token + "x", "é", "a" * 9000):
        for headers in ({"Authorization": f"Bearer {wrong}"}, {"Authorization": wrong}):
            with contextlib.suppress(UnicodeEncodeError):
                assert http.get("/web/messages", headers=headers).status_code == 401
    assert http.get("/web/messages").status_code == 401
    assert http.get("/web/events").status_code == 401
    assert post(http, b"{}").status_code == 401


def test_nobody_reads_or_writes_the_conversation_of_another(visit):
    ada, eve = visit(), visit()
    ada.send("My secret is 4711")
    ada.wait_for(2)
    theirs = ada.session["conversation"]
    query = {"conversation": theirs, "visitor": theirs, "token": ada.session["conversation"]}
    answer = eve.http.get("/web/messages", params=query, headers=eve.headers)
    assert answer.json() == {"messages": [], "more": False}
    assert eve.send("x", conversation=theirs).status_code == 400


def test_a_token_of_another_bot_is_refused(make_bot):
    one, two = make_bot(), make_bot()
    token = httpx.post(f"{one.url}/web/sessions", json={}).json()["token"]
    answer = httpx.get(f"{two.url}/web/messages", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


# --- W6: floods ---


def test_a_body_over_64_kb_is_refused_by_its_length(http, visit):
    answer = post(http, b"x" * (64 * 1024 + 1), **visit().headers)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "body_too_large"


def test_a_body_over_64_kb_is_refused_in_chunks(http, visit):
    answer = http.post(
        "/web/messages",
        content=(b"x" * 1024 for _ in range(70)),
        headers={"Content-Type": "application/json", **visit().headers},
    )
    assert answer.status_code == 413


def test_a_body_that_lies_about_its_length_is_cut_off(bot, visit):
    token = visit().session["token"]
    head = (
        f"POST /web/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    )
    with socket.create_connection(("127.0.0.1", bot.port), timeout=15) as wire:
        wire.sendall(head.encode() + b"Content-Length: 99999999999999999999999999\r\n\r\n{}")
        assert wire.recv(4096).split(b"\r\n")[0].split()[1] in (b"400", b"413")


def test_a_body_that_drips_is_not_waited_for(bot, visit):
    token = visit().session["token"]
    head = (
        f"POST /web/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    )
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", bot.port), timeout=1) as wire:
        wire.sendall(head.encode() + b"Content-Length: 1000\r\n\r\n")
        answer = b""
        while not answer and time.monotonic() - started < 20:
            wire.sendall(b" ")
            with contextlib.suppress(TimeoutError):
                answer = wire.recv(4096)
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started < 15


def test_six_messages_at_once_are_one_too_many(make_bot):
    bot = make_bot(WebSettings())
    with httpx.Client(base_url=bot.url) as http:
        one, two = (http.post("/web/sessions", json={}).json()["token"] for _ in range(2))

        def send(token):
            body = {"id": str(uuid.uuid4()), "text": "x"}
            return http.post("/web/messages", json=body, headers={"Authorization": f"Bearer {token}"})

        answers = [send(one) for _ in range(7)]
        assert [answer.status_code for answer in answers[:5]] == [202] * 5
        assert answers[-1].status_code == 429
        assert answers[-1].json()["error"]["code"] == "too_many"
        assert send(two).status_code == 202
        time.sleep(int(answers[-1].headers["retry-after"]))
        assert send(one).status_code == 202
        assert bot.observed["rate_limited_total"] >= 1


def test_the_sessions_of_one_address_are_counted(make_bot):
    bot = make_bot(WebSettings(sessions_per_minute=3))
    with httpx.Client(base_url=bot.url) as http:
        answers = [http.post("/web/sessions", json={}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 20


def test_two_hundred_streams_leave_nothing_behind(make_bot):
    bot = make_bot()
    process = psutil.Process()
    with httpx.Client(base_url=bot.url) as http:
        tokens = [http.post("/web/sessions", json={}).json()["token"] for _ in range(100)]
        before = process.num_fds()
        wires = []
        for token in tokens * 2:
            wire = socket.create_connection(("127.0.0.1", bot.port))
            wire.sendall(f"GET /web/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            wires.append(wire)
        _wait_until(lambda: len(bot.adapter._streams) == 200)
        started = time.monotonic()
        body = {"id": str(uuid.uuid4()), "text": "still there?"}
        answer = http.post("/web/messages", json=body, headers={"Authorization": f"Bearer {tokens[0]}"})
        assert (answer.status_code, time.monotonic() - started < 1) == (202, True)
        for wire in wires:
            wire.close()
        _wait_until(lambda: len(bot.adapter._streams) == 0)
        _wait_until(lambda: process.num_fds() <= before + 2)


def _wait_until(holds, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


# --- U: characters and sizes ---


ODD = {
    "zero width": "a\u200b\u200f\u2060\ufeffb",
    "tags": "a\U000e0041\U000e007fb",
    "bidi": "a\u202eb\u2066c\u2069",
    "line separators": "a\u2028b\u2029c",
    "combining": "e" + "\u0301" * 1000,
    "full width": "ｈｅｌｌｏ",
    "look-alikes": "раураl",
    "family": "👨‍👩‍👧‍👦" * 50,
    "flags and keycaps": "🇨🇳🇬🇧1️⃣",
    "Arabic": "مرحبا بالعالم",
    "Hebrew": "שלום עולם",
    "one long word": "x" * 4000,
    "SSE by hand": "a\n\nevent: message\ndata: {}\n\nb",
    "markup": "<script>alert(1)</script>&amp;",
    "Chinese": "你好，世界！",
    "sql": "'; DROP TABLE events; --",
    "format": "{0.__class__} %n ${jndi:ldap://x} {{7*7}}",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_text_comes_back_as_it_was(visit, name):
    ada = visit()
    assert ada.send(ODD[name]).status_code == 202
    mine, theirs = ada.wait_for(2)
    assert mine["text"] == ODD[name]
    assert theirs["text"] == f"Echo: {ODD[name]}"
    assert ada.history()["messages"] == [mine, theirs]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('"\\ud83d"', "\ufffd"),
        ('"a\\ude00\\ud83db"', "a\ufffd\ufffdb"),
        ('"\\ud83d\\ude00"', "😀"),
        ('"a\\u0000b"', "ab"),
        ('"a\\u001b[31mb\\u0085\\u0007"', "a[31mb"),
        ('"  a\\r\\nb\\rc  "', "a\nb\nc"),
    ],
)
def test_what_cannot_be_shown_is_replaced_before_it_is_kept(visit, sent, kept):
    ada = visit()
    body = f'{{"id":"{uuid.uuid4()}","text":{sent}}}'.encode()
    assert post(ada.http, body, **ada.headers).status_code == 202
    assert [line["text"] for line in ada.wait_for(2)] == [kept, f"Echo: {kept}"]


def test_what_the_bot_says_is_cleaned_too(bot, visit):
    from botcore import Button, Reply

    bot.answer = lambda message: [Reply("a\ud83d\x00\x1bb", buttons=(Button("x\ud83d", "y\x00"),))]
    ada = visit()
    ada.send("Hello")
    line = ada.wait_for(2)[1]
    assert "\x00" not in line["text"]
    assert "\x1b" not in line["text"]
    assert line["text"].startswith("a\ufffd")
    assert line["buttons"] == [{"label": "x\ufffd", "value": "y"}]


@pytest.mark.parametrize(
    ("text", "status"),
    [("x" * 4000, 202), ("x" * 4001, 413), ("😀" * 4000, 202), ("😀" * 4001, 413), ("字" * 4000, 202),
     (" " * 100 + "x" * 4000 + "\n" * 100, 202)],
)  # fmt: skip
def test_a_text_has_at_most_4000_characters(visit, text, status):
    answer = visit().send(text)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["error"]["code"] == "text_too_long"


def test_a_long_answer_arrives_whole(bot, visit):
    from botcore import Reply

    bot.answer = lambda message: [Reply("长" * 60_000)]
    ada = visit()
    ada.send("Tell me everything")
    assert ada.wait_for(2)[1]["text"] == "长" * 60_000
