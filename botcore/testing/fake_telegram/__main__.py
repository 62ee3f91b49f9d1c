"""`python -m botcore.testing.fake_telegram --port 8081 --token 123456:...`: the fake as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from botcore.testing.fake_telegram.server import TOKEN, FakeTelegram


async def _serve(token: str, port: int, username: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeTelegram(token, username, port) as fake:
        print(fake.url, flush=True)  # noqa: T201  # whoever started it reads the port here
        await stop.wait()


def main() -> None:
    """Serve until ended; the address is the first line of standard output."""
    parser = argparse.ArgumentParser(prog="python -m botcore.testing.fake_telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--username", default="test_bot")
    given = parser.parse_args()
    asyncio.run(_serve(given.token, given.port, given.username))


if __name__ == "__main__":
    main()
