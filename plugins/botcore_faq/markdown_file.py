"""Markdown: a heading per question, the text below it is the answer and stays Markdown.

* A heading that is followed by a deeper heading at once is a section; the only first-level heading at the top of a file
  is its title. Headings below a question that has text belong to its answer.
* `## How do I return an item? {#returns .orders}` gives an id and tags; without it the id is made of the heading.
* Other phrasings are a list below the line `Also asked:` or `也会问：`.
* HTML comments are not part of the answer.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from botcore import Problem
from botcore_faq.cleaning import decode, detected_language
from botcore_faq.entries import Place, RawEntry, Text

ATTRIBUTES = re.compile(r"\s*\{\s*#([^}\s]+)((?:\s+\.[^}\s]+)*)\s*\}\s*$")
ALSO_ASKED = re.compile(r"[*_]*(also asked|也会问|也會問)\s*[:：]?[*_]*\s*[:：]?", re.IGNORECASE)
FRONT_MATTER = re.compile(r"\A---[ ]*\n.*?^(?:---|\.\.\.)[ ]*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"[a-z]{2}(-[A-Za-z]{2,4})?")
LONGEST_ID = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level, its text, and the lines (from 0) that it and the text below it stand on."""

    level: int
    text: str
    start: int
    body: int
    end: int


def language_of(path: Path, languages: tuple[str, ...]) -> str:
    """`zh` for `returns.zh.md` and `zh/returns.md`; "" when neither name tells, and each heading's script decides."""
    suffix = Path(path.stem).suffix[1:]
    if CODE.fullmatch(suffix):
        return suffix
    return path.parent.name if path.parent.name in (*languages, "en", "zh") else ""


def read_markdown(content: bytes, file: str, problems: list[Problem], language: str = "") -> list[RawEntry]:
    """The entries of a Markdown file; mistakes go into `problems`. No `language`: each heading tells by its script."""
    text = decode(content, file, problems, "Save it as UTF-8.")
    if text is None:
        return []
    text = _without_front_matter(text, file, problems)
    lines = text.split("\n")
    tokens = _parser().parse(text)
    headings = _headings(tokens, len(lines))
    _report_stray(lines, headings, file, problems)
    if not headings and text.strip():
        problems.append(Problem(file, 1, 1, "no heading is here.", "Write each question as a heading: ## Question?"))
    elif not text.strip():
        problems.append(Problem(file, 1, 1, "the file is empty.", "Write each question as a heading: ## Question?"))
    starts = [(token.map[0], i) for i, token in enumerate(tokens) if token.map and token.level == 0]
    found = []
    for heading in _questions(headings, lines):
        first, last = (bisect_left(starts, (line, 0)) for line in (heading.body, heading.end))
        own = tokens[starts[first][1] : starts[last][1] if last < len(starts) else None] if first < len(starts) else []
        found.append(_entry(heading, lines, own, file, problems, language))
    return found


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _without_front_matter(text: str, file: str, problems: list[Problem]) -> str:
    """Blank lines in the place of front matter, so that line numbers stay."""
    found = FRONT_MATTER.match(text)
    if found is None:
        return text
    what = "front matter is not read."
    problems.append(Problem(file, 1, 1, what, "Name the language in the file's name: NAME.zh.md.", "warning"))
    return "\n" * found.group().count("\n") + text[found.end() :]


