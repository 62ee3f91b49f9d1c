"""The entries of all files against each other, and into the values that travel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from botcore import KnowledgeEntry, Problem
from botcore_faq.cleaning import cleaned, folded, language_problem
from botcore_faq.entries import Place, RawEntry, Text

LONGEST_ANSWER = 4000
LONGEST_QUESTION = 1000
ID = re.compile(r"[\w](?:[\w.:/-]{0,98}[\w])?")


def checked(
    entries: Iterable[RawEntry], languages: tuple[str, ...], problems: list[Problem]
) -> Iterator[KnowledgeEntry]:
    """The entries that can be used; what is wrong with the others goes into `problems`."""
    asked: dict[str, tuple[str, Text]] = {}
    for entry in _joined(entries, problems):
        before = sum(problem.severity == "error" for problem in problems)
        _check_id(entry, problems)
        _check_languages(entry, languages, problems)
        questions = _questions(entry, asked, problems)
        answers = _answers(entry, problems)
        _check_coverage(entry, questions, answers, problems)
        if sum(problem.severity == "error" for problem in problems) == before:
            yield KnowledgeEntry(
                entry.id, questions, answers, tags=tuple(entry.tags), source="faq", place=str(entry.place)
            )


def _joined(entries: Iterable[RawEntry], problems: list[Problem]) -> list[RawEntry]:
    """One entry per id; the parts of an entry in several languages are put together."""
    known: dict[str, RawEntry] = {}
    for entry in entries:
        first = known.setdefault(entry.id, entry)
        if first is entry:
            continue
        if entry.is_part and first.is_part and not entry.languages & first.languages:
            first.questions += entry.questions
            first.answers += entry.answers
            first.tags += [tag for tag in entry.tags if tag not in first.tags]
        else:
            what = f"the id {entry.id!r} is here a second time (first at {first.place})."
            problems.append(entry.place.problem(what, "Give one of them another id."))
    return list(known.values())


def _check_id(entry: RawEntry, problems: list[Problem]) -> None:
    if not entry.id.strip():
        problems.append(entry.place.problem("the id is empty.", "Write a short name, such as returns."))
    elif not ID.fullmatch(entry.id):
        what = f"the id {entry.id[:60]!r} has blanks or signs, or more than 100 characters."
        problems.append(entry.place.problem(what, "Use letters, digits, hyphens and underscores."))


def _check_languages(entry: RawEntry, languages: tuple[str, ...], problems: list[Problem]) -> None:
    """One problem per language and entry, at its first place."""
    first: dict[str, Place] = {}
    for text in (*entry.questions, *entry.answers):
        first.setdefault(text.language, text.place)
    for language, place in first.items():
        problem = language_problem(language, place, languages)
        if problem is not None:
            problems.append(problem)


def _questions(
    entry: RawEntry, asked: dict[str, tuple[str, Text]], problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    """The phrasings by language. `asked` remembers the id and place of every phrasing seen so far."""
    found: dict[str, tuple[str, ...]] = {}
    for question in (cleaned(text, problems) for text in entry.questions):
        if not question.text:
            problems.append(question.place.problem("the question is empty.", "Write it, or remove it."))
            continue
        if len(question.text) > LONGEST_QUESTION:
            what = f"the question has {len(question.text):,} characters; {LONGEST_QUESTION:,} is the most."
            problems.append(question.place.problem(what, "Shorten it."))
        first_id, first = asked.setdefault(folded(question.text), (entry.id, question))
        if first is question:
            found[question.language] = (*found.get(question.language, ()), question.text)
        elif first_id == entry.id:
            what = f"this phrasing is here a second time (first at {first.place})."
            problems.append(question.place.problem(what, "Remove one.", severity="warning"))
        else:
            what = (
                f"{question.text!r} is asked under {first_id!r} too ({first.place}), so the answer is left to chance."
            )
            problems.append(question.place.problem(what, "Remove one of them, or join the entries."))
    return found


def _answers(entry: RawEntry, problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for answer in (cleaned(text, problems) for text in entry.answers):
        if not answer.text:
            problems.append(answer.place.problem("the answer is empty.", "Write it, or remove it."))
            continue
        if len(answer.text) > LONGEST_ANSWER:
            what = f"the answer has {len(answer.text):,} characters; {LONGEST_ANSWER:,} is the most."
            problems.append(answer.place.problem(what, "Shorten it, or split the entry."))
        found[answer.language] = answer.text
    return found


def _check_coverage(
    entry: RawEntry, questions: dict[str, tuple[str, ...]], answers: dict[str, str], problems: list[Problem]
) -> None:
    if not entry.questions:
        problems.append(entry.place.problem(f"{entry.id!r} has no question.", "Add one."))
    if not entry.answers:
        problems.append(entry.place.problem(f"{entry.id!r} has questions but no answer in any language.", "Add one."))
    for language in questions if answers else ():
        if language not in answers:
            place = next(text.place for text in entry.questions if text.language == language)
            what = f"{entry.id!r} is asked in {language!r} but answered in {', '.join(sorted(answers))} only."
            problems.append(place.problem(what, f"Add an answer in {language!r}.", severity="warning"))
