"""What speaks for a candidate: a few numbers per (message, item) pair, all comparable between messages.

Candidates are drawn by the cheap scores over all items; the costly ones are computed for those few only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from botcore.knowledge.items import Layout
from botcore.knowledge.lexical import Lexical
from botcore.knowledge.vectors import Frame, TextVectors
from botcore.models.encoder import Encoded
from botcore.text import lexemes

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

LEXICAL = ("words", "words_all", "words_answer")
SECOND = ("second_nearest", "second_average", "no_second")
HEARD = ("head", "no_head")
NAMES = ("nearest", "average", "tokens", "answer", "answer_tokens", "no_answer", *LEXICAL, *SECOND, *HEARD)
"""In the order of the columns.

nearest, average: cosine to the item's nearest phrasing, and to all its phrasings on average.
tokens: each token's best match, both ways, with the nearest phrasings (late interaction, ColBERT: Khattab 2020).
answer, answer_tokens: the same against the answers; no_answer: 1 where there is none (skills).
words, words_all, words_answer: BM25 with the best phrasing, with all phrasings, with the answers.
head: what the intent head says of the item, -1..1; no_head: 1 where it does not know the item.
second_nearest, second_average: as the first two, by the English encoder; no_second: 1 where it can read no phrasing.
"""
FROM_DENSE, FROM_LEXICAL, RERANKED, PHRASINGS_RERANKED = 16, 8, 16, 2
NOTHING = -1.0
BLOCK = 64


class Evidence:
    """All arrays that candidates are scored with."""

    def __init__(
        self, layout: Layout, frame: Frame | None, phrasings: TextVectors | None, answers: TextVectors | None
    ) -> None:
        self.layout = layout
        self.frame = frame
        self.phrasings = phrasings
        self.answers = answers
        self.place = {item.id: number for number, item in enumerate(layout.items)}
        self.starts = np.array(layout.starts[:-1], np.int64)
        self.ends = np.array(layout.starts[1:], np.int64)
        self.counts = (self.ends - self.starts).astype(np.float32)
        self.answer_starts = np.array(layout.answer_starts, np.int64)
        second = phrasings.second if phrasings is not None else None
        self.readable = (second != 0).any(axis=1).astype(np.float32) if second is not None else None
        self.words = Lexical(layout.phrasings)
        numbers = range(len(layout.items))
        self.words_all = Lexical([_joined(layout.phrasings, layout.starts, i) for i in numbers])
        self.words_answer = Lexical([_joined(layout.answers, layout.answer_starts, i) for i in numbers])

    def candidates(self, text: str, encoded: Encoded | None, heard: Mapping[str, float]) -> tuple[Ints, Floats, Ints]:
        """The items worth a closer look, (candidates,), their features, (candidates, len(NAMES)), and best phrasings.

        Without an encoder the dense columns are zero.
        """
        tokens_of_text = lexemes(text)
        by_phrasing = self.words.score_tokens(tokens_of_text)
        words = np.maximum.reduceat(by_phrasing, self.starts)
        words_all = self.words_all.score_tokens(tokens_of_text)
        words_answer = self.words_answer.score_tokens(tokens_of_text)
        if encoded is None or self.frame is None or self.phrasings is None:
            chosen = np.unique(np.concatenate([_top(each, FROM_LEXICAL) for each in (words, words_all, words_answer)]))
            table = np.zeros((len(chosen), len(NAMES)), np.float32)
            self._lexical(table, (words, words_all, words_answer), chosen)
            return chosen, table, self._best_rows(by_phrasing, chosen)
        message = self.frame.pooled(encoded.vector[None])[0]
        cosine = self.phrasings.pooled @ message
        nearest = np.maximum.reduceat(cosine, self.starts)
        average: Floats = (np.add.reduceat(cosine, self.starts) / self.counts).astype(np.float32)
        lexical = [_top(each, FROM_LEXICAL) for each in (words, words_all, words_answer)]
        drawn = (_top(nearest, FROM_DENSE), _top(average, FROM_LEXICAL), *lexical, self._loudest(heard))
        chosen = np.unique(np.concatenate(drawn))
        if len(chosen) > RERANKED:
            rough = nearest + 0.5 * average + words + words_all + 0.5 * words_answer
            for item_id, loud in heard.items():
                if loud > 0 and item_id in self.place:
                    rough[self.place[item_id]] += loud
            chosen = chosen[_top(rough[chosen], RERANKED)]
        table = np.zeros((len(chosen), len(NAMES)), np.float32)
        table[:, 0], table[:, 1] = nearest[chosen], average[chosen]
        self._lexical(table, (words, words_all, words_answer), chosen)
        tokens = self.frame.tokens(encoded.tokens) if len(encoded.tokens) else None
        table[:, 2] = self._late_interaction(tokens, cosine, chosen)
        table[:, 3], table[:, 4] = self._answers(message, tokens, chosen)
        self._second(table, encoded.second, chosen)
        self._heard(table, heard, chosen)
        return chosen, table, self._best_rows(cosine, chosen)

    def _lexical(self, table: Floats, scores: Sequence[Floats], chosen: Ints) -> None:
        """Fill the columns that need no encoder."""
        table[:, NAMES.index("no_answer")] = self.answer_starts[chosen] == self.answer_starts[chosen + 1]
        for name, column in zip(LEXICAL, scores, strict=True):
            table[:, NAMES.index(name)] = column[chosen]

    def _second(self, table: Floats, vector: Floats | None, chosen: Ints) -> None:
        """Fill the English encoder's columns; they stay 0 where it could not read the message."""
        message = self.frame.second(vector) if self.frame is not None else None
        if message is None or self.phrasings is None or self.phrasings.second is None or self.readable is None:
            return
        cosine = self.phrasings.second @ message
        counts = np.add.reduceat(self.readable, self.starts)
        nearest = np.maximum.reduceat(np.where(self.readable > 0, cosine, NOTHING), self.starts)
        average = np.add.reduceat(cosine, self.starts) / np.maximum(counts, 1)
        is_read = counts[chosen] > 0
        table[:, NAMES.index("second_nearest")] = np.where(is_read, nearest[chosen], 0)
        table[:, NAMES.index("second_average")] = np.where(is_read, average[chosen], 0)
        table[:, NAMES.index("no_second")] = ~is_read

    def _loudest(self, heard: Mapping[str, float]) -> Ints:
        """The items that the intent head favours most."""
        known = [(loud, self.place[item_id]) for item_id, loud in heard.items() if loud > 0 and item_id in self.place]
        return np.array([place for _, place in sorted(known)[-FROM_LEXICAL:]], np.int64)

    def _heard(self, table: Floats, heard: Mapping[str, float], chosen: Ints) -> None:
        """Fill the intent head's columns."""
        for row, item in enumerate(chosen):
            loud = heard.get(self.layout.items[item].id)
            table[row, NAMES.index("head")] = loud if loud is not None else 0
            table[row, NAMES.index("no_head")] = loud is None

    def _late_interaction(self, tokens: Floats | None, cosine: Floats, chosen: Ints) -> Floats:
        """Mean of each side's tokens' best matches with the other side, for the item's nearest phrasings."""
        assert self.phrasings is not None  # noqa: S101  # the caller checked
        if tokens is None:
            return np.zeros(len(chosen), np.float32)
        rows, owners = [], []
        for place, item in enumerate(chosen):
            own = np.arange(self.starts[item], self.ends[item])
            best = own[_top(cosine[own], PHRASINGS_RERANKED)]
            rows.append(best)
            owners += [place] * len(best)
        texts, begins = self.phrasings.tokens_of(np.concatenate(rows))
        match = tokens @ texts.T
        forward = np.maximum.reduceat(match, begins, axis=1).mean(axis=0)
        lengths = np.diff(np.append(begins, len(texts)))
        backward = np.add.reduceat(match.max(axis=0), begins) / lengths
        scores = np.full(len(chosen), NOTHING, np.float32)
        np.maximum.at(scores, np.array(owners), (forward + backward) / 2)
        return scores

    def _answers(self, message: Floats, tokens: Floats | None, chosen: Ints) -> tuple[Floats, Floats]:
        """Cosine with the nearest answer, and how well each of the message's tokens is met in it; 0 without answers."""
        pooled, met = np.zeros(len(chosen), np.float32), np.zeros(len(chosen), np.float32)
        rows = [np.arange(self.answer_starts[item], self.answer_starts[item + 1]) for item in chosen]
        owners = np.repeat(np.arange(len(chosen)), [len(own) for own in rows])
        if self.answers is None or not len(owners):
            return pooled, met
        texts = np.concatenate(rows)
        pooled[owners] = NOTHING
        np.maximum.at(pooled, owners, self.answers.pooled[texts] @ message)
        if tokens is not None:
            vectors, begins = self.answers.tokens_of(texts)
            met[owners] = NOTHING
            np.maximum.at(met, owners, np.maximum.reduceat(tokens @ vectors.T, begins, axis=1).mean(axis=0))
        return pooled, met

    def _best_rows(self, by_phrasing: Floats, chosen: Ints) -> Ints:
        """The row of each chosen item's best phrasing."""
        return np.array([self.starts[i] + int(by_phrasing[self.starts[i] : self.ends[i]].argmax()) for i in chosen])


def _joined(texts: Sequence[str], starts: Sequence[int], item: int) -> str:
    """One item's texts as one."""
    return "\n".join(texts[starts[item] : starts[item + 1]])


def _top(scores: Floats, count: int) -> Ints:
    """Where the `count` highest scores are, in no order.

    In a large array only what reaches the count-th highest maximum of its blocks is sorted: a few dozen of 10,000.
    """
    if len(scores) <= count:
        return np.arange(len(scores))
    if len(scores) < BLOCK * count:
        return np.argpartition(scores, -count)[-count:]
    whole = len(scores) // BLOCK * BLOCK
    maxima = np.append(scores[:whole].reshape(-1, BLOCK).max(axis=1), scores[whole:])
    bound = np.partition(maxima, -count)[-count]
    reaching = np.flatnonzero(scores > bound) if bound == 0 else np.flatnonzero(scores >= bound)
    if len(reaching) <= count:
        return reaching  # fewer where all others share no word with the message
    return reaching[np.argpartition(scores[reaching], -count)[-count:]]
