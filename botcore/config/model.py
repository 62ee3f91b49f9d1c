"""The typed shape of `config.yaml`. What plugins and channels take is their own model, checked by `botcore.plugins`."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from botcore.config.nlu import Nlu
from botcore.config.section import Section

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$", description="language code: en, zh, ...")]


class Bot(Section):
    """Who the bot is."""

    name: str = Field("botcore", min_length=1, max_length=64, description="the name that customers see")
    languages: list[Language] = Field(["en", "zh"], min_length=1, description="languages it answers in, default first")
    time_zone: str = Field("UTC", description="IANA time zone, such as Asia/Shanghai")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no IANA time zone; write one such as Asia/Shanghai")
        ZoneInfo(value)
        return value


class Generator(Section):
    """A model that words replies."""

    backend: Literal["local", "openai", "azure", "template"]
    model: str | None = None
    device: str = "auto"
    memory: str | None = None
    base_url: str | None = None
    endpoint: str | None = None
    deployment: str | None = None
    api_version: str | None = None
    api_key: str | None = None


class Models(Section):
    """Which models run, and where."""

    encoder: str = Field("multilingual-e5-small", description="catalogue name, hub id or folder; none: no torch")
    second_encoder: str | None = Field(
        None,
        description="an English encoder beside a multilingual one, such as all-minilm-l6-v2; it joins in retrieval",
    )
    adapter: str = Field(
        "customer-service",
        description="small weights merged into the default encoder, made for customers' questions; none: without",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="where encoders run")
    threads: int = Field(0, ge=0, le=64, description="torch threads; 0: one core left free, at most 4")
    store: str | None = Field(None, description="folder of fetched models; default: the user's cache folder")
    generators: dict[str, Generator] = Field(default_factory=dict)
    scenarios: dict[Literal["rephrase", "answer", "small_talk", "interpret", "summarise"], list[str]] = Field(
        default_factory=dict
    )


class Retention(Section):
    """How long things are kept, in days."""

    messages: int = Field(30, ge=1, description="keys of answered messages, against redelivery")
    conversations: int = Field(365, ge=1, description="conversations after their last message")


class Logging(Section):
    """What is logged, to standard error, one line an event."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal, else json")


class Knowledge(Section):
    """When the bot answers from its knowledge, asks back, or declines. Probabilities, 0 to 1."""

    answer_from: float = Field(0.5, ge=0, le=1, description="answer from this probability upwards")
    ask_margin: float = Field(0.15, ge=0, le=1, description="ask which, when the second is this close to the first")
    own_names: list[str] = Field(
        default_factory=list, description="names of the shop that any question may carry; they count for nothing"
    )
    suggest_from: float = Field(0.05, ge=0, le=1, description="offer an entry as a suggestion from here upwards")


class Config(Section):
    """The whole of `config.yaml`."""

    bot: Bot = Field(default_factory=Bot)
    store: str = Field("sqlite:///var/botcore.db", description="database URL; relative to this file")
    models: Models = Field(default_factory=Models)
    knowledge: Knowledge = Field(default_factory=Knowledge)
    nlu: Nlu = Field(default_factory=Nlu)
    channels: dict[str, dict[str, Any] | None] = Field(default_factory=dict, description="channels that are on")
    plugins: dict[str, dict[str, Any] | None] = Field(default_factory=dict, description="plugins, asked in this order")
    flows: list[str] = Field(default_factory=list, description="files of flows (globs)")
    texts: list[str] = Field(default_factory=list, description="files of texts by key and language")
    retention: Retention = Field(default_factory=Retention)
    logging: Logging = Field(default_factory=Logging)

    @field_validator("store")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if not value.startswith("sqlite://"):
            scheme = value.split(":", 1)[0]
            raise ValueError(f"a {scheme!r} store is not supported by this version; write sqlite:///var/botcore.db")
        return value
