"""The Slack channel: direct messages, mentions, threads and assistant threads, over Socket Mode or HTTP."""

from botcore import Plugin
from botcore_slack.adapter import SlackAdapter
from botcore_slack.settings import SlackSettings

plugin = Plugin("slack", settings=SlackSettings)


@plugin.channel
def slack(settings: SlackSettings) -> SlackAdapter:
    """Build the adapter from its section of `config.yaml`."""
    return SlackAdapter(settings)


__all__ = ["SlackAdapter", "SlackSettings", "plugin"]
