"""Approved answers from files: YAML, CSV and Markdown, in any number of languages.

plugins:
  faq: {files: [content/faq/*.yaml, content/returns.zh.md]}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from botcore import KnowledgeEntry, Plugin, Problem
from botcore_faq.checks import checked
from botcore_faq.entries import RawEntry
from botcore_faq.files import find_files, shown
from botcore_faq.reading import read_entries
from botcore_faq.settings import FaqSettings

plugin = Plugin("faq", settings=FaqSettings)


@plugin.knowledge
def knowledge(settings: FaqSettings, problems: list[Problem]) -> Iterator[KnowledgeEntry]:
    """The entries of all files; every mistake goes into `problems`, and what it spoils is left out."""
    entries: list[RawEntry] = []
    for path in find_files(settings, problems):
        entries += read_entries(path, shown(path), settings.languages, problems)
    yield from checked(entries, settings.languages, problems)


@plugin.watch
def watch(settings: FaqSettings) -> Iterable[Path]:
    """The files that are read, and those that are named but do not exist yet."""
    return find_files(settings, [])


__all__ = ["FaqSettings", "plugin"]
