"""The HTTP side of the fake: the Web API, Socket Mode, uploads, response URLs, consent."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from botcore.testing.fake_slack.chat import Chat
from botcore.testing.fake_slack.faults import Fault, Faults
from botcore.testing.fake_slack.limits import check_blocks, live_markup, mrkdwn_in
from botcore.testing.fake_slack.methods import SCOPES, Methods
from botcore.testing.fake_slack.oauth import OAuth
from botcore.testing.fake_slack.params import Refused, read
from botcore.testing.fake_slack.sockets import Sockets
from botcore.testing.fake_slack.state import Call, Team
from botcore.testing.fake_slack.waiting import Bell

MAX_BODY = 60 * 1024 * 1024
RESPONSE_LIFETIME_S = 1800.0


class Api:
    """Answers the app's requests."""

    def __init__(
        self,
        *,
        teams: dict[str, Team],
        app_token: str,
        chat: Chat,
        methods: Methods,
        sockets: Sockets,
        oauth: OAuth,
        responses: dict[str, dict[str, Any]],
        base: Callable[[], str],
        bell: Bell,
    ) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.live_markup: list[str] = []
        self.faults = Faults()
        self._bell = bell
        self._teams = teams
        self._app_token = app_token
        self._chat = chat
        self._methods = methods
        self._sockets = sockets
        self._oauth = oauth
        self._responses = responses
        self._base = base

    def routes(self) -> list[web.RouteDef]:
        """Everything the app may ask for."""
        return [
            web.post("/api/{method}", self._call),
            web.get("/api/{method}", self._call),
            web.get("/_socket", self._sockets.serve),
            web.post("/_upload/{id}", self._upload),
            web.get("/_files/{id}", self._file),
            web.post("/_response/{id}", self._respond),
            web.get("/oauth/v2/authorize", self._oauth.authorize),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body, is_json = await self._body(request)
        token = _token(request) or str(body.get("token") or "")
        body = {**_client(request), **body}
        fault = self.faults.take(method, dict(body))
        if fault is not None:
            early = await self._early(request, fault, method, body)
            if early is not None:
                return early
        team = next((team for team in self._teams.values() if token and team.bot_token == token), None)
        try:
            values = read(method, body, is_json=is_json, violations=self.violations)
            reply = {"ok": True, **self._answer(method, values, token, team)}
        except Refused as refused:
            reply = {"ok": False, "error": refused.error}
            if refused.needed:
                provided = ",".join(sorted(team.scopes)) if team else ""
                reply |= {"needed": refused.needed, "provided": provided}
            if refused.detail:
                reply["response_metadata"] = {"messages": [refused.detail]}
        if reply["ok"] and method.startswith("chat."):
            self.live_markup += live_markup(mrkdwn_in(body if is_json else _decoded(body)))
        self.note(Call(method, dict(body), reply, 200, time.time(), team.id if team else ""))
        if fault is not None and fault.kind == "drop_after":
            return _cut(request)
        return web.json_response(reply)

    def _answer(self, method: str, values: Mapping[str, Any], token: str, team: Team | None) -> dict[str, Any]:
        if method == "api.test":
            return {}
        if method == "oauth.v2.access":
            return self._oauth.access(values)
        if not token:
            raise Refused("not_authed")
        if method == "apps.connections.open":
            if token != self._app_token:
                raise Refused("not_allowed_token_type" if team else "invalid_auth")
            return {"url": f"{self._base().replace('http', 'ws', 1)}/_socket?ticket={self._sockets.ticket()}"}
        if team is None:
            raise Refused("not_allowed_token_type" if token == self._app_token else "invalid_auth")
        if team.token_error:
            raise Refused(team.token_error)
        scope = SCOPES.get(method)
        if scope is not None and scope not in team.scopes:
            raise Refused("missing_scope", needed=scope)
        return self._methods.table[method](team, values)

    async def _body(self, request: web.Request) -> tuple[Mapping[str, Any], bool]:
        if request.content_type == "application/json":
            try:
                body = await request.json()
            except ValueError:
                self.violations.append("invalid_json")
                return {}, True
            return (body if isinstance(body, dict) else {}), True
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        return {**request.query, **form}, False

    async def _early(
        self, request: web.Request, fault: Fault, method: str, body: Mapping[str, Any]
    ) -> web.StreamResponse | None:
        """The answer to a call that goes wrong before it is done; None if it is done all the same."""
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return None
        if fault.kind == "drop_after":
            return None
        status, reply = 200, {"ok": False, "error": fault.error}
        if fault.kind == "429":
            status, reply = 429, {"ok": False, "error": "ratelimited"}
        elif fault.kind == "500":
            status, reply = 500, {}
        elif fault.kind in ("drop_before", "garbage"):
            reply = {"ok": False, "error": fault.kind}
        self.note(Call(method, dict(body), reply, status, time.time()))
        if fault.kind == "drop_before":
            return _cut(request)
        if fault.kind == "429":
            return web.json_response(reply, status=429, headers={"Retry-After": f"{fault.seconds:g}"})
        if fault.kind == "500":
            return web.Response(status=500, text="upstream connect error")
        if fault.kind == "garbage":
            return web.Response(text="<html>gateway</html>", content_type="application/json")
        return web.json_response(reply)

    def note(self, call: Call) -> None:
        """Keep a call, and wake those who wait for a change."""
        self.calls.append(call)
        self._bell.ring()

    async def _upload(self, request: web.Request) -> web.Response:
        upload = self._methods.uploads.get(request.match_info["id"])
        if upload is None:
            return web.Response(status=404)
        if request.content_type.startswith("multipart/"):
            parts = await request.post()
            field = next(iter(parts.values()))
            content = field.file.read() if isinstance(field, web.FileField) else bytes(str(field), "utf-8")
        else:
            content = await request.read()
        if len(content) != upload["size"]:
            self.violations.append(f"upload of {len(content)} bytes, {upload['size']} were announced")
            return web.Response(status=400, text="wrong length")
        upload["content"] = content
        return web.Response(text=f"OK - {len(content)}")

    async def _file(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        upload = self._methods.uploads.get(request.match_info["id"])
        if not any(team.bot_token == token and not team.token_error for team in self._teams.values()):
            # The platform shows its page to sign in, with status 200.
            return web.Response(text="<!DOCTYPE html><title>Sign in</title>", content_type="text/html")
        if upload is None or "content" not in upload:
            return web.Response(status=404)
        return web.Response(body=upload["content"], content_type=upload.get("mimetype", "application/octet-stream"))

    async def _respond(self, request: web.Request) -> web.Response:
        found = self._responses.get(request.match_info["id"])
        if found is None or not found["left"] or time.monotonic() - found["at"] > RESPONSE_LIFETIME_S:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        body = await request.json()
        unknown = body.keys() - set(self._chat.response_fields)
        if unknown:
            self.violations.append(f"response_url: unknown {sorted(unknown)}")
            return web.json_response({"ok": False, "error": "invalid_arguments"}, status=400)
        try:
            if body.get("blocks"):
                check_blocks(body["blocks"])
        except Refused as refused:
            return web.json_response({"ok": False, "error": refused.error}, status=400)
        found["left"] -= 1
        self.live_markup += live_markup(mrkdwn_in(body))
        self._chat.ephemeral.append(
            {**body, "channel": found["channel"], "to": found["user"], "team": found["team"].id}
        )
        self.note(Call("response_url", body, {"ok": True}, 200, time.time(), found["team"].id))
        return web.Response(text="ok")


def _decoded(form: Mapping[str, Any]) -> dict[str, Any]:
    """A form's fields with its JSON read."""
    return {
        name: json.loads(value) if name in ("blocks", "metadata") and isinstance(value, str) else value
        for name, value in form.items()
    }


def _token(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind == "Bearer" else ""


def _client(request: web.Request) -> dict[str, str]:
    """The id and the secret of the app, which `oauth.v2.access` also takes as basic authentication."""
    kind, _, pair = request.headers.get("Authorization", "").partition(" ")
    if kind != "Basic":
        return {}
    client_id, _, client_secret = base64.b64decode(pair).decode().partition(":")
    return {"client_id": client_id, "client_secret": client_secret}


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
