"""The bot's HTTP server: health, metrics, and what a channel that fails does to them."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import uuid
from contextlib import asynccontextmanager

import httpx
import pytest

from botcore import NotReady
from botcore.app import Bot

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]
CONFIG = """
bot: {name: Ada}
models: {encoder: none}
store: sqlite:///data/bot.db
channels: {web: {port: 0, message_rate_per_s: 1000, message_burst: 1000, sessions_per_minute: 1000}}
plugins: {mine: {path: mine.py}}
logging: {level: error}
"""
PLUGIN = """
import asyncio
from pathlib import Path
from botcore import Plugin

plugin = Plugin("mine")

@plugin.start
async def wait():
    while Path("hold").exists():
        await asyncio.sleep(0.02)

@plugin.fallback
async def echo(turn):
    return "re: " + turn.message.text
"""


@pytest.fixture
def shop(shop):
    shop.write("mine.py", PLUGIN)
    shop.write("config.yaml", CONFIG)
    return shop


@asynccontextmanager
async def client(bot):
    async with httpx.AsyncClient(base_url=bot.url, timeout=20) as http:
        yield http


async def visit(http) -> dict[str, str]:
    async with asyncio.timeout(20):
        while (answer := await http.post("/web/sessions", json={})).status_code == 503:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def say(http, headers, text: str) -> httpx.Response:
    return await http.post("/web/messages", json={"id": str(uuid.uuid4()), "text": text}, headers=headers)


async def lines(http, headers, count: int, within_s: float = 20) -> list[str]:
    async with asyncio.timeout(within_s):
        while True:
            found = (await http.get("/web/messages", headers=headers)).json()["messages"]
            if len(found) >= count:
                return [line["text"] for line in found]
            await asyncio.sleep(0.02)


async def until_health(http, status: str, within_s: float = 20) -> httpx.Response:
    async with asyncio.timeout(within_s):
        while True:
            answer = await http.get("/health")
            if answer.json()["status"] == status:
                return answer
            await asyncio.sleep(0.02)


async def test_messages_are_taken_while_the_bot_loads_and_answered_once_it_is_ready(shop):
    shop.write("hold", "")
    bot = Bot(shop.gather(), store=None)
    starting = asyncio.create_task(bot.start())
    try:
        async with asyncio.timeout(20):
            while bot.url is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        async with client(bot) as http:
            answer = await until_health(http, "loading")
            assert answer.status_code == 503
            headers = await visit(http)
            assert (await say(http, headers, "early")).status_code == 202
            (shop.folder / "hold").unlink()
            await starting
            answer = await until_health(http, "ready")
            assert (answer.status_code, answer.json()["journal"]) == (200, "ok")
            assert await lines(http, headers, 2) == ["early", "re: early"]
    finally:
        await bot.stop()


async def test_a_journal_that_cannot_be_written_is_503_and_nothing_is_taken_until_it_can(shop):
    async with shop.running(store=None, serve=True) as bot, client(bot) as http:
        headers = await visit(http)
        assert (await http.get("/health")).status_code == 200
        locking = sqlite3.connect(shop.folder / "data" / "bot.db", isolation_level=None)
        locking.execute("BEGIN IMMEDIATE")
        refused = await say(http, headers, "lost?")
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["error"]["code"] == "not_ready"
        answer = await until_health(http, "degraded")
        assert (answer.status_code, answer.json()["journal"]) == (503, "cannot write")
        locking.execute("ROLLBACK")
        locking.close()
        await until_health(http, "ready")
        assert (await say(http, headers, "again")).status_code == 202
        assert await lines(http, headers, 2) == ["again", "re: again"]


async def test_metrics_count_without_ids_or_texts(shop):
    canary = "canary4b1d"
    async with shop.running(store=None, serve=True) as bot, client(bot) as http:
        headers = await visit(http)
        for _ in range(3):
            await say(http, headers, canary)
        await lines(http, headers, 6)
        page = (await http.get("/metrics")).text
        (said,) = (await http.get("/web/messages", headers=headers, params={"limit": 1})).json()["messages"]
    assert 'botcore_messages_total{channel="web",repeat="false"} 3.0' in page
    assert 'botcore_turns_total{channel="web"} 3.0' in page
    assert "botcore_oldest_unprocessed_seconds 0" in page
    assert "botcore_turn_seconds_count 3.0" in page
    assert canary not in page
    assert str(said) not in page
    labels = set(re.findall(r'[{,](\w+)="', page))
    assert labels <= {"channel", "repeat", "what", "result", "le"}
    for value in set(re.findall(r'="([^"]*)"', page)):
        assert re.fullmatch(r"[a-z_]{1,20}|\+Inf|[0-9.]+", value), value


PIPE = """
import asyncio
from botcore import Failed, Plugin, Sent

