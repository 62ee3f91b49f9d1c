"""What is wrong with labelled messages before anything is trained on them."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botcore.data.similar import (
    MOST_TEXTS,
    Neighbours,
    key_of,
    neighbours_by_encoder,
    neighbours_by_words,
    similar_by_words,
)
from botcore.examples import Example, read_rows
from botcore.text import HAN, LATIN_OR_DIGIT

if TYPE_CHECKING:
    from botcore.models.encoder import TextEncoder

SEVERITIES = ("error", "warning", "note")
FEWEST = 5
LONG_WORDS, LONG_HAN = 60, 100
NEARLY_SAME = 0.9
ALIKE = 0.35
"""Below this similarity of words the nearest text of another intent says nothing."""
CONFUSED_ROWS, CONFUSED_SHARE = 3, 0.15
DOMINATES_SHARE, DOMINATES_TIMES = 0.5, 5
RARE_LABEL_SHARE = 0.2
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd: where, what, and the mend. `severity`: error, warning or note."""

    severity: str
    kind: str
    place: str
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in `rows` examples; `intents` counts them by name."""

    rows: int
    intents: dict[str, int]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def has_errors(self) -> bool:
        """Whether anything must be mended before training."""
        return any(finding.severity == "error" for finding in self.findings)


def lint(files: Sequence[Path], tests: Sequence[Path] = (), encoder: TextEncoder | None = None) -> Report:
    """Everything that is wrong with the files, gravest first; `tests` are files that must share nothing with them."""
    findings: list[Finding] = []
    examples = _read(files, findings)
    held_out = _read(tests, findings)
    for check in CHECKS:
        findings += check(examples)
    findings += _leaked(examples, held_out)
    compared = _distinct(examples)
    if len(compared) > MOST_TEXTS:
        what = f"only the first {MOST_TEXTS:,} different texts are compared with one another."
        findings.append(Finding("note", "size", examples[0].place, what))
        compared = compared[:MOST_TEXTS]
    findings += _alike([example for example in compared if example.intent], encoder)
    order = {severity: at for at, severity in enumerate(SEVERITIES)}
    findings.sort(key=lambda finding: order[finding.severity])
    intents = Counter(example.intent for example in examples if example.intent)
    return Report(len(examples), dict(intents.most_common()), tuple(findings))


def _read(files: Sequence[Path], findings: list[Finding]) -> list[Example]:
    examples: list[Example] = []
    for file in files:
        rows = read_rows(file)
        examples += rows.examples
        for wrong in rows.all_problems():
            place = f"{wrong.file}:{wrong.line}:{wrong.column}"
            findings.append(Finding(wrong.severity, "unreadable", place, wrong.what, wrong.fix))
    return examples


def _by_key(examples: Sequence[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        found[key_of(example.text)].append(example)
    return found


def _distinct(examples: Sequence[Example]) -> list[Example]:
    """One example of each text, the first."""
    return [same[0] for same in _by_key(examples).values()]


def _repeated(examples: Sequence[Example]) -> Iterator[Finding]:
    """The same text again: with another intent it is a contradiction, with the same it only weighs double."""
    for same in _by_key([example for example in examples if example.intent]).values():
        if len(same) == 1:
            continue
        first = same[0]
        others = {example.intent: example for example in same if example.intent != first.intent}
        for intent, example in others.items():
            what = f"{_cut(example.text)} is {intent!r} here and {first.intent!r} in {first.place}."
            yield Finding("error", "contradiction", example.place, what, "Keep one, or join the intents.")
        again = [example for example in same[1:] if example.intent == first.intent]
        if again:
            what = f"{_cut(again[0].text)} is here again (first in {first.place})."
            more = f" So are {len(again) - 1} more." if len(again) > 1 else ""
            yield Finding("note", "duplicate", again[0].place, what + more, "Remove it.")


def _counts(examples: Sequence[Example]) -> Iterator[Finding]:
    """Intents with too few examples, and one that has most of all."""
    counts = Counter(example.intent for example in examples if example.intent)
    first = {example.intent: example.place for example in reversed(examples)}
    for intent, count in counts.items():
        if count < FEWEST:
            what = f"the intent {intent!r} has {count} example{'s' if count > 1 else ''}."
            yield Finding("warning", "too_few", first[intent], what, f"Write {FEWEST} or more; ten are good.")
    if len(counts) == 1:
        what = "there is only one intent."
        yield Finding("warning", "one_intent", examples[0].place, what, "A second one is needed to tell it from.")
    if len(counts) > 1:
        (intent, most), *_ = counts.most_common(1)
        usual = statistics.median(count for name, count in counts.items() if name != intent)
        if most > DOMINATES_SHARE * len(examples) and most > DOMINATES_TIMES * usual:
            what = f"the intent {intent!r} has {most} of {len(examples)} examples; the others have about {usual:g}."
            fix = "Write more for the others, or leave some of these out."
            yield Finding("warning", "dominates", first[intent], what, fix)


def _shapes(examples: Sequence[Example]) -> Iterator[Finding]:
    """Texts that no user writes: without words, or very long."""
    for example in examples:
        text = example.text
        if not LATIN_OR_DIGIT.search(text) and not HAN.search(text):
            what = f"{_cut(text)} has no words."
            yield Finding("warning", "no_words", example.place, what, "Remove it.")
        elif len(text.split()) > LONG_WORDS or len(HAN.findall(text)) > LONG_HAN:
            what = f"{_cut(text)} is very long ({len(text)} characters)."
            yield Finding("note", "long", example.place, what, "Keep the sentence that says what is wanted.")


def _labels(examples: Sequence[Example]) -> Iterator[Finding]:
    """The same words with a label that they nearly never have."""
    used: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        for span in example.spans:
            used[example.text[span.start : span.end].casefold()][span.label].append(example.place)
    for words, labels in used.items():
        if len(labels) == 1:
            continue
        usual = max(labels, key=lambda label: len(labels[label]))
        total = sum(map(len, labels.values()))
        for label, places in labels.items():
            if label != usual and len(places) <= RARE_LABEL_SHARE * total:
                times = len(labels[usual])
                what = f"{words!r} is {label!r} here, and {usual!r} {times} time{'s' if times > 1 else ''} elsewhere."
                yield Finding(
                    "warning", "labels", places[0], what, "Label the same words alike, or see that both hold."
                )


CHECKS: tuple[Callable[[Sequence[Example]], Iterator[Finding]], ...] = (_repeated, _counts, _shapes, _labels)


def _leaked(examples: Sequence[Example], tests: Sequence[Example]) -> Iterator[Finding]:
    """Test rows that stand among the examples, letter by letter or nearly."""
    known = _by_key(examples)
    rest: list[Example] = []
    for test in tests:
        same = known.get(key_of(test.text))
        if same:
            what = f"the test row {_cut(test.text)} is an example as well ({same[0].place})."
            yield Finding("error", "leaked", test.place, what, "Remove it from one of the files.")
        else:
            rest.append(test)
    if not rest or not examples:
        return
    among = _distinct(examples)[:MOST_TEXTS]
    for test, found in zip(
        rest, similar_by_words([one.text for one in rest], [one.text for one in among]), strict=True
    ):
        if found and found[0][0] >= NEARLY_SAME:
            near = among[found[0][1]]
            what = f"the test row {_cut(test.text)} is nearly the example {_cut(near.text)} ({near.place})."
            yield Finding("note", "nearly_leaked", test.place, what, "Look whether the test still tests.")


def _alike(examples: Sequence[Example], encoder: TextEncoder | None) -> Iterator[Finding]:
    """Near duplicates, and pairs of intents whose texts lie nearer to each other than to their own."""
    if len(examples) < 2:
        return
    texts, intents = [one.text for one in examples], [one.intent for one in examples]
    by_words = neighbours_by_words(texts, intents)
    yield from _near_duplicates(examples, by_words)
    yield from _overlaps(examples, by_words, ALIKE, "words")
    if encoder is not None:
        yield from _overlaps(examples, neighbours_by_encoder(texts, intents, encoder), 0.0, "the encoder")


def _near_duplicates(examples: Sequence[Example], found: Sequence[Neighbours]) -> Iterator[Finding]:
    for at, near in enumerate(found):
        mine = examples[at]
        if near.other >= 0 and near.other_score >= NEARLY_SAME and near.other < at:
            other = examples[near.other]
            what = (
                f"{_cut(mine.text)} ({mine.intent!r}) is nearly {_cut(other.text)} ({other.intent!r}, {other.place})."
            )
            yield Finding("warning", "near_contradiction", mine.place, what, "See that both intents are meant.")
        elif near.own >= 0 and near.own_score >= NEARLY_SAME and near.own < at:
            other = examples[near.own]
            what = f"{_cut(mine.text)} is nearly {_cut(other.text)} ({other.place})."
            yield Finding("note", "near_duplicate", mine.place, what, "Another wording teaches more.")


def _overlaps(examples: Sequence[Example], found: Sequence[Neighbours], least: float, judge: str) -> Iterator[Finding]:
    """Pairs of intents with three rows and 15 % of the smaller one on the other's side."""
    sizes = Counter(example.intent for example in examples)
    astray: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, near in enumerate(found):
        if near.other >= 0 and near.other_score >= least and near.other_score > near.own_score:
            one, other = sorted((examples[at].intent, examples[near.other].intent))
            astray[one, other].append(at)
    for (one, other), rows in sorted(astray.items(), key=lambda each: -len(each[1])):
        smaller = min(sizes[one], sizes[other])
        if len(rows) < CONFUSED_ROWS or len(rows) < CONFUSED_SHARE * smaller:
            continue
        shown = "; ".join(f"{_cut(examples[at].text)} ({examples[at].place})" for at in rows[:SHOWN])
        what = f"{one!r} and {other!r} overlap by {judge}: {len(rows)} texts lie nearer to the other one: {shown}."
        fix = "Make them one intent, or write examples that tell them apart."
        yield Finding("warning", "overlap", examples[rows[0]].place, what, fix)


def _cut(text: str) -> str:
    shown = " ".join(text.split())
    return repr(shown if len(shown) <= 40 else shown[:39] + "…")
