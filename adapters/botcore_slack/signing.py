"""Is a request from Slack? Pure. The SDK's own check raises for odd headers instead of refusing them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

WINDOW_S = 300
STAMP = "x-slack-request-timestamp"
SIGNATURE = "x-slack-signature"
_STAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")


def flaw(headers: Sequence[tuple[bytes, bytes]], body: bytes, secret: str, now: float) -> str | None:
    """Why a request is not from Slack, or too old to be taken; None if it is good."""
    found: dict[str, bytes] = {}
    for name, value in headers:
        key = name.lower().decode("latin-1")
        if key in (STAMP, SIGNATURE):
            if key in found:
                return f"two headers {key}"
            found[key] = value
    stamp, signature = found.get(STAMP), found.get(SIGNATURE)
    if stamp is None or signature is None:
        return "not signed"
    if not _STAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
        return "not a signature"
    if abs(now - int(stamp)) > WINDOW_S:
        return "too old, or from the future"
    digest = hmac.new(secret.encode(), b"v0:" + stamp + b":" + body, "sha256").hexdigest()
    if not hmac.compare_digest(b"v0=" + digest.encode(), signature):
        return "another secret, or another body"
    return None
