"""Which workspaces the app is installed in, kept beside the journal, tokens sealed (`sealing.py`)."""

from __future__ import annotations

import time
from logging import Logger, getLogger
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from botcore import Kept
from botcore_slack.sealing import seal, unseal

FIELDS = ("app_id", "enterprise_id", "team_id", "team_name", "bot_id", "bot_user_id", "is_enterprise_install")


class Installs(AsyncInstallationStore):
    """An installation store of slack_sdk over `Host.kept`, one row per (enterprise, workspace)."""

    def __init__(self, kept: Kept, secret: bytes) -> None:
        self._kept = kept
        self._secret = secret
        self._found: dict[str, Bot | None] = {}

    @property
    def logger(self) -> Logger:
        """The SDK's own."""
        return getLogger("slack_sdk")

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation, over an older one of the same workspace."""
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep what the bot needs of an installation."""
        row: dict[str, Any] = {name: getattr(bot, name) for name in FIELDS}
        row["token"] = seal(self._secret, bot.bot_token)
        row["scopes"] = list(bot.bot_scopes)
        self._found.clear()
        await self._kept.put(_key(bot.enterprise_id, bot.team_id), row)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The installation of a workspace: its own, else that of its whole organisation."""
        key = _key(enterprise_id, None if is_enterprise_install else team_id)
        if key not in self._found:
            row = await self._kept.get(key)
            self._found[key] = self._bot(row) if row else None
        found = self._found[key]
        if found is None and enterprise_id and not is_enterprise_install:
            return await self.async_find_bot(enterprise_id=enterprise_id, team_id=None, is_enterprise_install=True)
        return found

    async def of_team(self, team_id: str) -> Bot | None:
        """The installation for a workspace whose organisation is not at hand."""
        for key, row in (await self._kept.find("install:")).items():
            if key.endswith(f":{team_id}"):
                return self._bot(row)
        enterprise = await self._kept.get(f"org:{team_id}")
        return await self.async_find_bot(enterprise_id=enterprise, team_id=team_id) if enterprise else None

    async def belongs(self, team_id: str, enterprise_id: str) -> None:
        """Remember the organisation of a workspace, which installed the app for all of its workspaces."""
        await self._kept.add(f"org:{team_id}", enterprise_id)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget an installation."""
        self._found.clear()
        await self._kept.pop(_key(enterprise_id, team_id))

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget an installation; there is one row for all who installed it."""
        await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    def _bot(self, row: dict[str, Any]) -> Bot | None:
        token = unseal(self._secret, row["token"])
        if token is None:
            return None
        fields: dict[str, Any] = {name: row.get(name) for name in FIELDS}
        return Bot(bot_token=token, bot_scopes=row.get("scopes", []), installed_at=time.time(), **fields)


def _key(enterprise_id: str | None, team_id: str | None) -> str:
    return f"install:{enterprise_id or '-'}:{team_id or '-'}"
