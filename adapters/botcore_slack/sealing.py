"""Tokens of workspaces at rest: sealed with the installation's own secret, so that a copied database holds none.

Encrypt-then-MAC from the standard library's HMAC-SHA256 (as a stream of blocks, and as the tag): no further dependency
for a few short strings.
"""

from __future__ import annotations

import base64
import hmac
import secrets

_NONCE = _TAG = 16


def seal(key: bytes, text: str) -> str:
    """The text, readable only with the key."""
    nonce, plain = secrets.token_bytes(_NONCE), text.encode()
    hidden = bytes(a ^ b for a, b in zip(plain, _stream(key, nonce, len(plain)), strict=True))
    tag = hmac.digest(key, b"tag" + nonce + hidden, "sha256")[:_TAG]
    return base64.urlsafe_b64encode(nonce + tag + hidden).decode()


def unseal(key: bytes, sealed: str) -> str | None:
    """The text again; None if it was sealed with another key, or changed."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
    except ValueError:
        return None
    nonce, tag, hidden = raw[:_NONCE], raw[_NONCE : _NONCE + _TAG], raw[_NONCE + _TAG :]
    if not hmac.compare_digest(hmac.digest(key, b"tag" + nonce + hidden, "sha256")[:_TAG], tag):
        return None
    return bytes(a ^ b for a, b in zip(hidden, _stream(key, nonce, len(hidden)), strict=True)).decode()


def _stream(key: bytes, nonce: bytes, length: int) -> bytes:
    blocks = -(-length // 32)
    made = b"".join(hmac.digest(key, b"stream" + nonce + i.to_bytes(4, "big"), "sha256") for i in range(blocks))
    return made[:length]
