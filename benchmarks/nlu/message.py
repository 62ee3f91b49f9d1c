"""What understanding one message costs: `python -m benchmarks.nlu.message`, writes message.json beside this file.

The example shop's bot as `make run` starts it, with entities of an admin's own, an intent head and a slot head; 300
messages in both languages, one after the other, processor time of one thread. The physical limit is the encoder's pass
over the same texts in the same run.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from benchmarks.faq.shop import ROOT, read_rows
from benchmarks.machine import write_result
from botcore.app import Bot, gather
from botcore.app.bot import IN_MEMORY
from botcore.config.nlu import EntityConfig
from botcore.examples import Example, Span
from botcore.messages import Message, User
from botcore.models.encoder import Encoder
from botcore.nlu.cues import find_cues
from botcore.nlu.entities import Extractor
from botcore.nlu.slots import SlotHead
from botcore.nlu.understand import Understander
from botcore.text import normalise

HERE = Path(__file__).parent
OWN = {
    "colour": EntityConfig(values={"red": ["红色", "crimson"], "blue": ["蓝色"], "green": ["绿色"]}),
    "order": EntityConfig(pattern=r"[A-Z]{2}\d{6}"),
}
SLOTS = [("book a table for {} in {}", "people", "city"), ("我要订一张去{}的票，{}出发", "city", "day")]
VALUES = {"people": ["two", "six", "four"], "city": ["北京", "London", "Paris"], "day": ["明天", "周五", "后天"]}


def slot_rows() -> list[Example]:
    found = []
    for template, first, second in SLOTS:
        for a in VALUES[first]:
            for b in VALUES[second]:
                text = template.format(a, b)
                spans = (
                    Span(text.index(a), text.index(a) + len(a), first),
                    Span(text.rindex(b), text.rindex(b) + len(b), second),
                )
                found += [Example(text, "book", spans, True)] * 3
    return found


async def measure(second: str | None) -> dict[str, object]:
    texts = [row["text"] for row in read_rows(ROOT / "benchmarks/faq/dev.jsonl")]
    texts += [row["text"] for row in read_rows(HERE / "entities_gold.jsonl")]
    texts = texts[:300]
    gathered = gather(ROOT / "config.yaml")
    config = gathered.config
    models = config.models.model_copy(update={"second_encoder": second})
    gathered.loaded = replace(gathered.loaded, config=config.model_copy(update={"models": models}))
    bot = Bot(gathered, store=IN_MEMORY)
    await bot.start(serve=False)
    try:
        torch.set_num_threads(1)
        encoder = bot.encoder if isinstance(bot.encoder, Encoder) else getattr(bot.encoder, "first", None)
        assert encoder is not None
        rows = slot_rows()
        slots = SlotHead.train(
            rows,
            encoder.encode_many([normalise(row.text) for row in rows]),
            texts=[normalise(row.text) for row in rows],
        )
        entities = Extractor("Asia/Shanghai", OWN)
        trained = bot.trained.__class__(bot.trained.intents, slots, bot.trained.cues, entities)
        understander = Understander(["en", "zh"], lambda: bot.index, bot.encoder, lambda: trained)
        messages = [Message(str(i), "web", "c", User("u"), text, datetime.now(UTC)) for i, text in enumerate(texts)]
        for message in messages[:20]:
            await understander.understand(message)
        spent = []
        for message in messages:
            started = time.process_time()
            await understander.understand(message)
            spent.append(1000 * (time.process_time() - started))
        passes = []
        for text in texts:
            read = bot.index.read(normalise(text))
            started = time.process_time()
            await bot.encoder.encode(read)
            passes.append(1000 * (time.process_time() - started))
        parts = await _parts(bot, trained, texts)
    finally:
        await bot.stop()
    return {
        "messages": len(texts),
        "cpu_ms_a_message": {"mean": _mean(spent), "p50": _quantile(spent, 50), "p95": _quantile(spent, 95)},
        "cpu_ms_of_the_encoder_pass": {
            "mean": _mean(passes),
            "p50": _quantile(passes, 50),
            "p95": _quantile(passes, 95),
        },
        "ratio": round(float(np.mean(spent) / np.mean(passes)), 3),
        "parts_ms": parts,
        "second_encoder": bot.config.models.second_encoder,
    }


async def _parts(bot: Bot, trained: object, texts: list[str]) -> dict[str, float]:
    encoded = [(text, await bot.encoder.encode(bot.index.read(normalise(text)))) for text in texts]
    jobs = {
        "index": lambda text, one: bot.index.search(text, one),
        "intents": lambda text, one: bot.trained.intents.hear(text, one) if bot.trained.intents else None,
        "slots": lambda text, one: trained.slots.read(bot.index.read(normalise(text)), one),
        "entities": lambda text, one: trained.entities.extract(text, None, None),
        "cues": lambda text, one: find_cues(text, None, one, trained.cues),
    }
    found = {}
    for name, job in jobs.items():
        started = time.process_time()
        for text, one in encoded:
            job(text, one)
        found[name] = round(1000 * (time.process_time() - started) / len(encoded), 3)
    return found


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 2)


def _quantile(values: list[float], share: float) -> float:
    return round(float(np.percentile(values, share)), 2)


if __name__ == "__main__":
    result = {
        "one_encoder": asyncio.run(measure(None)),
        "two_encoders": asyncio.run(measure("all-minilm-l6-v2")),
    }
    write_result(HERE / "message.json", result)
