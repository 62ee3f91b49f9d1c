"""W4: who a visitor may claim to be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import httpx
import jwt
import pytest

from botcore_web import WebSettings

SECRET = "0123456789abcdef0123456789abcdef"


def claims(**changes):
    wanted = {"sub": "customer-7", "aud": "botcore", "exp": int(time.time()) + 600, **changes}
    return {name: value for name, value in wanted.items() if value is not None}


def signed(secret=SECRET, algorithm="HS256", headers=None, **changes):
    return jwt.encode(claims(**changes), secret, algorithm, headers=headers)


def raw(header, payload, signature=b""):
    """A JWT that no library would make."""
    parts = [json.dumps(part).encode() if isinstance(part, dict) else part for part in (header, payload, signature)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def hash_of(user, secret=SECRET):
    return hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def bot(make_bot):
    return make_bot(WebSettings(identity_secret=SECRET, sessions_per_minute=1000))


def begin(http, **body):
    return http.post("/web/sessions", json=body)


def test_a_signed_user_is_verified(http, bot):
    answer = begin(http, identity=signed(name="Ada Lovelace"))
    assert answer.status_code == 200
    assert answer.json()["verified"] is True
    assert answer.json()["user"] == {"name": "Ada Lovelace"}


def test_a_signed_user_comes_back_to_the_same_conversation(http):
    first, second = (begin(http, identity=signed()).json() for _ in range(2))
    by_hash = begin(http, user_id="customer-7", user_hash=hash_of("customer-7")).json()
    assert first["conversation"] == second["conversation"] == by_hash["conversation"]
    assert "customer-7" not in first["conversation"]


def test_the_bot_learns_who_a_signed_user_is(http, bot):
    from botcore import Reply

    bot.answer = lambda message: [Reply(f"{message.user.id} {message.user.name} {message.user.verified}")]
    session = begin(http, identity=signed(name="Ada")).json()
    headers = {"Authorization": f"Bearer {session['token']}"}
    http.post("/web/messages", json={"id": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "text": "Hi"}, headers=headers)
    deadline = time.monotonic() + 5
    lines = []
    while len(lines) < 2 and time.monotonic() < deadline:
        lines = http.get("/web/messages", headers=headers).json()["messages"]
    assert lines[1]["text"] == "customer-7 Ada True"


WRONG = {
    "another secret": lambda: signed("f" * 32),
    "no signature": lambda: raw({"alg": "none", "typ": "JWT"}, claims()),
    "none in capitals": lambda: raw({"alg": "NonE"}, claims()),
    "another algorithm": lambda: signed(SECRET * 2, "HS512"),
    "asymmetric by name": lambda: raw({"alg": "RS256"}, claims(), b"x" * 256),
    "the key by path": lambda: raw({"alg": "HS256", "kid": "../../../../dev/null"}, claims(), b"x" * 32),
    "expired": lambda: signed(exp=int(time.time()) - 60),
    "no expiry": lambda: signed(exp=None),
    "an expiry in a day": lambda: signed(exp=int(time.time()) + 86400),
    "an endless expiry": lambda: signed(exp=10**400),
    "an expiry in words": lambda: raw({"alg": "HS256"}, claims(exp="soon"), b"x" * 32),
    "another audience": lambda: signed(aud="shop"),
    "no audience": lambda: signed(aud=None),
    "no subject": lambda: signed(sub=None),
    "an empty subject": lambda: signed(sub=""),
    "a long subject": lambda: signed(sub="x" * 201),
    "a subject with a line break": lambda: signed(sub="a\nb"),
    "not yet valid": lambda: signed(nbf=int(time.time()) + 600),
    "no token at all": lambda: "abc",
    "empty": lambda: "",
    "not ASCII": lambda: "é.é.é",
    "huge": lambda: "a" * 10_000,
    "deep": lambda: raw(b"[" * 2000, claims(), b"x"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_identity_is_refused(http, name):
    answer = begin(http, identity=WRONG[name]())
    assert answer.status_code == 401, answer.text
    assert "token" not in answer.json()
    assert answer.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "customer-7"},
        {"user_id": "customer-7", "user_hash": ""},
        {"user_id": "customer-8", "user_hash": hash_of("customer-7")},
        {"user_id": "customer-7", "user_hash": hash_of("customer-7", "f" * 32)},
        {"user_id": "customer-7", "user_hash": hash_of("customer-7").upper()},
        {"user_id": "customer-7", "user_hash": "é" * 64},
        {"user_hash": hash_of("")},
        {"user_id": "", "user_hash": hash_of("")},
    ],
)
def test_a_wrong_hash_is_refused(http, body):
    assert begin(http, **body).status_code == 401


def test_an_identity_with_a_jti_is_used_once(http):
    once = signed(jti="a")
    assert [begin(http, identity=once).status_code for _ in range(2)] == [200, 401]
    assert begin(http, identity=signed(jti="b")).status_code == 200


def test_a_wrong_identity_does_not_use_up_a_jti(http):
    begin(http, identity=signed("f" * 32, jti="c"))
    assert begin(http, identity=signed(jti="c")).status_code == 200


def test_an_anonymous_token_never_becomes_a_verified_one(http):
    anonymous = begin(http).json()
    verified = begin(http, token=anonymous["token"], identity=signed()).json()
    assert verified["conversation"] != anonymous["conversation"]
    assert begin(http, token=anonymous["token"]).json()["verified"] is False


def test_a_token_is_no_identity_and_an_identity_is_no_token(http):
    token = begin(http, identity=signed()).json()["token"]
    assert begin(http, identity=token).status_code == 401
    assert begin(http, token=signed()).status_code == 401
    assert http.get("/web/messages", headers={"Authorization": f"Bearer {signed()}"}).status_code == 401


def test_a_shop_that_shares_no_secret_has_no_signed_users(make_bot):
    bot = make_bot(WebSettings())
    with httpx.Client(base_url=bot.url) as http:
        assert begin(http, identity=signed()).status_code == 401
        assert begin(http, user_id="a", user_hash=hash_of("a")).status_code == 401


def test_where_identity_is_required_nobody_is_anonymous(make_bot):
    bot = make_bot(WebSettings(identity_secret=SECRET, identity_required=True, sessions_per_minute=1000))
    with httpx.Client(base_url=bot.url) as http:
        assert begin(http).status_code == 401
        verified = begin(http, identity=signed())
        assert verified.status_code == 200
        assert begin(http, token=verified.json()["token"]).status_code == 200


def test_an_anonymous_token_is_worth_nothing_once_identity_is_required(make_bot):
    bot = make_bot()
    token = httpx.post(f"{bot.url}/web/sessions", json={}).json()["token"]
    bot.stop()
    strict = make_bot(WebSettings(identity_secret=SECRET, identity_required=True), folder=bot.folder)
    assert httpx.post(f"{strict.url}/web/sessions", json={"token": token}).status_code == 401
    answer = httpx.get(f"{strict.url}/web/messages", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_the_secret_is_shown_nowhere():
    settings = WebSettings(identity_secret=SECRET)
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())


@pytest.mark.parametrize("settings", [{"identity_secret": "short"}, {"identity_required": True}])
def test_identity_settings_that_protect_nothing_are_refused(settings):
    from pydantic import ValidationError

    with pytest.raises(ValidationError, match="identity_secret"):
        WebSettings(**settings)
