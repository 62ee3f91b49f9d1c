"""Installing the app in further workspaces: `/slack/install` and where Slack sends people back to."""

from __future__ import annotations

import hashlib
import secrets
import time
from html import escape
from typing import Any
from urllib.parse import urlencode

import structlog
from slack_sdk.oauth.installation_store import Bot
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from botcore import Kept
from botcore_slack.errors import CALL_ERRORS, trouble_of
from botcore_slack.settings import SlackSettings
from botcore_slack.workspaces import Workspaces

log = structlog.get_logger("botcore.slack")
STATE_S = 600.0
COOKIE = "botcore_slack_state"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Install:
    """OAuth v2. A state is bound to the browser by a cookie, good once, for ten minutes."""

    def __init__(self, settings: SlackSettings, workspaces: Workspaces) -> None:
        self._settings = settings
        self._workspaces = workspaces
        self._kept: Kept | None = None

    def open(self, kept: Kept) -> None:
        """Begin."""
        self._kept = kept

    async def begin(self, request: Request) -> Response:
        """`/slack/install`: on to Slack's page of consent."""
        if self._kept is None:
            return Response("starting", 503)
        state, binding = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        await self._kept.put(f"state:{_digest(state)}", _digest(binding), expires_s=STATE_S)
        asked = {
            "client_id": self._settings.client_id,
            "scope": ",".join(self._settings.scopes),
            "redirect_uri": self._redirect_uri,
            "state": state,
        }
        answer = RedirectResponse(f"{self._settings.site}/oauth/v2/authorize?{urlencode(asked)}", 302, HEADERS)
        is_secure = str(self._settings.public_url).startswith("https://")
        answer.set_cookie(
            COOKIE, binding, max_age=int(STATE_S), path="/slack/", secure=is_secure, httponly=True, samesite="lax"
        )
        return answer

    async def end(self, request: Request) -> Response:
        """`/slack/oauth_redirect`: the code becomes a token, which is kept."""
        if self._kept is None:
            return Response("starting", 503)
        asked = request.query_params
        state, binding = asked.get("state", ""), request.cookies.get(COOKIE, "")
        expected = await self._kept.pop(f"state:{_digest(state)}") if state else None
        if expected is None or not binding or not secrets.compare_digest(str(expected), _digest(binding)):
            return _page("This link has expired, or was opened in another browser. Begin again: /slack/install", 400)
        if asked.get("error"):
            return _page("The app was not installed.", 400)
        code = asked.get("code", "")
        if not code:
            return _page("Slack sent no code. Begin again: /slack/install", 400)
        return await self._exchange(code)

    async def _exchange(self, code: str) -> Response:
        secret = self._settings.client_secret
        assert secret is not None  # noqa: S101  # settings see to it
        try:
            # As a form: the SDK's own method signs with a class that aiohttp is about to drop.
            form = {
                "client_id": self._settings.client_id,
                "client_secret": secret.get_secret_value(),
                "code": code,
                "redirect_uri": self._redirect_uri,
            }
            got = await self._workspaces.client(None).api_call("oauth.v2.access", data=form)
            bot = await self._bot(got)
        except CALL_ERRORS as wrong:
            log.warning("slack_install_failed", error=trouble_of(wrong).error)
            return _page("Slack did not confirm the installation. Begin again: /slack/install", 400)
        installs = self._workspaces.installs
        assert installs is not None  # noqa: S101  # opened before any request
        await installs.async_save_bot(bot)
        self._workspaces.renew()
        log.info("slack_installed", team=bot.team_id, enterprise=bot.enterprise_id)
        return _page("Installed. You can close this page and write to the bot in Slack.", 200)

    async def _bot(self, got: Any) -> Bot:
        token = str(got["access_token"])
        team, enterprise = got.get("team") or {}, got.get("enterprise") or {}
        who = await self._workspaces.client(token).auth_test()
        return Bot(
            app_id=got.get("app_id"),
            enterprise_id=enterprise.get("id"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=token,
            bot_id=str(who.get("bot_id") or ""),
            bot_user_id=str(got.get("bot_user_id") or who.get("user_id")),
            bot_scopes=str(got.get("scope") or "").split(","),
            is_enterprise_install=bool(got.get("is_enterprise_install")),
            installed_at=time.time(),
        )

    @property
    def _redirect_uri(self) -> str:
        return f"{str(self._settings.public_url).rstrip('/')}/slack/oauth_redirect"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _page(words: str, status: int) -> Response:
    return HTMLResponse(
        f"<!doctype html><meta charset=utf-8><title>Slack</title><p>{escape(words)}</p>", status, HEADERS
    )
