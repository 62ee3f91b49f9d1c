"""Installing the app in a workspace: the page of consent, its codes, and `oauth.v2.access`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from botcore.testing.fake_slack.params import Refused
from botcore.testing.fake_slack.state import Team


class OAuth:
    """Consents at once, for the team that `install_into` names; or refuses, when `is_denying`."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.install_into: Team | None = None
        self.installer = "U0ADMIN"
        self.is_denying = False
        self.is_org_wide = False
        self._codes: dict[str, Team] = {}

    async def authorize(self, request: web.Request) -> web.Response:
        """`/oauth/v2/authorize`: sends the browser back with a code, or with `error=access_denied`."""
        asked = request.query
        if asked.get("client_id") != self.client_id or not asked.get("redirect_uri"):
            return web.Response(status=400, text="bad client_id or redirect_uri")
        answer = {"state": asked.get("state", "")}
        if self.is_denying:
            answer["error"] = "access_denied"
        else:
            answer["code"] = self.code()
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(answer)}"})

    def code(self, team: Team | None = None) -> str:
        """A fresh code, good for one use."""
        into = team or self.install_into
        assert into is not None  # noqa: S101
        code = uuid.uuid4().hex
        self._codes[code] = into
        return code

    def access(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """oauth.v2.access: the code becomes a token. Raises Refused."""
        if (values.get("client_id"), values.get("client_secret")) != (self.client_id, self.client_secret):
            raise Refused("bad_client_secret" if values.get("client_id") == self.client_id else "invalid_client_id")
        team = self._codes.pop(values.get("code") or "", None)
        if team is None:
            raise Refused("invalid_code")
        enterprise = {"id": team.enterprise, "name": "Group"} if team.enterprise else None
        return {
            "app_id": "A0FAKE",
            "authed_user": {"id": self.installer},
            "scope": ",".join(sorted(team.scopes)),
            "token_type": "bot",
            "access_token": team.bot_token,
            "bot_user_id": team.bot_user,
            "team": None if self.is_org_wide else {"id": team.id, "name": team.name},
            "enterprise": enterprise,
            "is_enterprise_install": self.is_org_wide,
        }
