"""The composition root: the only part that knows every other one."""

from botcore.app.bot import Answer, Bot
from botcore.app.gather import Gathered, gather

__all__ = ["Answer", "Bot", "Gathered", "gather"]
