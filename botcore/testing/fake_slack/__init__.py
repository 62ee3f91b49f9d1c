"""A strict Slack on loopback, for tests of bots, plugins and adapters: real HTTP and WebSockets, no network.

It refuses what the platform refuses (limits of blocks, unknown parameters, missing scopes), delivers again what is not
acknowledged, and can be told to fail. `python -m botcore.testing.fake_slack --port 8090` runs it by itself.
"""

from botcore.testing.fake_slack.fake import FakeSlack, Setup, Shown, seen
from botcore.testing.fake_slack.faults import Fault
from botcore.testing.fake_slack.limits import check_blocks, check_message, live_markup, mrkdwn_in
from botcore.testing.fake_slack.params import METHODS, Refused
from botcore.testing.fake_slack.pushes import signed_headers
from botcore.testing.fake_slack.state import Call, Person, Team

__all__ = [
    "METHODS",
    "Call",
    "FakeSlack",
    "Fault",
    "Person",
    "Refused",
    "Setup",
    "Shown",
    "Team",
    "check_blocks",
    "check_message",
    "live_markup",
    "mrkdwn_in",
    "seen",
    "signed_headers",
]
