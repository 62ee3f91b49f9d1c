"""The Telegram channel: a bot in private chats, groups and topics, by long polling or webhook."""

from __future__ import annotations

from botcore import Adapter, Plugin
from botcore_telegram.settings import TelegramSettings

plugin = Plugin("telegram", settings=TelegramSettings)


@plugin.channel
def telegram(settings: TelegramSettings) -> Adapter:
    """Build the adapter from its section of `config.yaml`. The SDK is loaded only for a channel that is on."""
    from botcore_telegram.adapter import TelegramAdapter

    return TelegramAdapter(settings)


__all__ = ["TelegramSettings", "plugin"]
