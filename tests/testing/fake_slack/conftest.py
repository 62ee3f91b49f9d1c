"""The fake, and the platform's own SDK as its caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from botcore.testing.fake_slack import FakeSlack


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(ack_timeout_s=0.3, time_scale=0.001) as running:
        running.add_channel("C1")
        running.add_person("U1", "Wei")
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def web(slack: FakeSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    """The bot's client."""
    return AsyncWebClient(slack.setup.bot_token, slack.base_url, session=session, retry_handlers=[])


@pytest.fixture
def refusal(web: AsyncWebClient) -> Callable[..., Any]:
    """`await refusal("chat.postMessage", channel="C1")`: the platform's error."""

    async def call(method: str, **values: Any) -> str:
        with pytest.raises(SlackApiError) as caught:
            await web.api_call(method, json=values)
        return str(caught.value.response["error"])

    return call


class App:
    """An app on one WebSocket that acknowledges unless told otherwise."""

    def __init__(self, slack: FakeSlack, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.session = session
        self.envelopes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.other: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.skip = 0
        self.answer: dict[str, Any] | None = None
        self.url = ""

    async def connect(self) -> App:
        client = AsyncWebClient(self.slack.setup.app_token, self.slack.base_url, session=self.session)
        self.url = (await client.apps_connections_open(app_token=self.slack.setup.app_token))["url"]
        self.socket = await self.session.ws_connect(self.url)
        self.task = asyncio.create_task(self._read())
        return self

    async def _read(self) -> None:
        async for message in self.socket:
            body = message.json()
            if "envelope_id" not in body:
                self.other.put_nowait(body)
                continue
            self.envelopes.put_nowait(body)
            if self.skip:
                self.skip -= 1
                continue
            payload = {"payload": self.answer} if self.answer is not None else {}
            await self.socket.send_json({"envelope_id": body["envelope_id"], **payload})

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return await self.envelopes.get()

    async def close(self) -> None:
        await self.socket.close()
        await self.task


@pytest.fixture
async def app(slack: FakeSlack, session: aiohttp.ClientSession) -> AsyncIterator[App]:
    app = await App(slack, session).connect()
    yield app
    await app.close()
