"""An echo bot on bare slack-bolt (async) with Socket Mode."""

import asyncio
import sys

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

base_url, bot_token, app_token, seconds = sys.argv[1:5]
app = AsyncApp(token=bot_token, client=AsyncWebClient(token=bot_token, base_url=base_url))


@app.event("message")
async def echo(event, say):  # noqa: ANN001, ANN201  # as the documentation of Bolt writes it
    await asyncio.sleep(float(seconds))
    await say(event["text"])


async def main() -> None:
    client = AsyncWebClient(token=app_token, base_url=base_url)
    await AsyncSocketModeHandler(app, app_token, web_client=client).start_async()


asyncio.run(main())
