"""The echo as a plugin of botcore."""

import asyncio
import os

from botcore import Plugin, Turn

plugin = Plugin("echo")
SECONDS = float(os.environ.get("ECHO_SECONDS", "0"))


@plugin.fallback
async def echo(turn: Turn) -> str:
    if SECONDS:
        await asyncio.sleep(SECONDS)
    return turn.message.text
