"""Text to vectors: one pass per message, micro-batched in one worker thread per device.

Every consumer of a message (skills, knowledge, later intents and entities) reads the same `Encoded`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from botcore.errors import ModelError, NotReady, Overloaded
from botcore.models.loading import WEIGHTS, load_module
from botcore.models.lora import LowRank
from botcore.models.tokenizers import Tokens, load_tokenizer

if TYPE_CHECKING:
    import torch

Floats = np.ndarray[Any, np.dtype[np.float32]]
MAX_TOKENS = 512
MAX_BATCH = 32
QUEUE_SIZE = 1024
MOST_REMEMBERED = 5000
"""Texts, each with the states of all its tokens: about 20 kB."""
PIECES, PIECE = 1024, 4096


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One text after the encoder.

    Attributes:
        vector: (hidden,) float32, the mean of all token vectors, of length 1.
        tokens: (tokens, hidden) float32, the text's own tokens without prefix and specials.
        spans: (start, end) of each token in the text that was encoded, in characters.
        second: (hidden of the second encoder,) float32 of length 1; None without one, or where it cannot read the text.
    """

    vector: Floats
    tokens: Floats
    spans: tuple[tuple[int, int], ...]
    second: Floats | None = None


class TextEncoder(Protocol):
    """What everything else sees of an encoder, or of two together. `identity` names model and input form."""

    identity: str

    async def encode(self, text: str) -> Encoded:
        """One message's pass."""

    def encode_many(self, texts: Sequence[str]) -> list[Encoded]:
        """The vectors of all texts; blocks."""

    def close(self) -> None:
        """Give everything back."""


