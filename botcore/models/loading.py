"""A folder with safetensors, config.json and tokenizer.json becomes a torch module in evaluation mode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botcore.errors import ModelError

if TYPE_CHECKING:
    import torch

WEIGHTS = "model.safetensors"
MAX_JSON_BYTES = 100_000_000
FORBIDDEN_SUFFIXES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".py")


def check_folder(folder: Path) -> None:
    """Refuse what could run code, and JSON that is too large to be what it says.

    Raises:
        ModelError: a needed file is missing, weights are pickled, or the config asks for code of its own.
    """
    for name in (WEIGHTS, "config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            pickled = [path.name for path in folder.glob("*") if path.suffix in FORBIDDEN_SUFFIXES]
            seen = f" It has {', '.join(sorted(pickled))}, which can run code and is never read." if pickled else ""
            raise ModelError(f"{folder} has no {name}.{seen}", fix="Save the model as safetensors + tokenizer.json.")
    for path in sorted(folder.glob("*.json")):
        if path.stat().st_size > MAX_JSON_BYTES:
            what = f"{path} has {path.stat().st_size:,} bytes; {MAX_JSON_BYTES:,} is the most."
            raise ModelError(what, fix="Use a model with an ordinary tokenizer.")
    for name in ("config.json", "tokenizer_config.json"):
        if "auto_map" in _read_json(folder / name):
            raise ModelError(
                f"{folder}/{name} asks for code of its own (auto_map).", fix="Use a model that transformers knows."
            )


def input_prefix(folder: Path) -> str:
    """What the model's authors put before a question, such as "query: "; "" when the folder does not tell."""
    prompts = _read_json(folder / "config_sentence_transformers.json").get("prompts")
    prefix = prompts.get("query") if isinstance(prompts, dict) else ""
    return prefix if isinstance(prefix, str) else ""


def _read_json(path: Path) -> dict[str, Any]:
    """The mapping in `path`; empty when there is no such file."""
    if not path.is_file():
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as broken:
        raise ModelError(f"{path} is no JSON: {broken}", fix="Save the model again.") from broken
    if not isinstance(read, dict):
        raise ModelError(f"{path} is no mapping.", fix="Save the model again.")
    return read


def load_module(folder: Path, device: torch.device) -> torch.nn.Module:
    """The encoder of `folder`, frozen, on `device`.

    A float16 word table stays mapped from the file on the CPU: only the rows that are used come into memory, which
    saves 380 MB for a vocabulary of 250,000 (measured with multilingual-e5-small).
    """
    import torch
    from safetensors import safe_open
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging as transformers_logging

    check_folder(folder)
    transformers_logging.disable_progress_bar()
    table_name = "embeddings.word_embeddings.weight"
    with safe_open(folder / WEIGHTS, framework="pt") as weights:
        names = set(weights.keys())
        is_mapped = table_name in names and weights.get_slice(table_name).get_dtype() == "F16"
    if not is_mapped:
        module: Any = AutoModel.from_pretrained(
            folder, dtype=torch.float32, trust_remote_code=False, use_safetensors=True
        )
        return _frozen(module, device)
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    vocabulary, config.vocab_size = config.vocab_size, config.pad_token_id + 1
    module = AutoModel.from_config(config, add_pooling_layer=False)
    weights_file = safe_open(folder / WEIGHTS, framework="pt")
    loaded = {name: weights_file.get_tensor(name) for name in names if name != table_name}  # type: ignore[no-untyped-call]  # safetensors is untyped
    missing = module.load_state_dict(loaded, strict=False, assign=True)
    wrong = [name for name in missing.missing_keys if name != table_name] + missing.unexpected_keys
    if wrong:
        raise ModelError(f"{folder}: weights do not fit the model: {wrong[:3]}", fix="botcore models rm, then pull.")
    config.vocab_size = vocabulary
    module.set_input_embeddings(_mapped_table(weights_file.get_tensor(table_name)))  # type: ignore[no-untyped-call]  # safetensors is untyped
    return _frozen(module, device)


def _frozen(module: Any, device: torch.device) -> torch.nn.Module:
    module.requires_grad_(False)
    module.eval()
    return module.to(device)  # type: ignore[no-any-return]  # transformers is untyped here


def _mapped_table(table: torch.Tensor) -> torch.nn.Module:
    import torch

    class MappedTable(torch.nn.Module):
        """Word embeddings kept in float16, given out in float32."""

        def __init__(self, weight: torch.Tensor) -> None:
            super().__init__()
            self.register_buffer("weight", weight, persistent=False)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            """Rows of the table: (batch, tokens) -> (batch, tokens, hidden), float32."""
            return torch.nn.functional.embedding(ids, self.get_buffer("weight")).float()

    return MappedTable(table)