def _headings(tokens: list[Token], line_count: int) -> list[Heading]:
    """The document's own headings (none inside quotations, lists or code)."""
    found = [
        Heading(int(token.tag[1]), tokens[i + 1].content, token.map[0], token.map[1], line_count)
        for i, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    ends = [*(heading.start for heading in found[1:]), line_count][: len(found)]
    return [replace(heading, end=end) for heading, end in zip(found, ends, strict=True)]


def _is_blank(lines: list[str]) -> bool:
    return not re.sub(r"<!--.*?-->", "", "\n".join(lines), flags=re.DOTALL).strip()


def _report_stray(lines: list[str], headings: list[Heading], file: str, problems: list[Problem]) -> None:
    """Text above the first question is told of, since nobody will read it."""
    stretches = [(0, headings[0].start)] if headings else []
    if _has_title(headings):
        stretches.append((headings[0].body, headings[0].end))
    for start, end in stretches:
        if not _is_blank(lines[start:end]):
            line = next(i for i in range(start, end) if lines[i].strip()) + 1
            what = "this text stands under no question and is not read."
            problems.append(Problem(file, line, 1, what, "Move it under a heading, or ignore this.", "warning"))


def _has_title(headings: list[Heading]) -> bool:
    """Whether the first heading is the file's title: the only one of its level, with deeper ones below."""
    return len(headings) > 1 and all(heading.level > headings[0].level for heading in headings[1:])


def _questions(headings: list[Heading], lines: list[str]) -> list[Heading]:
    """The headings that are questions, each with all that belongs to its answer."""
    remaining = headings[1:] if _has_title(headings) else list(headings)
    found: list[Heading] = []
    for i, heading in enumerate(remaining):
        if found and heading.start < found[-1].end:
            continue
        following = remaining[i + 1 :]
        is_section = _is_blank(lines[heading.body : heading.end]) and following and following[0].level > heading.level
        if is_section:
            continue
        end = next((other.start for other in following if other.level <= heading.level), len(lines))
        found.append(replace(heading, end=end))
    return found


def _entry(
    heading: Heading, lines: list[str], tokens: list[Token], file: str, problems: list[Problem], language: str
) -> RawEntry:
    attributes = ATTRIBUTES.search(heading.text)
    question = _plain(heading.text[: attributes.start()] if attributes else heading.text)
    place = Place(file, heading.start + 1, _column(lines[heading.start], heading.text))
    language = language or detected_language(question)
    dropped, phrasings = _also_asked(tokens, lines, file, problems)
    answer = "\n".join("" if i in dropped else lines[i] for i in range(heading.body, heading.end))
    first = next((i for i in range(heading.body, heading.end) if lines[i].strip() and i not in dropped), heading.start)
    answer_place = Place(file, first + 1, 1) if first != heading.start else place
    return RawEntry(
        attributes[1] if attributes else slug(question),
        place,
        [Text(language, question, place), *(Text(language, text, at) for text, at in phrasings)],
        [Text(language, re.sub(r"\n{3,}", "\n\n", answer.strip("\n")).rstrip(), answer_place)],
        [tag[1:] for tag in attributes[2].split()] if attributes else [],
        is_part=True,
    )


def _also_asked(
    tokens: list[Token], lines: list[str], file: str, problems: list[Problem]
) -> tuple[set[int], list[tuple[str, Place]]]:
    """Of an answer's tokens: the lines that are no part of it (comments, other phrasings), and the phrasings."""
    dropped: set[int] = set()
    phrasings: list[tuple[str, Place]] = []
    for i, token in enumerate(tokens):
        if token.level or not token.map:
            continue
        start, end = token.map
        if token.type == "html_block" and re.fullmatch(r"<!--.*?-->\s*", token.content, re.DOTALL):
            dropped.update(range(start, end))
        if token.type != "paragraph_open" or not ALSO_ASKED.fullmatch(lines[end - 1].strip()):
            continue
        listed = tokens[i + 3] if i + 3 < len(tokens) else None
        if listed is None or listed.type not in ("bullet_list_open", "ordered_list_open") or not listed.map:
            place = Place(file, end, 1)
            problems.append(place.problem("no list follows this line.", "Write each phrasing as `- phrasing`."))
            continue
        dropped.update(range(end - 1, listed.map[1]))
        phrasings += _items(tokens[i + 3 :], lines, file)
    return dropped, phrasings


def _items(tokens: list[Token], lines: list[str], file: str) -> list[tuple[str, Place]]:
    """The texts of the list that `tokens` begin with, those of lists inside it too."""
    found = []
    for token in tokens[1:]:
        if token.level == 0:
            break
        if token.type == "inline" and token.map:
            line = token.map[0]
            found.append((_plain(token.content), Place(file, line + 1, _column(lines[line], token.content))))
    return found


def _column(line: str, text: str) -> int:
    """Where `text` begins in its line, counted from 1."""
    return max(line.find(text.split("\n")[0]), 0) + 1


def _plain(markdown: str) -> str:
    """The words without marks for bold, code and links."""
    inline = _parser().parseInline(markdown)[0]
    breaks = ("softbreak", "hardbreak")
    words = (" " if child.type in breaks else child.content for child in inline.children or ())
    return " ".join("".join(words).split())


def slug(heading: str) -> str:
    """A stable id from a heading: its letters (of any script) and digits, in small letters, joined by hyphens."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", heading).casefold())
    whole = "-".join(words)
    if len(whole) <= LONGEST_ID:
        return whole
    return f"{whole[:LONGEST_ID]}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
