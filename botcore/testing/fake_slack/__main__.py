"""`python -m botcore.testing.fake_slack --port N`: the fake by itself, driven over `/_control/`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import fields

from botcore.testing.fake_slack.fake import FakeSlack, Setup


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m botcore.testing.fake_slack", description=__doc__)
    for setting in fields(Setup):
        kind = type(setting.default)
        parser.add_argument(f"--{setting.name.replace('_', '-')}", type=kind, default=setting.default)
    setup = Setup(**vars(parser.parse_args()))
    try:
        asyncio.run(_serve(setup))
    except KeyboardInterrupt:
        sys.exit(0)


async def _serve(setup: Setup) -> None:
    async with FakeSlack(setup) as slack:
        lines = [
            f"base_url: {slack.base_url}",
            f"bot_token: {setup.bot_token}",
            f"app_token: {setup.app_token}",
            f"signing_secret: {setup.signing_secret}",
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
