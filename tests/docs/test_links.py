"""Links between pages, their headings and their pictures lead somewhere; figures are those that were measured."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"(?<!`)!?\[[^\]\n]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$|`[^`\n]+`", re.M | re.S)
MAX_PICTURE_BYTES = 200_000
FORBIDDEN = re.compile(r"/work/|\bshared/design\b|localhost:\d{5}|/root/|—.*—.*—")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    return LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    for link in links(page):
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_stand_by_themselves(page):
    assert FORBIDDEN.findall(page.read_text(encoding="utf-8")) == []


def test_every_page_is_reached_from_the_index():
    reached = {DOCS / "README.md"}
    waiting = list(reached)
    while waiting:
        page = waiting.pop()
        for link in links(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert set(DOCS.rglob("*.md")) <= reached


def test_every_picture_is_shown_small_and_of_its_kind():
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page) if "images/" in link}
    pictures = set((DOCS / "images").iterdir())
    assert pictures == shown
    for picture in pictures:
        assert picture.stat().st_size < MAX_PICTURE_BYTES, picture.name
        if picture.suffix == ".svg":
            text = picture.read_text(encoding="utf-8")
            ElementTree.fromstring(text)
            assert "url(http" not in text, f"{picture.name} asks another server"
        else:
            assert picture.read_bytes().startswith(b"\x89PNG")


def test_figures_are_those_that_were_measured():
    spec = importlib.util.spec_from_file_location("doc_figures", ROOT / "tools/doc_figures.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.main(["--check"]) == 0, "run: python tools/doc_figures.py"
