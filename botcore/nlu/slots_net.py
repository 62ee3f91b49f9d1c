"""The slot head's network: a unit's features -> a recurrent layer over the text -> scores of BIO tags -> a CRF.

All texts of a batch have the same number of units, so that there is neither padding nor a mask. The shape is that of
Lample et al. (2016), with an encoder's states in place of word vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from botcore.nlu.slots_crf import ILLEGAL, legal
from botcore.nlu.slots_units import BUCKETS, SHAPES, Ints, Units


@dataclass(frozen=True, slots=True)
class Size:
    """How large the network is. `hidden` is the encoder's, `labels` the number of kinds of slots."""

    hidden: int
    labels: int
    projected: int = 192
    recurrent: int = 192
    word: int = 64
    piece: int = 64
    shape: int = 16
    vector: int = 64
    dropout: float = 0.4

    @property
    def tags(self) -> int:
        """Outside, and for each label begin and go on."""
        return 1 + 2 * self.labels


@dataclass(frozen=True, slots=True)
class Batch:
    """Features of texts of the same length: states (batch, units, hidden), pieces (batch, units, PIECES), ..."""

    states: torch.Tensor
    words: torch.Tensor
    pieces: torch.Tensor
    shapes: torch.Tensor
    vectors: torch.Tensor

    @classmethod
    def of(cls, units: Sequence[Units]) -> Batch:
        """The texts' features side by side."""
        stacked = (
            np.stack([one.states for one in units]).astype(np.float32),
            np.stack([one.words for one in units]),
            np.stack([one.pieces for one in units]),
            np.stack([one.shapes for one in units]),
            np.stack([one.vector for one in units]),
        )
        return cls(*map(torch.from_numpy, stacked))


class SlotNet(nn.Module):
    """Features of (batch, units) -> scores (batch, units, tags)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.norm = nn.LayerNorm(size.hidden)
        self.project = nn.Linear(size.hidden, size.projected)
        self.vector = nn.Linear(size.hidden, size.vector)
        self.words = nn.Embedding(BUCKETS, size.word, padding_idx=0)
        self.pieces = nn.EmbeddingBag(BUCKETS, size.piece, mode="sum", padding_idx=0)
        self.shapes = nn.Embedding(SHAPES, size.shape)
        width = size.projected + size.vector + size.word + size.piece + size.shape
        self.recurrent = nn.LSTM(width, size.recurrent, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * size.recurrent + size.projected, size.tags)
        self.dropout = nn.Dropout(size.dropout)
        self.transitions = nn.Parameter(torch.zeros(size.tags, size.tags))
        self.register_buffer("allowed", torch.from_numpy(legal(size.labels)), persistent=False)
        for table in (self.words, self.pieces):
            nn.init.normal_(table.weight, std=0.1)

    def forget_unseen(self, units: Sequence[Units]) -> None:
        """Set the rows of words and n-grams that no training text has to zero, before training: they say nothing."""
        for table, used in ((self.words, [one.words for one in units]), (self.pieces, [one.pieces for one in units])):
            is_seen = torch.zeros(BUCKETS, 1)
            is_seen[np.unique(np.concatenate([each.ravel() for each in used]))] = 1
            is_seen[0] = 0
            with torch.no_grad():
                table.weight *= is_seen

    def forward(self, batch: Batch) -> torch.Tensor:
        """Scores (batch, units, tags)."""
        count, units = batch.words.shape
        state = torch.relu(self.project(self.dropout(self.norm(batch.states))))
        # a vector has length 1: scaled to the size of a state's numbers
        vector = self.vector(self.dropout(batch.vectors * self.size.hidden**0.5))
        features = (
            state,
            self.words(batch.words),
            self.pieces(batch.pieces.reshape(count * units, -1)).reshape(count, units, -1),
            self.shapes(batch.shapes),
            vector[:, None].expand(-1, units, -1),
        )
        read, _ = self.recurrent(self.dropout(torch.cat(features, dim=-1)))
        return self.out(torch.cat([self.dropout(read), state], dim=-1))  # type: ignore[no-any-return]  # torch's call is Any

    def moves(self) -> torch.Tensor:
        """(tags, tags) scores of going from row to column; what BIO forbids is far below everything."""
        return self.transitions.masked_fill(~self.get_buffer("allowed"), ILLEGAL)

    def loss(self, scores: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
        """(batch,) negative log-likelihood of the rows of tags."""
        moves = self.moves()
        return log_partition(scores, moves) - path_score(scores, moves, tags)


def log_partition(scores: torch.Tensor, moves: torch.Tensor) -> torch.Tensor:
    """(batch,) log of the sum over all rows of tags: the forward algorithm, each step a product of matrices."""
    peak = moves.max().detach()
    weights = (moves - peak).exp()
    forward = scores[:, 0] + moves[0]
    for i in range(1, scores.shape[1]):
        top = forward.max(dim=1, keepdim=True).values.detach()
        forward = ((forward - top).exp() @ weights).clamp_min(1e-30).log() + top + peak + scores[:, i]
    return forward.logsumexp(dim=1)


def path_score(scores: torch.Tensor, moves: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
    """(batch,) score of one row of tags each."""
    chosen = scores.gather(2, tags[:, :, None]).squeeze(2).sum(dim=1)
    before = torch.cat([torch.zeros_like(tags[:, :1]), tags[:, :-1]], dim=1)
    return chosen + moves[before, tags].sum(dim=1)


def best_paths(scores: torch.Tensor, moves: torch.Tensor) -> Ints:
    """(batch, units) the best rows of tags (Viterbi)."""
    best = scores[:, 0] + moves[0]
    back = []
    for i in range(1, scores.shape[1]):
        top, from_tag = (best[:, :, None] + moves).max(dim=1)
        back.append(from_tag)
        best = top + scores[:, i]
    path = [best.argmax(dim=1)]
    for from_tag in reversed(back):
        path.append(from_tag.gather(1, path[-1][:, None]).squeeze(1))
    return torch.stack(path[::-1], dim=1).numpy()
