"""The section `channels: telegram:` of `config.yaml`."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

MODEL = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
DEFAULT_PATH = "/telegram/webhook"
MAX_COMMANDS = 100


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{value!r} is no address; write https://api.telegram.org or that of your own Bot API server")
    return value.rstrip("/").removesuffix("/bot")  # other programs take it with the /bot that comes before the token


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    is_local = parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or (parts.scheme != "https" and not (is_local and parts.scheme == "http")):
        raise ValueError(f"{value!r} cannot be a webhook; Telegram calls https addresses only")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Description = Annotated[str, Field(min_length=1, max_length=256)]


class CommandSettings(BaseModel):
    """One command of the bot's menu.

    Attributes:
        description: what the menu says, by language, such as `{en: Track an order, zh: 查订单}`.
        text: what the command means, by language, as if the user had written it; the description if left out.
        choice: the command presses the button with this value instead, such as `person` or `start`.
    """

    model_config = MODEL

    description: dict[str, Description] = Field(min_length=1)
    text: dict[str, Annotated[str, Field(min_length=1, max_length=1000)]] = Field(default={})
    choice: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class TelegramSettings(BaseModel):
    """Telegram: how updates come, where the bot answers, and what its profile says.

    Attributes:
        token: the bot's token, as BotFather gave it.
        mode: `polling` asks Telegram for updates and needs no public address; with `webhook` Telegram calls `url`.
        url: the public https address of the webhook, which the bot tells Telegram; without a path `path` is added. Left
            out, somebody else has to set the webhook, with the same `secret`.
        path: where the bot's own server takes webhooks.
        secret: what Telegram sends along with each webhook, 1 to 256 of `A-Za-z0-9_-`; made by the bot if left out.
        host: with `port`, the address that the bot's own server listens on.
        port: the port to listen on, where no channel before this one names one.
        base_url: the Bot API server; another one for tests, or your own.
        groups: in groups each member has a conversation of their own (`per_user`), or all share one (`shared`).
        edits: whether a message that was edited is answered again: `ignore` or `answer`.
        delivery: when Telegram's answer to a send is lost: `at_least_once` sends it once more, `at_most_once` does not.
        commands: the bot's menu, by command; set in Telegram when it changes.
        description: what an empty chat shows, by language.
        short_description: what the bot's profile shows, by language.
    """

    model_config = MODEL

    token: SecretStr
    mode: Literal["polling", "webhook"] = "polling"
    url: PublicUrl | None = None
    path: str = Field(default=DEFAULT_PATH, pattern=r"^/[A-Za-z0-9._~/-]{1,200}$")
    secret: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)
    base_url: BaseUrl = "https://api.telegram.org"
    groups: Literal["per_user", "shared"] = "per_user"
    edits: Literal["ignore", "answer"] = "ignore"
    delivery: Literal["at_least_once", "at_most_once"] = "at_least_once"
    commands: dict[str, CommandSettings] = Field(default={}, max_length=MAX_COMMANDS)
    description: dict[str, Annotated[str, Field(max_length=512)]] = Field(default={})
    short_description: dict[str, Annotated[str, Field(max_length=120)]] = Field(default={})

    @field_validator("token")
    @classmethod
    def _has_the_shape_of_a_token(cls, value: SecretStr) -> SecretStr:
        if not TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("no bot token; it looks like 123456:ABC-DEF..., ask @BotFather for it")
        return value

    @field_validator("secret")
    @classmethod
    def _can_be_sent_as_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("not 1 to 256 of A-Z a-z 0-9 _ -; make one with: openssl rand -hex 32")
        return value

    @field_validator("commands")
    @classmethod
    def _are_commands(cls, value: dict[str, CommandSettings]) -> dict[str, CommandSettings]:
        for name in value:
            if not COMMAND.fullmatch(name):
                raise ValueError(f"{name!r} is no command; write 1 to 32 of a-z 0-9 _, without the /")
        return value

    @model_validator(mode="after")
    def _webhook_can_be_set_by_somebody(self) -> TelegramSettings:
        if self.mode == "webhook" and self.url is None and self.secret is None:
            what = "mode webhook needs url, the https address that Telegram is to call"
            raise ValueError(f"{what}; or secret, if you set the webhook yourself")
        return self

    @property
    def webhook_url(self) -> str:
        """The whole address of the webhook."""
        url = self.url or ""
        return url if urlsplit(url).path else url + self.path