def _mark(file: Path) -> str:
    """The file's size and a hash of pieces from all over it: another training of the same model is another encoder.

    The pieces lie closer together than a layer is long; the end alone is often the word table, which stays as it was.
    """
    size = file.stat().st_size
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        for start in range(0, max(size, 1), max(PIECE, size // PIECES)):
            opened.seek(start)
            digest.update(opened.read(PIECE))
    return f"{size} {digest.hexdigest()[:16]}"


class Remembering:
    """A `TextEncoder` that keeps what it has encoded, for as long as several parts are built from the same texts."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Encoded] = {}
        self.identity = encoder.identity

    async def encode(self, text: str) -> Encoded:
        """See `TextEncoder.encode`."""
        return await self._encoder.encode(text)

    def encode_many(self, texts: Sequence[str]) -> list[Encoded]:
        """See `TextEncoder.encode_many`."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        known = {**self._known, **dict(zip(new, self._encoder.encode_many(new), strict=True))}
        self._known = known if len(known) <= MOST_REMEMBERED else self._known
        return [known[text] for text in texts]

    def close(self) -> None:
        """Forget; the encoder itself stays open."""
        self._known.clear()


def default_threads() -> int:
    """One core is left to the server; more than four threads do not pay for short texts."""
    return min(4, max(1, (os.cpu_count() or 2) - 1))


class Encoder:
    """A loaded encoder. `encode_many` blocks (training, indexing); `encode` awaits the worker (messages)."""

    def __init__(self, folder: Path, *, name: str, prefix: str = "", device: str = "auto", threads: int = 0) -> None:
        import torch

        torch.set_num_threads(threads or default_threads())
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.name = name
        self.prefix = prefix
        self.device = torch.device(device)
        self.identity = f"{name}\n{prefix}\n{_mark(folder / WEIGHTS)}"
        self._tokenizer = load_tokenizer(folder)
        self._module = load_module(folder, self.device)
        self._jobs: queue.Queue[_Job | None] = queue.Queue(QUEUE_SIZE)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self.passes = 0
        self.texts = 0

    def adapt(self, file: Path) -> None:
        """Merge low-rank weights into the encoder's own; from then on its identity names them too."""
        LowRank.load(file).merge(self._module)
        self.identity += f"\n+ {file.stem} {hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"

    @property
    def module(self) -> torch.nn.Module:
        """The network itself, frozen: for explanation and training."""
        return self._module

    def tokens(self, text: str) -> Tokens:
        """The tokens of prefix and text, as a pass sees them."""
        return self._tokenizer.encode(self.prefix + text, MAX_TOKENS)

    @property
    def size(self) -> int:
        """The length of a vector."""
        return int(self._module.config.hidden_size)  # type: ignore[union-attr,arg-type]  # transformers' config

    async def encode(self, text: str) -> Encoded:
        """The text's vectors; texts that wait at the same time share one pass.

        Raises:
            Overloaded: more than a thousand texts wait.
            NotReady: the encoder is closed.
        """
        if self._is_closed:
            raise NotReady("The encoder is closed.", fix="Start the bot again.")
        self._ensure_worker()
        job = _Job(text, asyncio.get_running_loop())
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise Overloaded("Too many texts wait for the encoder.", retry_after_s=2) from None
        return await job.result

    def encode_many(self, texts: Sequence[str]) -> list[Encoded]:
        """The vectors of all texts, in their order; sorted by length inside, so that padding costs little."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found: list[Encoded | None] = [None] * len(texts)
        for start in range(0, len(order), MAX_BATCH):
            chosen = order[start : start + MAX_BATCH]
            for i, encoded in zip(chosen, self._forward([texts[i] for i in chosen]), strict=True):
                found[i] = encoded
        return [encoded for encoded in found if encoded is not None]

    def close(self) -> None:
        """End the worker thread; what waits is answered first."""
        self._is_closed = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _ensure_worker(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"encoder-{self.name}", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            first = self._jobs.get()
            if first is None:
                return
            batch = [first, *self._waiting()]
            is_last = batch[-1] is None
            jobs = [job for job in batch if job is not None]
            self._answer(jobs)
            if is_last:
                return

    def _waiting(self) -> Iterator[_Job | None]:
        """What waits right now, up to a full batch; nothing is waited for."""
        for _ in range(MAX_BATCH - 1):
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            yield job
            if job is None:
                return

    def _answer(self, jobs: list[_Job]) -> None:
        try:
            for job, encoded in zip(jobs, self._forward([job.text for job in jobs]), strict=True):
                job.settle(encoded)
        except Exception as failure:  # the worker's border: the error goes to those who wait, the thread lives on
            for job in jobs:
                job.settle(failure)

    def _forward(self, texts: list[str]) -> list[Encoded]:
        """One pass over (batch, tokens); each text's vectors on the CPU."""
        import torch

        encodings = [self._tokenizer.encode(self.prefix + (text or " "), MAX_TOKENS) for text in texts]
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = torch.ones((len(texts), longest), dtype=torch.long)
        mask = torch.zeros((len(texts), longest), dtype=torch.long)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = torch.tensor(encoding.ids)
            mask[row, : len(encoding.ids)] = 1
        with self._lock, torch.inference_mode():
            hidden = self._hidden(ids.to(self.device), mask.to(self.device))
            self.passes += 1
            self.texts += len(texts)
            states = hidden.float().cpu().numpy()
        return [self._encoded(encoding, states[row]) for row, encoding in enumerate(encodings)]

    def _hidden(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, tokens) ids and mask -> (batch, tokens, hidden)."""
        return self._module(input_ids=ids, attention_mask=mask).last_hidden_state  # type: ignore[no-any-return]

    def _encoded(self, tokens: Tokens, states: Floats) -> Encoded:
        states = states[: len(tokens.ids)]
        mean = states.mean(axis=0)
        vector = mean / max(float(np.linalg.norm(mean)), 1e-12)
        skip = len(self.prefix)
        own = [(i, span) for i, span in enumerate(tokens.spans) if span and span[1] > skip and span[1] > span[0]]
        spans = tuple((max(0, start - skip), end - skip) for _, (start, end) in own)
        return Encoded(vector.astype(np.float32), np.ascontiguousarray(states[[i for i, _ in own]]), spans)


class _Job:
    """A text that waits, and the future of the loop that waits for it."""

    def __init__(self, text: str, loop: asyncio.AbstractEventLoop) -> None:
        self.text = text
        self.loop = loop
        self.result: asyncio.Future[Encoded] = loop.create_future()
        self.since = time.monotonic()

    def settle(self, outcome: Encoded | Exception) -> None:
        """Hand the outcome to the waiting loop, unless it is gone."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._set, outcome)

    def _set(self, outcome: Encoded | Exception) -> None:
        if self.result.done():
            return
        if isinstance(outcome, Exception):
            self.result.set_exception(outcome)
        else:
            self.result.set_result(outcome)


def load_encoder(folder: Path, *, name: str, prefix: str = "", device: str = "auto", threads: int = 0) -> Encoder:
    """Load an encoder from its folder; every failure says which folder and what to do."""
    try:
        return Encoder(folder, name=name, prefix=prefix, device=device, threads=threads)
    except (OSError, ValueError, RuntimeError) as broken:
        raise ModelError(f"{name} in {folder} cannot be loaded: {broken}", fix="botcore models verify") from broken
