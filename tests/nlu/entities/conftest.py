"""An extractor in Shanghai, and what it finds on the morning of Tuesday, 24 November 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from botcore.nlu.entities import Extractor

TUESDAY = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
Found = list[tuple[str, str, Any]]


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    return Extractor("Asia/Shanghai")


@pytest.fixture
def found(extractor: Extractor) -> Callable[..., Found]:
    """Kind, words and value of each entity."""

    def find(text: str, **keywords: Any) -> Found:
        entities = extractor.extract(text, TUESDAY, **keywords)
        assert all(text[each.start : each.end] == each.text for each in entities)
        return [(each.kind, each.text, each.value) for each in entities]

    return find
