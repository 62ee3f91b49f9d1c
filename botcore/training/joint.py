"""One encoder with two new layers: what is meant (intent) from the mean of all tokens, what is named (slots) from each.

The shape is that of JointBERT (Chen et al., 2019) with mean pooling, which is what the runtime's `Encoded` holds, and
with words or Chinese characters in place of the encoder's pieces. Both layers read an `Encoded`, so that a message
costs one pass.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from botcore.models.loading import load_module
from botcore.nlu.slots_net import best_paths
from botcore.nlu.slots_units import SHAPES
from botcore.training.rows import IGNORED, Labels
from botcore.training.settings import Settings

NORM_EPS = 1e-12


class Heads(nn.Module):
    """(batch, hidden) and (batch, units, hidden) -> scores of intents and of BIO tags."""

    def __init__(self, hidden: int, intents: int, slots: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.intents = nn.Linear(hidden, max(1, intents))
        self.shapes = nn.Embedding(SHAPES, hidden)
        self.tags = nn.Linear(hidden, 1 + 2 * slots)
        nn.init.normal_(self.shapes.weight, std=0.02)

    def intents_of(self, pooled: torch.Tensor) -> torch.Tensor:
        """(batch, intents); the length of `pooled` does not matter."""
        return self.intents(self.dropout(_normal(pooled)))  # type: ignore[no-any-return]  # torch's call is Any

    def tags_of(self, states: torch.Tensor, shapes: torch.Tensor) -> torch.Tensor:
        """(batch, units, tags)."""
        return self.tags(self.dropout(_normal(states) + self.shapes(shapes)))  # type: ignore[no-any-return]  # as above


def _normal(states: torch.Tensor) -> torch.Tensor:
    """Mean 0 and spread 1: some encoders' numbers are so small that a new layer would learn slowly from them."""
    return torch.nn.functional.layer_norm(states, states.shape[-1:], eps=NORM_EPS)


class JointModel(nn.Module):
    """The encoder and its heads, as `transformers.Trainer` wants it: labels in, loss out."""

    def __init__(self, encoder: nn.Module, heads: Heads) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = heads

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        own: torch.Tensor,
        first: torch.Tensor,
        after: torch.Tensor,
        shapes: torch.Tensor,
        intents: torch.Tensor,
        tags: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """The sum of both losses, and both scores. All are (batch, ...); see `rows`."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask[:, :, None].to(states.dtype)
        pooled = (states * mask).sum(dim=1) / mask.sum(dim=1)
        intent_scores = self.heads.intents_of(pooled)
        tag_scores = self.heads.tags_of(_means(_rows(states, own), first, after), shapes)
        loss = _loss(intent_scores, intents) + _loss(tag_scores.flatten(0, 1), tags.flatten())
        return {"loss": loss, "intent_scores": intent_scores, "tag_scores": tag_scores}


def _rows(states: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """(batch, n, hidden): the states at the positions (batch, n)."""
    return states.gather(1, chosen[:, :, None].expand(-1, -1, states.shape[2]))


def _means(states: torch.Tensor, first: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """(batch, units, hidden): the mean of the states first..after-1 of each unit; 0 where there are none."""
    sums = torch.cat([torch.zeros_like(states[:, :1]), states.cumsum(dim=1)], dim=1)
    count = (after - first).clamp_min(1)[:, :, None].to(states.dtype)
    return (_rows(sums, after) - _rows(sums, first)) / count


def _loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of what is labelled; 0 where nothing is."""
    total = torch.nn.functional.cross_entropy(scores, labels, ignore_index=IGNORED, reduction="sum")
    return total / (labels != IGNORED).sum().clamp_min(1)


def decisions(scores: tuple[torch.Tensor, ...], labels: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """The best intent and the best row of tags that BIO allows; padding is `outside`."""
    from botcore.nlu.slots_crf import ILLEGAL, legal

    intent_scores, tag_scores = scores
    moves = torch.from_numpy(legal((tag_scores.shape[2] - 1) // 2))
    moves = torch.where(moves, 0.0, ILLEGAL)
    tag_scores = tag_scores.cpu().clone()
    tag_scores[labels[1].cpu() == IGNORED] = ILLEGAL
    tag_scores[..., 0].masked_fill_(labels[1].cpu() == IGNORED, 0.0)
    paths = torch.from_numpy(best_paths(tag_scores, moves))
    return intent_scores.argmax(dim=-1), paths.to(intent_scores.device)


def build(base: Path, labels: Labels, settings: Settings) -> JointModel:
    """The encoder of `base`, in float32 and to be trained as the settings say, with new heads."""
    encoder: Any = load_module(base, torch.device("cpu"))
    for parameter in encoder.parameters():  # those of a mapped file are copied, so that training may write
        parameter.data = parameter.data.float().clone()
        parameter.requires_grad_(True)
    words = encoder.get_input_embeddings()
    if settings.train_embeddings and not isinstance(words, nn.Embedding):
        table = words.get_buffer("weight").float()
        encoder.set_input_embeddings(nn.Embedding(table.shape[0], table.shape[1], _weight=table))
    elif not settings.train_embeddings:
        words.requires_grad_(False)
    if settings.layers is not None:
        _freeze_below(encoder, settings.layers)
    torch.manual_seed(settings.seed)
    return JointModel(encoder, Heads(encoder.config.hidden_size, len(labels.intents), len(labels.slots)))


def _freeze_below(encoder: nn.Module, layers: int) -> None:
    """Leave only the upper layers to be trained, whatever the encoder calls them: the longest list of modules."""
    stacks = [module for module in encoder.modules() if isinstance(module, nn.ModuleList)]
    encoder.requires_grad_(False)
    stack = max(stacks, key=len, default=nn.ModuleList())
    for layer in list(stack)[max(0, len(stack) - layers) :]:
        layer.requires_grad_(True)
