"""YAML: a list of entries with `id`, `questions` by language, `answer` by language, and `tags`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from botcore import Document, Problem, read_yaml, validate
from botcore_faq.entries import Place, RawEntry, Text


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Entry(BaseModel):
    """The shape of one entry; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: str
    questions: dict[str, Annotated[list[str], BeforeValidator(_as_list)]]
    answer: dict[str, str]
    tags: list[str] = Field(default_factory=list)


def read_yaml_entries(path: Path, file: str, problems: list[Problem]) -> list[RawEntry]:
    """The entries of a YAML file; mistakes go into `problems`, and the entries around them are read all the same."""
    document = read_yaml(path, shown_as=file)
    found = []
    if isinstance(document.value, list):
        for i, read in enumerate(document.value):
            if read is None:
                mend = "Write `id:`, `questions:` and `answer:`."
                document.problems.append(document.problem((i,), "this entry is empty.", mend))
            elif (entry := validate(Entry, read, document, at=(i,))) is not None:
                found.append(_raw(entry, document, i, file))
    elif not document.problems:
        what = "this is no list of entries." if document.value is not None else "the file is empty."
        document.problems.append(document.problem((), what, "Begin each entry with `- id: NAME`."))
    problems += document.problems
    return found


def _raw(entry: Entry, document: Document, i: int, file: str) -> RawEntry:
    def place(*path: str | int) -> Place:
        return Place(file, *document.place((i, *path)))

    questions = []
    for language, texts in entry.questions.items():
        if not texts:
            questions.append(Text(language, "", place("questions", language)))
        questions += [Text(language, text, place("questions", language, j)) for j, text in enumerate(texts)]
    answers = [Text(language, text, place("answer", language)) for language, text in entry.answer.items()]
    return RawEntry(entry.id, place("id"), questions, answers, entry.tags)
