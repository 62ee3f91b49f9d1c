"""A BERT encoder's upper layers with low-rank weights beside the frozen ones (LoRA: Hu et al. 2021), for training.

The lower layers are frozen, so their output is computed once a text and kept: a step costs a third of a full pass.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from botcore.models.encoder import Encoder
from botcore.models.lora import TARGETS, LowRank


@dataclass(frozen=True)
class Packed:
    """Texts without padding: `hidden` (tokens of all, size); `mask` (texts, longest); `places` (tokens,) of the tokens
    in the flattened mask; `owners` (tokens,) the number of each token's text.
    """

    hidden: torch.Tensor
    mask: torch.Tensor
    places: torch.Tensor
    owners: torch.Tensor


class LoraLinear(nn.Module):
    """A frozen linear layer plus `B A` of rank `rank`; it begins as the frozen layer."""

    def __init__(self, frozen: nn.Linear, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight, self.bias = frozen.weight, frozen.bias
        down = torch.randn(rank, frozen.in_features, generator=generator) / frozen.in_features**0.5
        self.down = nn.Parameter(down.to(frozen.weight.device))
        self.up = nn.Parameter(torch.zeros(frozen.out_features, rank, device=frozen.weight.device))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, self.weight, self.bias) + functional.linear(
            functional.linear(x, self.down), self.up
        )


class Upper(nn.Module):
    """The layers from `first` upwards, as BERT computes them (post-norm, GELU)."""

    def __init__(self, module: nn.Module, first: int, rank: int, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.first = first
        self.heads = module.config.num_attention_heads
        self.rank = rank
        self.frozen = [module.encoder.layer[i] for i in range(first, module.config.num_hidden_layers)]
        self.low = nn.ModuleDict()
        for place, layer in enumerate(self.frozen, first):
            for name in TARGETS:
                self.low[f"{place}.{name}".replace(".", "-")] = LoraLinear(layer.get_submodule(name), rank, generator)

    def _linear(self, place: int, name: str, x: torch.Tensor) -> torch.Tensor:
        return self.low[f"{place}.{name}".replace(".", "-")](x)

    def forward(self, packed: Packed) -> torch.Tensor:
        """The packed states of layer `first` -> (texts, hidden): the means of the last layer's, of length 1.

        Only attention sees the padding; all else runs over the tokens of all texts, one after the other.
        """
        hidden, size = packed.hidden, packed.hidden.shape[-1]
        count, longest = packed.mask.shape
        allowed = packed.mask[:, None, None, :]
        for place, layer in enumerate(self.frozen, self.first):
            heads = []
            for name in ("query", "key", "value"):
                flat = self._linear(place, f"attention.self.{name}", hidden)
                padded = flat.new_zeros(count * longest, size).index_copy(0, packed.places, flat)
                heads.append(padded.view(count, longest, self.heads, -1).transpose(1, 2))
            seen = functional.scaled_dot_product_attention(*heads, attn_mask=allowed)
            seen = seen.transpose(1, 2).reshape(count * longest, size)[packed.places]
            hidden = layer.attention.output.LayerNorm(self._linear(place, "attention.output.dense", seen) + hidden)
            inner = functional.gelu(self._linear(place, "intermediate.dense", hidden))
            hidden = layer.output.LayerNorm(self._linear(place, "output.dense", inner) + hidden)
        sums = hidden.new_zeros(count, size, dtype=torch.float32).index_add(0, packed.owners, hidden.float())
        return functional.normalize(sums, dim=-1)

    def low_rank(self) -> LowRank:
        """The trained weights, as the bot's loader merges them."""
        pairs = {}
        for key, linear in self.low.items():
            name = "encoder.layer." + key.replace("-", ".")
            pairs[name] = (linear.down.detach().cpu().clone(), linear.up.detach().cpu().clone())
        return LowRank(pairs)


class Lower:
    """The frozen part, its output kept for every text."""

    def __init__(self, encoder: Encoder, first: int) -> None:
        self.encoder = encoder
        self.first = first
        self.kept: dict[str, torch.Tensor] = {}

    def add(self, texts: Sequence[str]) -> None:
        new = sorted({text for text in texts if text not in self.kept}, key=len)
        module: Any = self.encoder.module
        layers = module.encoder.layer
        for start in range(0, len(new), 32):
            chunk = new[start : start + 32]
            rows = [self.encoder.tokens(text).ids[:64] for text in chunk]
            longest = max(map(len, rows))
            ids = torch.ones(len(rows), longest, dtype=torch.long)
            mask = torch.zeros(len(rows), longest, dtype=torch.long)
            for i, row in enumerate(rows):
                ids[i, : len(row)] = torch.tensor(row)
                mask[i, : len(row)] = 1
            whole = module.encoder.layer
            module.encoder.layer = layers[: self.first]
            try:
                with torch.inference_mode():
                    where = self.encoder.device
                    hidden = module(input_ids=ids.to(where), attention_mask=mask.to(where)).last_hidden_state
            finally:
                module.encoder.layer = whole
            for i, row in enumerate(rows):
                self.kept[chunk[i]] = hidden[i, : len(row)].half().cpu().clone()

    def batch(self, texts: Sequence[str]) -> Packed:
        """The texts' states, packed."""
        rows = [self.kept[text] for text in texts]
        lengths = torch.tensor([len(row) for row in rows])
        longest = int(lengths.max())
        mask = torch.arange(longest)[None] < lengths[:, None]
        owners = torch.repeat_interleave(torch.arange(len(rows)), lengths)
        places = mask.flatten().nonzero()[:, 0]
        return Packed(*(part.to(self.encoder.device) for part in (torch.cat(rows).float(), mask, places, owners)))


def seeded(seed: int) -> random.Random:
    torch.manual_seed(seed)
    np.random.default_rng(seed)
    return random.Random(seed)
