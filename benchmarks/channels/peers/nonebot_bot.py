"""An echo bot on bare nonebot2 with its Telegram adapter."""

import asyncio
import sys

import nonebot
from nonebot.adapters.telegram import Adapter
from nonebot.adapters.telegram.event import MessageEvent

url, token = sys.argv[1:3]
nonebot.init(
    driver="~aiohttp",
    telegram_bots=[{"token": token, "api_server": f"{url}/"}],
    log_level="WARNING",
)
nonebot.get_driver().register_adapter(Adapter)
answer = nonebot.on_message()


@answer.handle()
async def echo(event: MessageEvent) -> None:
    await asyncio.sleep(float(sys.argv[3]))
    await answer.finish(event.get_plaintext())


nonebot.run()
