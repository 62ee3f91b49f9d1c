"""The plugin's section of `config.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class FaqSettings(BaseModel):
    """Which files hold the answers.

    `base_dir` and `languages` are filled in by the bot, from the place of `config.yaml` and from its `bot:` section.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    files: list[str] = Field(min_length=1, description="YAML, CSV and Markdown files; * and ** match names")
    base_dir: Path = Field(Path(), exclude=True)
    languages: tuple[str, ...] = Field((), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _only_files(cls, read: Any) -> Any:
        if isinstance(read, dict):
            for key in ("base_dir", "languages"):
                if key in read:
                    raise ValueError(f"{key} is set by the bot; remove it")
        return read