plugin = Plugin("pipe")

class Pipe:
    name = "pipe"
    replay_safe = True
    tries = 0
    sent = []
    def routes(self):
        return []
    async def start(self, host):
        self.host = host
    listened = 0
    async def listen(self):
        self.listened += 1
        if self.listened == 1:
            raise RuntimeError("a channel that stops listening")
        try:
            await asyncio.Event().wait()
        finally:
            self.listened = "ended"
    async def send(self, delivery):
        self.tries += 1
        if "refuse" in delivery.reply.text:
            return Failed("blocked by the user")
        if self.tries == 1:
            raise ConnectionError("a moment's trouble")
        self.sent.append(delivery.reply.text)
        return Sent()
    async def typing(self, conversation, is_on):
        raise RuntimeError("typing is best effort")
    async def stop(self):
        raise RuntimeError("nor does stopping hold anybody up")

adapter = Pipe()

@plugin.channel
def build(settings):
    return adapter
"""


async def test_a_channel_in_trouble_costs_a_retry_or_a_dead_letter_and_nothing_else(shop, monkeypatch):
    from datetime import UTC, datetime

    from botcore import Message, User

    folder = shop.folder / "site"
    shop.write("site/pipe_channel.py", PIPE)
    shop.write("site/pipe_channel-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: pipe-channel\nVersion: 1.0\n")
    shop.write("site/pipe_channel-1.0.dist-info/entry_points.txt", "[botcore]\npipe = pipe_channel:plugin\n")
    monkeypatch.syspath_prepend(str(folder))
    shop.write("config.yaml", CONFIG.replace("channels: {", "channels: {pipe: , "))
    async with shop.running(store=None, serve=True) as bot, client(bot) as http:
        import pipe_channel

        adapter = pipe_channel.adapter
        for number, text in enumerate(("one", "refuse this", "two")):
            message = Message(f"k{number}", "pipe", "c1", User("u"), text, datetime.now(UTC))
            assert await adapter.host.accept(message)
            assert not await adapter.host.accept(message)
        async with asyncio.timeout(30):
            while len(adapter.sent) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert adapter.sent == ["re: one", "re: two"]
        answer = await until_health(http, "ready")
        assert answer.json()["dead_letters"] == 1
        page = (await http.get("/metrics")).text
        assert "botcore_dead_letters_kept 1.0" in page
        assert "botcore_dead_letters_total 1.0" in page
        assert 'botcore_messages_total{channel="pipe",repeat="true"} 3.0' in page
        assert 'botcore_listen_failed_total{channel="pipe"} 1.0' in page
        async with asyncio.timeout(20):
            while adapter.listened < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert adapter.listened == "ended"


async def test_a_port_that_is_taken_is_said_with_the_mend(shop):
    async with shop.running(store=None, serve=True) as bot:
        port = int(bot.url.rpartition(":")[2])
        shop.write("config.yaml", CONFIG.replace("port: 0", f"port: {port}").replace("data/", "other/"))
        with pytest.raises(NotReady, match=rf"127.0.0.1:{port} cannot be listened on: Address already in use\. Choose"):
            async with shop.running(store=None, serve=True):
                pass


async def test_nothing_of_the_inside_is_shown(shop):
    shop.write("mine.py", BROKEN_ROUTE)
    async with shop.running(store=None, serve=True) as bot, client(bot) as http:
        answer = await http.get("/boom")
        assert answer.status_code == 500
        assert answer.json() == {"error": {"code": "internal", "message": "Something went wrong on our side."}}
        assert (await http.get("/nothing-here")).status_code == 404
        assert "server" not in answer.headers


BROKEN_ROUTE = """
from starlette.routing import Route
from botcore import Plugin
plugin = Plugin("mine")

@plugin.routes
def routes(settings, host):
    async def boom(request):
        raise RuntimeError("/secret/path and a version")
    return [Route("/boom", boom)]
"""


async def test_the_secret_of_an_installation_stays_and_is_for_its_owner_only(shop):
    async with shop.running(store=None, serve=True) as bot, client(bot) as http:
        headers = await visit(http)
    file = shop.folder / "data" / "secrets" / "web.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    async with shop.running(store=None, serve=True) as bot, client(bot) as http:
        assert (await http.get("/web/messages", headers=headers)).status_code == 200
