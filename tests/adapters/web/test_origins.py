"""W2, W3, W7: which pages may use the chat, and what ours may do."""

from __future__ import annotations

import httpx
import pytest
from pydantic import ValidationError

from botcore_web import WebSettings

GOOD = "https://good.example"
BAD = [
    "null",
    "https://good.example.evil.com",
    "http://good.example",
    "https://good.example:8443",
    "https://evil-good.example",
    "https://good.example/",
    "https://GOOD.example",
    "https://good.example evil",
    "https://xn--god-5na.example",
    "https://evil.example",
    "",
    "file://",
]


@pytest.fixture
def bot(make_bot):
    return make_bot(WebSettings(origins=(GOOD,), sessions_per_minute=1000))


def test_a_listed_origin_gets_a_session_and_may_read_the_answer(http):
    answer = http.post("/web/sessions", json={}, headers={"Origin": GOOD})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == GOOD
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


def test_our_own_page_gets_a_session(http, bot):
    assert http.post("/web/sessions", json={}, headers={"Origin": bot.url}).status_code == 200
    assert http.post("/web/sessions", json={}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("origin", BAD)
@pytest.mark.parametrize("path", ["sessions", "messages"])
def test_a_foreign_origin_gets_no_session(http, origin, path):
    answer = http.post(f"/web/{path}", json={}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "foreign_origin"
    assert "access-control-allow-origin" not in answer.headers


def test_a_missing_origin_gets_no_session_where_origins_are_listed(http):
    assert http.post("/web/sessions", json={}).status_code == 403


def test_two_origins_are_none(bot):
    request = httpx.Request("POST", f"{bot.url}/web/sessions", headers=[("Origin", GOOD), ("Origin", GOOD)], json={})
    with httpx.Client() as client:
        assert client.send(request).status_code == 403


@pytest.mark.parametrize("path", ["events", "messages"])
def test_a_foreign_origin_reads_nothing_even_with_a_token(http, path):
    token = http.post("/web/sessions", json={}, headers={"Origin": GOOD}).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://evil.example"}
    assert http.get(f"/web/{path}", headers=headers).status_code == 403
    headers = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "cross-site"}
    assert http.get(f"/web/{path}", headers=headers).status_code == 403


def test_a_preflight_is_answered_for_listed_origins_only(http):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = http.options("/web/messages", headers={"Origin": GOOD, **asked})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == GOOD
    assert "authorization" in answer.headers["access-control-allow-headers"]
    refused = http.options("/web/messages", headers={"Origin": "https://evil.example", **asked})
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


def test_without_a_list_only_our_own_pages_and_programs_are_let_in(make_bot):
    bot = make_bot()
    with httpx.Client(base_url=bot.url) as http:
        assert http.post("/web/sessions", json={}).status_code == 200
        assert http.post("/web/sessions", json={}, headers={"Origin": bot.url}).status_code == 200
        for origin in ("null", "https://evil.example", f"{bot.url}.evil.example", "http://127.0.0.1:1"):
            assert http.post("/web/sessions", json={}, headers={"Origin": origin}).status_code == 403
        assert http.post("/web/sessions", json={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_of_another_site_is_no_message(make_bot, kind):
    bot = make_bot()
    answer = httpx.post(f"{bot.url}/web/sessions", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_the_page_runs_under_a_strict_policy(http):
    headers = http.get("/").headers
    policy = dict(rule.partition(" ")[::2] for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["frame-ancestors"] == f"'self' {GOOD}"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/shop.css", "/web/widget.js", "/web/messages", "/web/sessions"])
def test_every_answer_carries_the_headers(http, path):
    headers = http.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


def test_over_tls_browsers_are_told_to_stay_there(http):
    headers = http.get("/", headers={"X-Forwarded-Proto": "https"}).headers
    assert "max-age" in headers["strict-transport-security"]


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example", "https://a.example/path", "a.example", "ftp://a.example", "https://münchen.example",
     "https://u@a.example", "https://a.example:x", ""],
)  # fmt: skip
def test_an_origin_that_is_no_exact_one_is_refused_in_the_config(origin):
    with pytest.raises(ValidationError, match="origin"):
        WebSettings(origins=(origin,))


def test_origins_are_kept_as_browsers_send_them():
    settings = WebSettings(origins=("https://A.example:443/", "http://b.example:8080", "http://[::1]:80"))
    assert settings.origins == ("https://a.example", "http://b.example:8080", "http://[::1]")


def test_a_colour_must_bear_white_text():
    assert WebSettings(colour="#0F5B57").colour == "#0f5b57"
    for colour in ("#ffcc00", "red", "#fff", "url(x)"):
        with pytest.raises(ValidationError, match="colour"):
            WebSettings(colour=colour)


@pytest.mark.parametrize("unknown", ["colur", "base_dir"])
def test_an_unknown_setting_is_refused(unknown):
    with pytest.raises(ValidationError, match=unknown):
        WebSettings(**{unknown: "#000000"})
