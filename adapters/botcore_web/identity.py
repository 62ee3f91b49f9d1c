"""Who a visitor is: tokens that this server issues, and identities that the shop's server signed.

A token is a JWT of ours, under a key that never leaves this installation. An identity is a JWT (HS256) or an HMAC of
the user's id under `identity_secret`, which the shop's server shares. An anonymous visitor's conversation never becomes
part of a verified user's: the two live under ids that cannot meet.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

from botcore import AuthFailed, User

ALGORITHM = "HS256"
AUDIENCE = "botcore"
TOKEN_AUDIENCE = "botcore-web-session"  # noqa: S105, a name, not a secret
MAX_IDENTITY_AGE_S = 3600
LEEWAY_S = 10  # clocks of two servers
ANONYMOUS_LIFE_S = 90 * 86400
VERIFIED_LIFE_S = 12 * 3600
MAX_TOKEN_CHARS = 4096
MAX_REMEMBERED = 50_000
OPTIONS: Options = {"require": ["exp", "aud", "sub"], "verify_exp": False}  # the expiry is checked by our own clock


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone with a session: the unguessable id of the conversation, and the user as the bot sees them."""

    id: str
    user: User

    @property
    def conversation(self) -> str:
        """The id of the visitor's conversation."""
        return f"web:{self.id}"


class Identities:
    """Issues tokens, reads them again, and checks what the shop signed."""

    def __init__(
        self, key: bytes, secret: str | None, *, is_required: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        self._key = key
        self._secret = secret.encode() if secret else None
        self._is_required = is_required
        self._clock = clock
        self._used: dict[str, float] = {}

    def anonymous(self) -> Visitor:
        """A new visitor under a random id of 192 bits. Raises AuthFailed when identities are required."""
        if self._is_required:
            raise AuthFailed("Sign in to chat.")
        name = "a_" + secrets.token_urlsafe(24)
        return Visitor(name, User(name))

    def issue(self, visitor: Visitor) -> str:
        """The token with which the visitor comes back."""
        now = int(self._clock())
        user = visitor.user
        claims = {
            "aud": TOKEN_AUDIENCE,
            "exp": now + (VERIFIED_LIFE_S if user.verified else ANONYMOUS_LIFE_S),
            "vid": visitor.id,
            "sub": user.id,
            "name": user.name,
            "verified": user.verified,
        }
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, self._key, ALGORITHM)

    def resume(self, token: str) -> Visitor:
        """The visitor of a token. Raises AuthFailed if it is not ours, too old, or no longer enough."""
        claims = self._decode(token, self._key, TOKEN_AUDIENCE)
        is_verified = bool(claims.get("verified"))
        if self._is_required and not is_verified:
            raise AuthFailed("Sign in to chat.")
        user = User(claims["sub"], name=claims.get("name"), verified=is_verified)
        return Visitor(str(claims["vid"]), user)

    def from_jwt(self, identity: str) -> Visitor:
        """The user in a JWT of the shop: HS256, `aud` botcore, `sub` the user's id, `exp` at most an hour away.

        Raises:
            AuthFailed: any of these is not so, or its `jti` was used before.
        """
        claims = self._decode(identity, self._shared_secret(), AUDIENCE)
        if claims["exp"] - self._clock() > MAX_IDENTITY_AGE_S + LEEWAY_S:
            raise AuthFailed("The identity is valid for more than an hour.")
        name = claims.get("name")
        visitor = self._verified(claims["sub"], name if isinstance(name, str) else None)
        self._use_once(claims.get("jti"), claims["exp"])
        return visitor

    def from_hash(self, user_id: str, user_hash: str) -> Visitor:
        """The user whose id the shop signed as HMAC-SHA256 in hex. Raises AuthFailed if it does not match."""
        wanted = hmac.new(self._shared_secret(), user_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), user_hash.encode("utf-8", "replace")):
            raise AuthFailed("The identity was refused.")
        return self._verified(user_id, None)

    def _verified(self, user_id: str, name: str | None) -> Visitor:
        if not 1 <= len(user_id) <= 200 or not user_id.isprintable():
            raise AuthFailed("The identity was refused.")
        digest = hmac.new(self._key, f"user:{user_id}".encode(), hashlib.sha256).hexdigest()
        shown = "".join(c for c in name or "" if c.isprintable()).strip()[:80]
        return Visitor(f"u_{digest[:40]}", User(user_id, name=shown or None, verified=True))

    def _shared_secret(self) -> bytes:
        if self._secret is None:
            raise AuthFailed("This chat knows no signed-in users.")
        return self._secret

    def _decode(self, token: str, key: bytes, audience: str) -> dict[str, Any]:
        """The claims of a token; every way to fail looks the same from outside."""
        if len(token) > MAX_TOKEN_CHARS:
            raise AuthFailed("The token was refused.")
        try:
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], audience=audience, options=OPTIONS)
            claims["exp"] = float(claims["exp"])
            is_live = self._clock() - LEEWAY_S < claims["exp"]
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise AuthFailed("The token was refused.") from error
        if not is_live:
            raise AuthFailed("The token has expired.")
        return claims

    def _use_once(self, jti: Any, expires_at: float) -> None:
        """Remember a `jti` until it expires. Raises AuthFailed on its second use, or when there is no room for more."""
        if jti is None:
            return
        now = self._clock()
        if len(self._used) >= MAX_REMEMBERED:
            self._used = {known: until for known, until in self._used.items() if until > now - LEEWAY_S}
        if not isinstance(jti, str) or jti in self._used or len(self._used) >= MAX_REMEMBERED:
            raise AuthFailed("The identity was used before.")
        self._used[jti] = expires_at
