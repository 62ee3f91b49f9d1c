"""The section `nlu` of `config.yaml`: examples, entities and how sure an understanding has to be."""

from __future__ import annotations

from pydantic import Field

from botcore.config.section import Section


class EntityConfig(Section):
    """One kind of entity of the admin's own: a list of values, a pattern, or a file of values."""

    values: dict[str, list[str]] | list[str] | None = Field(
        None, description="the values, each with the other words for it"
    )
    file: str | None = Field(None, description="a file of values: CSV, YAML or JSON lines; relative to this file")
    pattern: str | None = Field(None, description="an RE2 regular expression, such as [A-Z]{2}\\d{6}")
    fuzzy: bool = Field(True, description="forgive a typo in values of five letters or more")


class Nlu(Section):
    """How messages are understood."""

    examples: list[str] = Field(
        default_factory=list, description="files (globs) of labelled messages for skills, flows and FAQ entries"
    )
    model: str | None = Field(None, description="folder that `botcore train nlu --fine-tune` wrote")
    entities: dict[str, EntityConfig] = Field(default_factory=dict, description="entities of your own, by name")
    in_scope_from: float = Field(
        0.05,
        ge=0,
        le=1,
        description="a message that looks more foreign than all but this share of the examples starts no skill",
    )
