"""Which characters drove a score: integrated gradients through the encoder (Sundararajan 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from botcore.models.encoder import MAX_TOKENS, Encoder

Floats = np.ndarray[Any, np.dtype[np.float32]]
STEPS = 24
LONG = 96
"""Tokens from which on eight steps have to do: a step over 500 tokens takes a second."""


def attribute(
    encoder: Encoder, text: str, origin: Floats, direction: Floats, steps: int = STEPS
) -> tuple[list[tuple[int, int, float]], float]:
    """How much each token adds to `place(text) . direction`, where the text's vector is seen from `origin`.

    The path leads from padding in place of every token of the text to the text itself; the encoder's prefix and
    specials stay. `origin` and `direction` are (hidden,).

    Returns:
        (start, end, share) of each token in `text`, and what the shares should sum up to: the score's difference
        between the text and padding. They sum up to it but for the error of `steps` steps.
    """
    import torch

    tokens = encoder.tokens(text)
    skip = len(encoder.prefix)
    own = [i for i, span in enumerate(tokens.spans) if span and span[1] > skip and span[1] > span[0]]
    if not own:
        return [], 0.0
    module: Any = encoder.module
    device = encoder.device
    ids = torch.tensor([tokens.ids[:MAX_TOKENS]], device=device)
    table = module.get_input_embeddings()
    there = table(ids).float()
    padding = table(torch.full_like(ids, module.config.pad_token_id or 0)).float()
    is_own = torch.zeros(ids.shape, dtype=torch.bool, device=device)
    is_own[0, own] = True
    start = torch.where(is_own[:, :, None], padding, there)
    from_, towards = torch.from_numpy(origin).to(device), torch.from_numpy(direction).to(device)

    def score(embedded: torch.Tensor) -> torch.Tensor:
        states = module(inputs_embeds=embedded, attention_mask=torch.ones(embedded.shape[:2], device=device))
        mean = torch.nn.functional.normalize(states.last_hidden_state.float().mean(1), dim=-1) - from_
        return torch.nn.functional.normalize(mean, dim=-1) @ towards

    steps = steps if len(own) <= LONG else min(steps, 8)
    total = torch.zeros_like(there)
    for first in range(0, steps, 8):
        chunk = torch.arange(first, min(first + 8, steps), device=device)
        share = ((chunk + 0.5) / steps)[:, None, None]
        with torch.enable_grad():
            point = (start + share * (there - start)).requires_grad_(True)
            (slope,) = torch.autograd.grad(score(point).sum(), point)
        total += slope.sum(0, keepdim=True)
    shares = ((there - start) * total / steps).sum(-1)[0].cpu().numpy()
    with torch.no_grad():
        whole = float(score(there) - score(start))
    found = []
    for i in own:
        begin, end = tokens.spans[i] or (skip, skip)
        found.append((max(0, begin - skip), end - skip, float(shares[i])))
    return found, whole


def by_characters(pieces: Sequence[tuple[int, int, float]], length: int) -> Floats:
    """Each character's share: (length,); a token's share is spread evenly over its characters."""
    found = np.zeros(length, np.float32)
    for start, end, share in pieces:
        if end > start:
            found[start:end] += share / (end - start)
    return found
