"""The bot's own words, by key and language. Every one can be replaced in the files under `texts:`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from botcore.config import Document, read_yaml
from botcore.config.validate import did_you_mean
from botcore.errors import Problem

DEFAULTS = Path(__file__).with_name("texts.yaml")
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")

Wordings = Mapping[str, Mapping[str, str]]


class Texts:
    """Wordings by key and language. `known` fills its placeholders in every text, such as `{bot}`."""

    def __init__(self, wordings: Wordings, languages: Iterable[str], known: Mapping[str, Any] | None = None) -> None:
        self._wordings = wordings
        self._known = dict(known or {})
        self._languages = tuple(languages)

    def __contains__(self, key: object) -> bool:
        return key in self._wordings

    def say(self, key: str, language: str, values: Mapping[str, Any] | None = None) -> str:
        """The wording in the language, else in the bot's first language, else in any. Placeholders are filled once.

        A value is put in as it is: what it contains is never read as a placeholder, a format or a template.
        """
        wordings = self._wordings.get(key)
        if wordings is None:
            return key
        order = (language, *self._languages, *wordings)
        wording = next(wordings[code] for code in order if code in wordings)
        filled = {**self._known, **(values or {})}
        return PLACEHOLDER.sub(lambda match: str(filled.get(match.group(1), match.group())), wording)


def load_texts(
    files: Iterable[Path], languages: Iterable[str], known: Mapping[str, Any] | None = None
) -> tuple[Texts, list[Problem]]:
    """The default wordings with those of `files` over them; mistakes in the files come back beside."""
    languages = tuple(languages)
    wordings: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for file in (DEFAULTS, *files):
        document = read_yaml(file)
        problems += document.problems
        if document.value is None:
            continue
        if not isinstance(document.value, dict):
            problems.append(document.problem((), "texts are a mapping of keys.", "Write `key: {en: ..., zh: ...}`."))
            continue
        for key, by_language in document.value.items():
            if not isinstance(by_language, dict) or not by_language:
                what = f"the text {key!r} has no languages."
                problems.append(document.problem((key,), what, "Write `{en: ..., zh: ...}`."))
                continue
            if file != DEFAULTS and key not in wordings:
                what = f"no text is named {key!r}."
                problems.append(document.problem((key,), what, did_you_mean(key, wordings), of_key=True))
            elif file != DEFAULTS:
                problems += [_missing(document, key, code) for code in languages if code not in by_language]
            for language, wording in by_language.items():
                if not isinstance(wording, str) or not wording.strip():
                    problems.append(document.problem((key, language), f"the text {key!r} is empty.", "Write it."))
                else:
                    wordings.setdefault(key, {})[language] = wording
    return Texts(wordings, languages, known), problems


def _missing(document: Document, key: str, language: str) -> Problem:
    what = f"the text {key!r} has no {language!r}: the default is used."
    return document.problem((key,), what, f"Add `{language}: ...`.", of_key=True, severity="warning")
