"""The section `channels: slack:` of `config.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "users:read",
)
Agent = Annotated[str, Field(pattern=r"^[UWS][A-Z0-9]{2,}$")]
Prompt = Annotated[str, Field(min_length=1, max_length=150)]


class SlackSettings(BaseModel):
    """The Slack channel: how it is reached, as whom it speaks, and what it answers.

    Attributes:
        mode: `socket` (the bot calls Slack; nothing has to be reachable from outside) or `http` (Slack calls the bot at
            `/slack/events`).
        bot_token: the token of the installed app, `xoxb-...`. Left out when several workspaces install it.
        app_token: the app-level token for `mode: socket`, `xapp-...`, with the scope `connections:write`.
        signing_secret: with which Slack signs its requests, for `mode: http`.
        connections: how many WebSockets are held, so that one is there while another is renewed.
        agents: whom to mention when a conversation in a channel goes to people: ids of users (`U...`) or of user groups
            (`S...`).
        edits: `answer` takes an edited message as a new question.
        other_bots: `answer` lets other bots ask too, three times a minute at most.
        suggestions: up to four questions to offer in a new assistant thread, by language.
        client_id: of the app, to let several workspaces install it at `/slack/install`.
        client_secret: of the app, with `client_id`.
        scopes: what `/slack/install` asks for.
        public_url: the address under which people reach the bot's server, such as `https://bot.example`, for
            installing.
        host: the address to listen on, with `port`.
        port: the port for `mode: http` and for installing; left out, another channel's, or 8000.
        base_url: Slack's Web API; another one only in tests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    mode: Literal["socket", "http"] = "socket"
    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    connections: int = Field(default=2, ge=1, le=10)
    agents: tuple[Agent, ...] = ()
    edits: Literal["ignore", "answer"] = "ignore"
    other_bots: Literal["ignore", "answer"] = "ignore"
    suggestions: dict[str, Annotated[list[Prompt], Field(min_length=1, max_length=4)]] = Field(default={})
    client_id: str | None = None
    client_secret: SecretStr | None = None
    scopes: tuple[str, ...] = SCOPES
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)
    base_url: str = "https://slack.com/api/"
    base_dir: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _leaves_base_dir_to_the_bot(cls, read: Any) -> Any:
        if isinstance(read, dict) and "base_dir" in read:
            raise ValueError("base_dir is set by the bot; remove it")
        return read

    @field_validator("bot_token")
    @classmethod
    def _is_a_bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _with_prefix(value, "xoxb-", "OAuth & Permissions")

    @field_validator("app_token")
    @classmethod
    def _is_an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _with_prefix(value, "xapp-", "Basic Information, App-Level Tokens")

    @model_validator(mode="after")
    def _has_what_its_mode_needs(self) -> SlackSettings:
        if self.mode == "socket" and self.app_token is None:
            raise ValueError("mode: socket needs app_token (xapp-..., Basic Information, App-Level Tokens)")
        if self.mode == "http" and self.signing_secret is None:
            raise ValueError("mode: http needs signing_secret (Basic Information, App Credentials)")
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("client_id and client_secret belong together; give both, or neither")
        if self.bot_token is None and self.client_id is None:
            raise ValueError(
                "bot_token is missing (xoxb-..., OAuth & Permissions); or give client_id and client_secret"
            )
        if self.bot_token is not None and self.client_id is not None:
            raise ValueError("bot_token is for one workspace, client_id for several; remove one of them")
        if self.client_id is not None and not _is_site(self.public_url):
            raise ValueError(
                "client_id needs public_url, such as https://bot.example, which Slack sends people back to"
            )
        if not _is_site(self.base_url):
            raise ValueError("base_url is no URL; leave it out")
        return self

    @property
    def is_shared(self) -> bool:
        """Whether several workspaces may install the app."""
        return self.client_id is not None

    @property
    def site(self) -> str:
        """Slack's site, for the page of consent."""
        return self.base_url.rstrip("/").removesuffix("/api")


def _with_prefix(token: SecretStr | None, prefix: str, place: str) -> SecretStr | None:
    if token is not None and not token.get_secret_value().startswith(prefix):
        raise ValueError(f"it does not begin with {prefix}; copy it from {place}")
    return token


def _is_site(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme in ("http", "https") and bool(parts.hostname)
