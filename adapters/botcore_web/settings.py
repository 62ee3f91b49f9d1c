"""The section `channels: web:` of `config.yaml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

DEFAULT_PORTS = {"http": 80, "https": 443}
MIN_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: white text on the accent colour


def _exact_origin(value: str) -> str:
    """`https://shop.example`, as a browser would send it. Raises ValueError for a pattern, a path, a non-ASCII name."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{value!r} is no origin ({error}); write https://shop.example") from error
    host = parts.hostname or ""
    is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in DEFAULT_PORTS or not host or not is_bare:
        raise ValueError(f"{value!r} is no origin; write scheme and host only, such as https://shop.example")
    if "*" in host:
        raise ValueError(f"{value!r} is a pattern; list every origin in full")
    if not host.isascii():
        raise ValueError(f"{value!r} has a host outside ASCII; write it as xn--{host.encode('punycode').decode()}")
    name = f"[{host}]" if ":" in host else host
    suffix = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{name}{suffix}"


def _readable_colour(value: str) -> str:
    """A colour `#rrggbb` on which white text can be read."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError(f"{value!r} is no colour; write it as #rrggbb")
    contrast = 1.05 / (luminance(value) + 0.05)
    if contrast < MIN_CONTRAST:
        raise ValueError(f"white text on {value} has a contrast of {contrast:.1f}, below 4.5; choose a darker colour")
    return value.lower()


def luminance(colour: str) -> float:
    """The relative luminance (0..1) of `#rrggbb`, as WCAG 2.2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


Origin = Annotated[str, AfterValidator(_exact_origin)]
Colour = Annotated[str, AfterValidator(_readable_colour)]
ShortText = Annotated[str, Field(min_length=1, max_length=300)]


class WebSettings(BaseModel):
    """The web chat: where it listens, who may embed it, how it looks, and what it bears.

    Attributes:
        host: the address to listen on. Anything but loopback belongs behind a proxy that speaks TLS.
        port: the port to listen on; 0 takes a free one.
        origins: the sites, besides this server itself, whose pages may embed the widget, each an exact origin such as
            `https://shop.example`. When any is listed, requests must say where they come from.
        image_origins: the sites from which pictures of replies are loaded, each an exact origin such as
            `https://images.shop.example`. A picture from elsewhere is shown as a link; pictures on the bot's own
            machine need no entry.
        page: an HTML file, or a folder with an `index.html`, to serve at `/` in place of the example shop. It runs
            under a policy that allows no inline scripts and styles and nothing from other servers. Relative paths are
            taken from the folder of `config.yaml`, which the bot fills in as `base_dir`.
        title: the words in the widget's head; the bot's name if left out.
        colour: the accent colour, `#rrggbb`, dark enough for white text.
        greeting: the first words of the bot, by language, such as `{en: Hello!, zh: 您好！}`.
        suggestions: questions to offer in an empty conversation, by language; at most six each.
        identity_secret: shared with the shop's server, which signs who its logged-in users are with it; at least 32
            characters. Left out, every visitor is anonymous.
        identity_required: refuse visitors whom the shop has not signed.
        message_rate_per_s: how many messages a second a visitor may send in the long run.
        message_burst: how many a visitor may send at once.
        sessions_per_minute: how many sessions one network address may begin in a minute.
        max_body_bytes: the largest request body.
        max_streams_per_visitor: how many tabs of one visitor may follow the conversation at once.
        max_streams: how many streams may be open in all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    origins: tuple[Origin, ...] = ()
    image_origins: tuple[Origin, ...] = ()
    page: Path | None = None
    title: Annotated[str, Field(max_length=60)] | None = None
    colour: Colour = "#0f5b57"
    greeting: dict[str, ShortText] = Field(
        default={
            "en": "Hello! Ask me anything about orders, delivery, returns or our goods.",
            "zh": "您好！订单、配送、退换货或商品的问题，都可以问我。",
        }
    )
    suggestions: dict[str, Annotated[list[ShortText], Field(max_length=6)]] = Field(default={})
    identity_secret: SecretStr | None = None
    identity_required: bool = False
    message_rate_per_s: float = Field(default=1.0, gt=0)
    message_burst: int = Field(default=5, ge=1)
    sessions_per_minute: int = Field(default=30, ge=1)
    max_body_bytes: int = Field(default=64 * 1024, ge=1024, le=1024 * 1024)
    max_streams_per_visitor: int = Field(default=6, ge=1)
    max_streams: int = Field(default=1000, ge=1)
    base_dir: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _leaves_base_dir_to_the_bot(cls, read: Any) -> Any:
        if isinstance(read, dict) and "base_dir" in read:
            raise ValueError("base_dir is set by the bot; remove it")
        return read

    @field_validator("identity_secret")
    @classmethod
    def _is_long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("shorter than 32 characters; make one with: openssl rand -hex 32")
        return value

    @model_validator(mode="after")
    def _can_require_identity(self) -> WebSettings:
        if self.identity_required and self.identity_secret is None:
            raise ValueError("identity_required needs an identity_secret to check identities with")
        return self
