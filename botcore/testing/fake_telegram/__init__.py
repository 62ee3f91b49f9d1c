"""A small, strict Telegram that runs on this machine: for tests of bots, plugins and adapters.

It speaks the Bot API over real HTTP, refuses what Telegram refuses, and lets a test speak as the users and break
things.
"""

from botcore.testing.fake_telegram.faults import Fault
from botcore.testing.fake_telegram.server import TOKEN, Call, FakeTelegram

__all__ = ["TOKEN", "Call", "FakeTelegram", "Fault"]
