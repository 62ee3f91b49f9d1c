"""Waiting until something holds, looked at whenever something happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Bell:
    """Rung at every change; those who wait look again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Something happened."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, holds: Callable[[], T], timeout_s: float = 15) -> T:
        """Wait until `holds()` is true; returns what it returned. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not (found := holds()):
                future = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                await future
        return found
