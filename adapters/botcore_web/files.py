"""Local pictures and files of replies, served under addresses that nobody can guess and that expire.

An address names a place in the log, not a path: what it leads to is what the reply there names, and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import mimetypes
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse

from botcore import BadInput, Host

LIFE_S = 24 * 3600
GRAIN_S = 3600  # addresses stay the same for an hour, so that browsers can keep what they have loaded
MAC_CHARS = 32
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
# What browsers show as a picture and cannot run; SVG is not among it.
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


class Files:
    """Makes the addresses and answers them. `base_dir` is where relative paths begin."""

    def __init__(self, host: Host, base_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self._host = host
        self._key = host.secret("web")
        self._base_dir = base_dir
        self._clock = clock

    def address(self, conversation: str, seq: int, index: int) -> str:
        """The address, relative to `/web/`, of the index-th local file of the reply at `seq`."""
        expires = (int(self._clock()) // GRAIN_S + 1) * GRAIN_S + LIFE_S
        place = json.dumps([conversation, seq, index, expires], separators=(",", ":")).encode()
        payload = base64.urlsafe_b64encode(place).decode().rstrip("=")
        return f"files/{payload}.{self._mac(payload)}"

    async def answer(self, token: str) -> FileResponse:
        """The file at an address.

        Raises:
            BadInput: `no_file`: the address was not made here or has expired, or the file is gone.
        """
        part = await self._part(*self._place(token))
        path = self._base_dir / str(part["source"])
        media_type = await asyncio.to_thread(_picture_type, path) if part["kind"] == "image" else ""
        if media_type is None:
            raise _gone()
        name = str(part.get("name") or path.name)
        known = media_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        how = "inline" if media_type else "attachment"
        if not await asyncio.to_thread(path.is_file):
            raise _gone()
        return FileResponse(path, media_type=known, filename=name, content_disposition_type=how)

    def _place(self, token: str) -> tuple[str, int, int]:
        payload, _, mac = token.partition(".")
        if not hmac.compare_digest(self._mac(payload).encode(), mac.encode("utf-8", "replace")):
            raise _gone()
        conversation, seq, index, expires = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if self._clock() > expires:
            raise _gone()
        return conversation, seq, index

    async def _part(self, conversation: str, seq: int, index: int) -> Mapping[str, Any]:
        events = await self._host.events(conversation, after=seq - 1, limit=1, kinds=("said",))
        if events and events[0].seq == seq:
            for number, part in enumerate(local_parts(events[0].body)):
                if number == index:
                    return part
        raise _gone()

    def _mac(self, payload: str) -> str:
        digest = hmac.new(self._key, f"file {payload}".encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode()[:MAC_CHARS]


def local_parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The images and files of a reply that lie on this machine, in the order in which they are shown."""
    for part in body.get("content") or ():
        for card in part["cards"] if part["kind"] == "carousel" else [part]:
            file = card["image"] if card["kind"] == "card" else card
            if file and not is_remote(file["source"]):
                yield file


def is_remote(source: str) -> bool:
    """Whether an image's or file's source is a URL."""
    return source.lower().startswith(("https://", "http://"))


def _picture_type(path: Path) -> str | None:
    """The media type of a picture by its first bytes; "" for what is to be downloaded, None if it is not there."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return None
    if head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        return ""
    return next((kind for magic, kind in PICTURES.items() if head.startswith(magic)), "")


def _gone() -> BadInput:
    return BadInput("no_file", "There is no such file.")
