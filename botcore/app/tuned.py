"""A fine-tuned model's intents, as understanding hears them."""

from __future__ import annotations

from botcore.models.encoder import Encoded
from botcore.nlu.understand import heard_of
from botcore.training.folder import TunedHeads


class TunedIntents:
    """Implements `ReadsIntents`; what lies outside is left to the index's own 'none of these'."""

    def __init__(self, heads: TunedHeads) -> None:
        self.heads = heads

    def hear(self, text: str, encoded: Encoded) -> tuple[dict[str, float], float]:
        """See `ReadsIntents.hear`."""
        return heard_of(self.heads.intents, self.heads.probabilities(encoded)), 1.0
