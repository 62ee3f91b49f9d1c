"""The section of the config: what is missing or contradictory is told with its mend. And the manifest."""

from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from botcore_slack import SlackSettings
from botcore_slack.manifest import EVENTS, REASONS, manifest
from botcore_slack.settings import SCOPES

TOKENS = {"bot_token": "xoxb-1", "app_token": "xapp-1"}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({}, "mode: socket needs app_token"),
        ({"app_token": "xapp-1"}, "bot_token is missing"),
        ({"mode": "http", "bot_token": "xoxb-1"}, "mode: http needs signing_secret"),
        ({**TOKENS, "bot_token": "xapp-1"}, "does not begin with xoxb-"),
        ({**TOKENS, "app_token": "xoxb-1"}, "does not begin with xapp-"),
        ({**TOKENS, "client_id": "1.2"}, "client_id and client_secret belong together"),
        ({**TOKENS, "client_id": "1.2", "client_secret": "s"}, "remove one of them"),
        ({"app_token": "xapp-1", "client_id": "1.2", "client_secret": "s"}, "client_id needs public_url"),
        ({**TOKENS, "connections": 11}, "less than or equal to 10"),
        ({**TOKENS, "agents": ["Ann"]}, "should match pattern"),
        ({**TOKENS, "base_url": "slack"}, "base_url is no URL"),
        ({**TOKENS, "suggestions": {"en": ["a"] * 5}}, "at most 4"),
        ({**TOKENS, "bot_tokne": "x"}, "Extra inputs"),
        ({**TOKENS, "base_dir": "/"}, "base_dir is set by the bot"),
    ],
)
def test_a_mistake_is_told_with_its_mend(section, words):
    with pytest.raises(ValidationError, match=words):
        SlackSettings(**section)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("url", [None, "https://bot.example/"])
def test_the_manifest_asks_for_exactly_what_the_channel_uses(language, url):
    read = yaml.safe_load(manifest("Ada 客服", url=url, language=language))
    assert read["oauth_config"]["scopes"]["bot"] == list(SCOPES) == list(REASONS)
    assert read["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert read["settings"]["socket_mode_enabled"] is (url is None)
    if url:
        for section in (read["settings"]["event_subscriptions"], read["settings"]["interactivity"]):
            assert section["request_url"] == "https://bot.example/slack/events"


@pytest.mark.parametrize(
    "given",
    [{"name": ""}, {"name": "x" * 36}, {"name": "A", "url": "http://a.example"}, {"name": "A", "language": "tlh"}],
)
def test_a_manifest_that_slack_would_refuse_is_not_made(given):
    with pytest.raises(ValueError, match=r"Slack|https|words"):
        manifest(**given)
