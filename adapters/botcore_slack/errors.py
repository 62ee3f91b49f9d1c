"""What Slack answered when it did not do what was asked, sorted by what that means for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

# Why a token is worth nothing, and what a person does about it.
TOKEN_ERRORS = {
    "invalid_auth": "The token is not known to Slack: copy it again (OAuth & Permissions).",
    "not_authed": "No token was sent: set bot_token (OAuth & Permissions).",
    "account_inactive": "The app was removed from the workspace, or its account is off: install it again.",
    "token_revoked": "The token was taken back: install the app again and copy the new one.",
    "token_expired": "The token has expired: install the app again and copy the new one.",
    "not_allowed_token_type": "This is another kind of token: bot_token begins with xoxb-, app_token with xapp-.",
    "org_login_required": "The workspace is moving to an organisation: try again when it is done.",
    "team_access_not_granted": "The app is not granted to this workspace: ask an admin of the organisation.",
}
# Where nothing can be posted, and the mend.
REFUSALS = {
    **TOKEN_ERRORS,
    "channel_not_found": "The channel is gone, or the bot was never in it: invite it with /invite.",
    "not_in_channel": "The bot is not in the channel: invite it with /invite.",
    "is_archived": "The channel is archived: unarchive it, or write elsewhere.",
    "thread_not_found": "The message that began the thread is gone.",
    "cannot_dm_bot": "That user is a bot: bots cannot be written to.",
    "user_disabled": "That account is off.",
    "restricted_action": "The workspace does not let apps post there: ask an admin.",
    "restricted_action_read_only_channel": "The channel is read-only: ask an admin.",
    "restricted_action_thread_locked": "The thread is locked: ask an admin.",
    "messages_tab_disabled": "Direct messages are off: App Home, Messages Tab, Allow users to send.",
    "missing_scope": "The app lacks a permission: compare it with `botcore new slack-manifest`, reinstall it.",
    "message_limit_exceeded": "The workspace has reached its limit of messages: ask an admin.",
}
# It may have been done or not: Slack broke off in the middle.
BROKEN_OFF = {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
RATE_LIMITED = {"ratelimited", "rate_limited", "rate_limit_exceeded", "message_rate_limited"}
DEFAULT_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """How a call went wrong.

    `kind`: `limited` (come back after `after_s`), `unsent` (nothing was done), `lost` (nobody knows whether it was
    done), `refused` (for good, with Slack's `error`).
    """

    kind: str
    error: str
    after_s: float = DEFAULT_RETRY_S

    @property
    def why(self) -> str:
        """For logs and operators: what, and the mend."""
        return f"Slack: {self.error}. {REFUSALS.get(self.error, '')}".strip()


CALL_ERRORS = (SlackClientError, aiohttp.ClientError, TimeoutError, ConnectionError)


def trouble_of(error: BaseException) -> Trouble:
    """What an exception of the SDK means."""
    if isinstance(error, SlackApiError):
        return _of_response(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Trouble("unsent", "not reachable")
    if isinstance(error, TimeoutError):
        return Trouble("lost", "no answer in time")
    return Trouble("lost", f"connection lost ({type(error).__name__})")


def _of_response(error: SlackApiError) -> Trouble:
    response: Any = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code in RATE_LIMITED:
        headers = getattr(response, "headers", None) or {}
        return Trouble("limited", "ratelimited", _seconds(headers.get("Retry-After") or headers.get("retry-after")))
    if code in BROKEN_OFF or status >= 500 or not code:
        return Trouble("lost", code or f"HTTP {status}")
    return Trouble("refused", code)


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return DEFAULT_RETRY_S
    return seconds if 0 < seconds < 1e6 else DEFAULT_RETRY_S
