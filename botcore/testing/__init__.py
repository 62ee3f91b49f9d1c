"""For those who test plugins: the pytest fixture `bot`, a real bot in memory."""

from botcore.testing.bot import TestBot

__all__ = ["TestBot"]
