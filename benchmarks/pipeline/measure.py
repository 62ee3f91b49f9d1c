"""What one message costs: `python -m benchmarks.pipeline.measure`, writes results.json beside this file.

* CPU of the whole pipeline without encoder: accepted, understood by words, answered, committed; in memory and on disk.
* Encoder: our worker's pass against a bare forward of the same model on the same ids, one text at a time.
* Search in an FAQ of 10,000 entries, after the pass.
* The real bot as a process: seconds until `/health` says ready with the model in the store, and its resident memory
  after 50 questions over the web channel.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.faq.shop import ROOT, load_encoder_for, read_rows, shop_items
from benchmarks.machine import write_result
from botcore.app import Bot, gather
from botcore.knowledge.index import Index
from botcore.knowledge.items import Item
from botcore.logs import set_up
from botcore.models.encoder import Encoder

HERE = Path(__file__).parent
QUESTIONS = [row["text"] for row in read_rows(ROOT / "benchmarks/faq/dev.jsonl")]


def config_in(folder: Path, *, encoder: str, port: int = 0) -> Path:
    """The example shop's config with another store, encoder and port."""
    config = {
        "bot": {"name": "Bench", "languages": ["zh", "en"]},
        "store": f"sqlite:///{folder}/bot.db",
        "models": {"encoder": encoder, "second_encoder": None if encoder == "none" else "all-minilm-l6-v2"},
        "channels": {"web": {"port": port, "message_burst": 1000, "message_rate_per_s": 1000}},
        "plugins": {"faq": {"files": [str(ROOT / "content/faq/*.yaml")]}},
        "logging": {"level": "error"},
    }
    file = folder / "config.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


async def pipeline_cpu(folder: Path, store: str | None, count: int) -> dict[str, float]:
    bot = Bot(gather(config_in(folder, encoder="none")), store=store)
    await bot.start(serve=False)
    for i in range(50):
        await bot.ask(QUESTIONS[i % len(QUESTIONS)], user=f"u{i}")
    before, started = time.process_time(), time.perf_counter()
    for start in range(0, count, 16):
        asked = (bot.ask(f"{QUESTIONS[i % len(QUESTIONS)]} {i}", user=f"u{i % 16}") for i in range(start, start + 16))
        await asyncio.gather(*asked)
    spent, wall = time.process_time() - before, time.perf_counter() - started
    await bot.stop()
    return {"cpu_ms_per_message": round(1000 * spent / count, 3), "messages_per_s": round(count / wall, 1)}


async def encoder_cost(encoder: Encoder, count: int) -> dict[str, float]:
    """Medians of interleaved runs, so that a busy moment of the machine hits both alike."""
    import torch

    texts = [QUESTIONS[i % len(QUESTIONS)] for i in range(count)]
    ours, bare = [], []
    await encoder.encode("warm")
    for text in texts:
        started = time.perf_counter()
        await encoder.encode(text)
        ours.append(time.perf_counter() - started)
        ids = torch.tensor([encoder.tokens(text).ids]).to(encoder.device)
        started = time.perf_counter()
        with torch.inference_mode():
            encoder.module(input_ids=ids, attention_mask=torch.ones_like(ids))
        bare.append(time.perf_counter() - started)
    return {
        "ours_ms": round(1000 * float(np.median(ours)), 3),
        "bare_forward_ms": round(1000 * float(np.median(bare)), 3),
        "ratio": round(float(np.median(np.array(ours) / np.array(bare))), 3),
    }


def search_cost(encoder: Encoder, entries: int) -> dict[str, Any]:
    """10,000 entries made of the shop's phrasings with a number each, so that no two are the same."""
    texts = [text for item in shop_items() for text in item.phrasings]
    items = [Item(f"e{i}", "knowledge", (f"{texts[i % len(texts)]} {i}",)) for i in range(entries)]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        index = Index.build(items, encoder, Path(folder) / "vectors.npz")
        built_s = time.perf_counter() - started
        started = time.perf_counter()
        Index.build(items, encoder, Path(folder) / "vectors.npz")
        again_s = time.perf_counter() - started
    encoded = encoder.encode_many(QUESTIONS)
    spent = []
    for _ in range(5):
        for text, one in zip(QUESTIONS, encoded, strict=True):
            started = time.perf_counter()
            index.search(text, one)
            spent.append(1000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(spent, [50, 95])
    return {
        "entries": entries,
        "p50_ms": round(float(p50), 3),
        "p95_ms": round(float(p95), 3),
        "build_s": round(built_s, 1),
        "rebuild_from_cache_s": round(again_s, 1),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def call(url: str, body: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        return json.load(answer)


def running_bot(folder: Path) -> dict[str, float]:
    port = free_port()
    config = config_in(folder, encoder="multilingual-e5-small", port=port)
    command = [str(Path(sys.executable).with_name("botcore")), "run", "-c", str(config)]
    result: dict[str, float] = {}
    for attempt in ("first_start_s", "ready_s"):
        started = time.perf_counter()
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        base = f"http://127.0.0.1:{port}"
        try:
            wait_ready(base, process)
            result[attempt] = round(time.perf_counter() - started, 2)
            if attempt == "ready_s":
                result["resident_mb_at_start"] = megabytes(process)
                chat(base)
                result["resident_mb_after_50_questions"] = megabytes(process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    return result


def wait_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            if call(base + "/health")["status"] == "ready":
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the bot did not become ready")


def chat(base: str) -> None:
    visitor = call(base + "/web/sessions", {})
    for i in range(50):
        body = {"id": str(uuid.uuid4()), "text": QUESTIONS[i % len(QUESTIONS)]}
        call(base + "/web/messages", body, visitor["token"])
    said, until = 0, time.monotonic() + 60
    while said < 50 and time.monotonic() < until:
        page = call(base + "/web/messages?limit=100", None, visitor["token"])
        said = sum(one["from"] == "bot" for one in page["messages"])
        time.sleep(0.2)


def megabytes(process: subprocess.Popen[bytes]) -> float:
    return round(psutil.Process(process.pid).memory_info().rss / 1e6, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--entries", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        set_up("info", "json", lambda text: text, nowhere)  # logging costs too
        result: dict[str, Any] = {
            "pipeline_in_memory": asyncio.run(pipeline_cpu(Path(folder), "sqlite://", options.messages)),
            "pipeline_on_disk": asyncio.run(pipeline_cpu(Path(folder), None, options.messages)),
        }
    with tempfile.TemporaryDirectory() as folder:
        result["running_bot"] = running_bot(Path(folder))
    encoder = load_encoder_for("multilingual-e5-small")
    result["encoder"] = asyncio.run(encoder_cost(encoder, 200))
    result["search"] = search_cost(encoder, options.entries)
    encoder.close()
    write_result(HERE / "results.json", result)


if __name__ == "__main__":
    main()
