"""The web channel: a chat widget for any page, and the small HTTP API behind it."""

from botcore import Plugin
from botcore_web.adapter import WebAdapter
from botcore_web.settings import WebSettings

plugin = Plugin("web", settings=WebSettings)


@plugin.channel
def web(settings: WebSettings) -> WebAdapter:
    """Build the adapter from its section of `config.yaml`."""
    return WebAdapter(settings)


__all__ = ["WebAdapter", "WebSettings", "plugin"]
