import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

import botcore_faq
from botcore import KnowledgeEntry


@dataclass
class Read:
    """What the plugin made of the files, with places relative to their folder."""

    entries: dict[str, KnowledgeEntry]
    mistakes: list[str]
    warnings: list[str]


@pytest.fixture
def faq(tmp_path, monkeypatch):
    """Write files into an empty folder and read them as the bot does."""
    monkeypatch.chdir(tmp_path)

    def read(files: dict[str, str | bytes], *patterns: str, languages: tuple[str, ...] = ("en", "zh")) -> Read:
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
        settings = botcore_faq.plugin.settings.model_validate({"files": list(patterns or files)})
        settings = settings.model_copy(update={"base_dir": tmp_path, "languages": languages})
        problems: list = []
        entries = botcore_faq.plugin.botcore_knowledge(settings=settings, problems=problems)
        mistakes = [str(problem) for problem in problems if problem.severity == "error"]
        warnings = [str(problem) for problem in problems if problem.severity == "warning"]
        return Read({entry.id: entry for entry in entries}, mistakes, warnings)

    return read
