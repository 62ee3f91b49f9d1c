"""The bot's menu and profile: set in Telegram when the config changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import structlog
from telegram.error import TelegramError

from botcore import Kept
from botcore_telegram.request import Client
from botcore_telegram.settings import TelegramSettings

log = structlog.get_logger("botcore.telegram")
KEY = "menu"
Call = tuple[str, dict[str, Any]]


def calls_for(settings: TelegramSettings, languages: tuple[str, ...]) -> list[Call]:
    """The calls that set it: for each language, and without one for everybody else. Pure."""
    calls: list[Call] = []
    if settings.commands:
        used = {code for command in settings.commands.values() for code in command.description}
        for code in ("", *sorted(used)):
            commands = [
                {"command": name, "description": _worded(command.description, code, languages)}
                for name, command in settings.commands.items()
            ]
            calls.append(("setMyCommands", {"commands": commands, **_language(code)}))
    profile = (
        ("setMyDescription", "description", settings.description),
        ("setMyShortDescription", "short_description", settings.short_description),
    )
    for method, name, texts in profile:
        if texts:
            codes = ("", *sorted(texts))
            calls += [(method, {name: _worded(texts, code, languages), **_language(code)}) for code in codes]
    return calls


def _worded(texts: dict[str, str], code: str, languages: tuple[str, ...]) -> str:
    for wanted in (code, *languages):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()))


def _language(code: str) -> dict[str, str]:
    """Telegram knows languages by two letters."""
    return {"language_code": code.partition("-")[0].lower()} if code else {}


async def set_menu(client: Client, kept: Kept, settings: TelegramSettings, languages: tuple[str, ...]) -> None:
    """Set it if it is not as it was set last. A failure is a line in the log: the bot answers without a menu."""
    calls = calls_for(settings, languages)
    digest = hashlib.sha256(json.dumps(calls, sort_keys=True).encode()).hexdigest()
    known = await kept.get(KEY) or {"digest": "", "languages": []}
    if known["digest"] == digest or (not calls and not known["digest"]):
        return
    codes = sorted({values.get("language_code", "") for method, values in calls if method == "setMyCommands"})
    gone = [("deleteMyCommands", _language(code)) for code in known["languages"] if code not in codes]
    try:
        for method, values in [*gone, *calls]:
            await client.call(method, values)
    except TelegramError as wrong:
        log.warning("telegram_menu_not_set", why=str(wrong))
        return
    await kept.put(KEY, {"digest": digest, "languages": codes})
