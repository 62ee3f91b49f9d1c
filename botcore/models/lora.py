"""Low-rank weights (LoRA: Hu et al. 2021) that are merged into an encoder when it is loaded: no cost at run time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botcore.errors import ModelError

if TYPE_CHECKING:
    import torch

TARGETS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"""The linear layers of a BERT layer."""
FOLDER = Path(__file__).with_name("adapters")
NONE = "none"
ADAPTERS = ("customer-service",)


@dataclass(frozen=True, slots=True)
class LowRank:
    """For each linear layer by name, `down` (rank, in) and `up` (out, rank): the weight becomes W + up down."""

    pairs: Mapping[str, tuple[torch.Tensor, torch.Tensor]]

    def merge(self, module: torch.nn.Module) -> None:
        """Add the product to the module's weights, in place.

        Raises:
            ModelError: a layer is not there or of another size.
        """
        import torch

        layers = dict(module.named_modules())
        for name, (down, up) in self.pairs.items():
            layer: Any = layers.get(name)
            if layer is None or layer.weight.shape != (up.shape[0], down.shape[1]):
                raise ModelError(
                    f"The adapter does not fit the encoder at {name}.", fix="Set models.adapter: none in config.yaml."
                )
            with torch.no_grad():
                weight = layer.weight
                added = (up.float() @ down.float()).to(weight.device)
                layer.weight = torch.nn.Parameter(weight + added, requires_grad=False)

    def save(self, path: Path, about: Mapping[str, str]) -> None:
        """Write safetensors in float16; `about` says what it was made of."""
        from safetensors.torch import save_file

        tensors = {}
        for name, (down, up) in self.pairs.items():
            tensors[f"{name}.down"] = down.half().contiguous()
            tensors[f"{name}.up"] = up.half().contiguous()
        save_file(tensors, path, metadata=dict(about))

    @classmethod
    def load(cls, path: Path) -> LowRank:
        """Read what `save` wrote.

        Raises:
            ModelError: the file is broken.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            tensors = load_file(path)
        except (OSError, SafetensorError) as broken:
            raise ModelError(f"The adapter {path} cannot be read: {broken}", fix="Install botcore again.") from broken
        names = sorted({name.rpartition(".")[0] for name in tensors})
        if set(tensors) != {f"{name}.{side}" for name in names for side in ("down", "up")}:
            raise ModelError(f"The adapter {path} is not whole.", fix="Install botcore again.")
        return cls({name: (tensors[f"{name}.down"], tensors[f"{name}.up"]) for name in names})


def adapter_for(encoder: str, adapter: str) -> Path | None:
    """The file of an adapter that was made for the encoder; None for none.

    Raises:
        ModelError: there is no adapter of this name.
    """
    if adapter == NONE:
        return None
    if adapter not in ADAPTERS:
        raise ModelError(f"There is no adapter {adapter!r}.", fix=f"Known are {', '.join([NONE, *ADAPTERS])}.")
    path = FOLDER / f"{adapter}@{encoder}.safetensors"
    return path if path.is_file() else None
