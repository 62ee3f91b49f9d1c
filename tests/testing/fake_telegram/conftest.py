"""The fake, and a plain HTTP client that calls it as a bot would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from botcore.testing.fake_telegram import FakeTelegram


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as running:
        running.world.chat(1001)
        yield running


class Caller:
    """`await call("getMe")`: the whole reply."""

    def __init__(self, fake: FakeTelegram, session: aiohttp.ClientSession) -> None:
        self.fake = fake
        self.session = session

    async def __call__(self, method: str, token: str | None = None, **values: Any) -> dict[str, Any]:
        url = f"{self.fake.url}/bot{token or self.fake.token}/{method}"
        async with self.session.post(url, json=values) as answer:
            body = await answer.json()
            assert body.get("error_code", 200) == answer.status
            return body


@pytest.fixture
async def call(fake: FakeTelegram) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(fake, session)
