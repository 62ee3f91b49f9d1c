"""The data of a button: where the button is, signed for the conversation that it was shown in. Pure.

`{seq base 36}.{index base 36}.{mac}`: at most 64 bytes, the same after a restart, and of no use in another chat.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

DATA = re.compile(r"([0-9a-z]{1,13})\.([0-9a-z]{1,4})\.([A-Za-z0-9_-]{10})")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Marks:
    """Makes and checks the data of buttons."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, conversation: str, seq: int, index: int) -> str:
        """The data for the index-th choice of the reply `seq`."""
        return f"{_base36(seq)}.{_base36(index)}.{self._mac(conversation, seq, index)}"

    def read(self, conversation: str, data: str) -> tuple[int, int] | None:
        """Seq and index; None for data that was not made for this conversation."""
        found = DATA.fullmatch(data)
        if found is None:
            return None
        seq, index = int(found[1], 36), int(found[2], 36)
        is_ours = hmac.compare_digest(self._mac(conversation, seq, index), found[3])
        return (seq, index) if is_ours else None

    def _mac(self, conversation: str, seq: int, index: int) -> str:
        text = f"{conversation}\n{seq}\n{index}".encode()
        digest = hmac.digest(self._secret, text, hashlib.sha256)
        return base64.urlsafe_b64encode(digest)[:10].decode("ascii")


def _base36(number: int) -> str:
    if number == 0:
        return "0"
    digits = []
    while number:
        number, rest = divmod(number, 36)
        digits.append(DIGITS[rest])
    return "".join(reversed(digits))
