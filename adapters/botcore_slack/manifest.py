"""The app's manifest: exactly the scopes and events that the channel uses, each with the reason beside it."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from botcore_slack.settings import SCOPES

# In the order of the settings' default; docs/admin/slack.md shows the same table.
REASONS = {
    "app_mentions:read": {"en": "mentions of the bot in channels", "zh": "频道中 @ 机器人的消息"},
    "assistant:write": {
        "en": "titles, prompts and status of assistant threads",
        "zh": "助手会话的标题、建议问题和状态",
    },
    "channels:history": {
        "en": "messages in threads in which the bot takes part; finding a reply again after a crash",
        "zh": "机器人参与的消息列中的消息；崩溃后查找已发出的回复",
    },
    "chat:write": {"en": "answering", "zh": "回答"},
    "commands": {"en": "the slash command and shortcuts", "zh": "斜杠命令和快捷方式"},
    "files:read": {"en": "looking at files that people send", "zh": "查看用户发来的文件"},
    "files:write": {"en": "sending files", "zh": "发送文件"},
    "groups:history": {
        "en": "the same as channels:history in private channels",
        "zh": "私有频道，用途同 channels:history",
    },
    "im:history": {
        "en": "direct messages; finding a reply again after a crash",
        "zh": "私信；崩溃后查找已发出的回复",
    },
    "im:write": {
        "en": "answering a command or a shortcut in direct messages",
        "zh": "在私信中回答命令和快捷方式",
    },
    "users:read": {"en": "names and languages of those who write", "zh": "用户的名字和语言"},
}
EVENTS = {
    "app_mention": {"en": "a mention in a channel", "zh": "频道中 @ 机器人"},
    "assistant_thread_started": {"en": "somebody opens a new thread with the assistant", "zh": "有人新开助手会话"},
    "message.channels": {"en": "threads in public channels", "zh": "公开频道的消息列"},
    "message.groups": {"en": "threads in private channels", "zh": "私有频道的消息列"},
    "message.im": {"en": "direct messages", "zh": "私信"},
    "app_uninstalled": {"en": "the app was removed from a workspace", "zh": "应用被移出工作区"},
    "tokens_revoked": {"en": "a token was taken back", "zh": "令牌被撤销"},
}
WORDS = {
    "en": ("Answers questions about orders, delivery and returns.", "Ask the bot", "your question", "Ask about this"),
    "zh": ("回答订单、配送和退换货的问题。", "向机器人提问", "您的问题", "询问这条消息"),
}
NAME_MAX, EVENT_PATH = 35, "/slack/events"


def manifest(name: str, *, url: str | None = None, language: str = "en") -> str:
    """The manifest as YAML; with the bot's public `url` for HTTP mode, else for Socket Mode.

    Raises:
        ValueError: the name is too long for Slack, the URL is none, or the language has no words here.
    """
    if not 1 <= len(name) <= NAME_MAX:
        raise ValueError(f"the name has {len(name)} characters; Slack takes 1 to {NAME_MAX}")
    if url is not None and not url.startswith("https://"):
        raise ValueError(f"{url!r} does not begin with https://, which Slack asks for")
    if language not in WORDS:
        raise ValueError(f"no words in {language!r}; there are: {', '.join(sorted(WORDS))}")
    about, command, hint, shortcut = (json.dumps(words, ensure_ascii=False) for words in WORDS[language])
    shown = json.dumps(name, ensure_ascii=False)
    endpoint = url.rstrip("/") + EVENT_PATH if url else None
    target = f"    request_url: {endpoint}\n" if endpoint else ""
    command_url = f"      url: {endpoint}\n" if endpoint else ""
    redirect = f"  redirect_urls:\n    - {url.rstrip('/')}/slack/oauth_redirect\n" if url else ""
    scopes = "".join(f"      - {scope}  # {REASONS[scope][language]}\n" for scope in SCOPES)
    events = "".join(f"      - {event}  # {why[language]}\n" for event, why in EVENTS.items())
    return (
        f"display_information:\n  name: {shown}\n  description: {about}\n"
        "features:\n"
        "  app_home:\n    messages_tab_enabled: true\n    messages_tab_read_only_enabled: false\n"
        f"  bot_user:\n    display_name: {shown}\n    always_online: true\n"
        f"  assistant_view:\n    assistant_description: {about}\n"
        "  slash_commands:\n    - command: /ask\n"
        f"{command_url}      description: {command}\n      usage_hint: {hint}\n      should_escape: true\n"
        f"  shortcuts:\n    - name: {shortcut}\n      type: message\n      callback_id: ask\n"
        f"      description: {command}\n"
        "oauth_config:\n"
        f"{redirect}  scopes:\n    bot:\n{scopes}"
        "settings:\n"
        f"  event_subscriptions:\n{target}    bot_events:\n{events}"
        f"  interactivity:\n    is_enabled: true\n{target}"
        f"  org_deploy_enabled: {'true' if url else 'false'}\n"
        f"  socket_mode_enabled: {'false' if url else 'true'}\n"
        "  token_rotation_enabled: false\n"
    )


def command(
    name: Annotated[str, typer.Option(help="What the app is called in Slack.")] = "Ada",
    url: Annotated[str | None, typer.Option(help="https://... of the bot, for HTTP mode; else Socket Mode.")] = None,
    language: Annotated[str, typer.Option(help="en or zh: of the words that people see.")] = "en",
) -> None:
    """Print the manifest of a Slack app: api.slack.com/apps, Create New App, From a manifest."""
    try:
        sys.stdout.write(manifest(name, url=url, language=language))
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
