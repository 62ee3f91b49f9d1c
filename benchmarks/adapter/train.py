"""Train the customer-service adapter: `python -m benchmarks.adapter.train --data DIR`, under an hour on two cores.

Different wordings of one request come together and near misses stay apart (supervised contrast: Khosla 2020), in
Chinese, in English and across them, while everyday texts keep their similarities to each other (the frozen encoder is
the teacher). Only public data with a licence that allows it: training rows of CLINC150 (CC BY 3.0) and BANKING77
(CC BY 4.0) by intent, parallel rows of xSID (CC BY-SA 4.0), lines of CrossWOZ (Apache-2.0), and the phrasings of this
folder. `--without SET` leaves a set out, so that the adapter can be judged on it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from benchmarks.adapter.groups import SETS, Group, everyday, groups_of
from benchmarks.adapter.lora import Lower, Upper, seeded
from benchmarks.faq.shop import load_encoder_for
from benchmarks.machine import cpu_model
from botcore.models.lora import FOLDER, LowRank

ENCODER = "multilingual-e5-small"
SHARE = {"clinc150": 0.3, "banking77": 0.3, "service": 0.35, "xsid": 0.05}


class Batches:
    """Groups that sound alike are drawn together: every batch is made of such neighbourhoods."""

    def __init__(self, groups: list[Group], centres: np.ndarray, chance: random.Random, texts: int) -> None:
        self.groups, self.chance, self.texts = groups, chance, texts
        self.by_source: dict[str, list[int]] = {}
        for i, group in enumerate(groups):
            self.by_source.setdefault(group.source, []).append(i)
        place = {group.name: i for i, group in enumerate(groups)}
        self.near: list[list[int]] = []
        for i, group in enumerate(groups):
            own = self.by_source[group.source]
            order = sorted(own, key=lambda j: -float(centres[i] @ centres[j]))
            named = [place[name] for name in group.near if name in place]
            self.near.append(list(dict.fromkeys([*named, *[j for j in order if j != i][:6]])))

    def draw(self) -> tuple[list[str], list[int]]:
        sources = [name for name in SHARE if name in self.by_source]
        source = self.chance.choices(sources, [SHARE[name] for name in sources])[0]
        per_group = 2 if source == "xsid" else 3
        chosen: dict[int, None] = {}
        while len(chosen) < min(self.texts // per_group, len(self.by_source[source])):
            seed = self.chance.choice(self.by_source[source])
            chosen[seed] = None
            for other in self.chance.sample(self.near[seed], min(3, len(self.near[seed]))):
                chosen[other] = None
        texts, labels = [], []
        for i in chosen:
            own = self.groups[i].texts
            if source == "service":  # both languages in every group
                half = len(own) // 2
                drawn = [self.chance.choice(own[:half]), self.chance.choice(own[half:])]
                rest = [text for text in own if text not in drawn]
                drawn += [self.chance.choice(rest)] if rest else []
            else:
                drawn = self.chance.sample(own, min(per_group, len(own)))
            texts += drawn
            labels += [i] * len(drawn)
        return texts, labels


class Calm:
    """Everyday texts with those that are nearest to them: there the frozen encoder's fine distinctions are to stay."""

    def __init__(self, texts: list[str], vectors: torch.Tensor, chance: random.Random) -> None:
        self.texts, self.chance = texts, chance
        self.near = (vectors @ vectors.T).topk(min(9, len(texts)), dim=1).indices.tolist()

    def draw(self) -> list[str]:
        chosen: dict[int, None] = {}
        while len(chosen) < min(40, len(self.texts)):
            chosen |= dict.fromkeys(self.near[self.chance.randrange(len(self.texts))])
        return [self.texts[i] for i in chosen]


def contrast(vectors: torch.Tensor, labels: torch.Tensor, temperature: float) -> torch.Tensor:
    """Supervised contrastive loss over a batch: (batch, hidden) of length 1, (batch,)."""
    scores = vectors @ vectors.T / temperature
    scores = scores.masked_fill(torch.eye(len(labels), dtype=torch.bool, device=labels.device), -1e9)
    same = (labels[:, None] == labels[None]) & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    log_share = scores - torch.logsumexp(scores, 1, keepdim=True)
    return -(log_share * same).sum(1).div(same.sum(1).clamp(min=1)).mean()


def keep(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """How far the similarities among everyday texts moved: cross-entropy between the teacher's and ours, row by row."""
    hidden = torch.eye(len(student), dtype=torch.bool, device=student.device)
    theirs = (teacher @ teacher.T / temperature).masked_fill(hidden, -1e9).softmax(1)
    ours = (student @ student.T / temperature).masked_fill(hidden, -1e9).log_softmax(1)
    return functional.kl_div(ours, theirs, reduction="batchmean")


def train(options: argparse.Namespace) -> None:
    chance = seeded(options.seed)
    torch.set_num_threads(options.threads)
    started = time.perf_counter()
    encoder = load_encoder_for(ENCODER)
    torch.set_num_threads(options.threads)
    groups = groups_of(options.data, tuple(options.without))
    for group in groups:
        if len(group.texts) > options.most:
            group.texts = chance.sample(group.texts, options.most)
    calm = everyday(options.data, options.everyday)
    lower = Lower(encoder, 12 - options.layers)
    upper = Upper(encoder.module, 12 - options.layers, options.rank, options.seed)
    every = [text for group in groups for text in group.texts] + calm
    lower.add(every)
    print(f"{len(groups)} groups, {len(lower.kept)} texts, {time.perf_counter() - started:.0f} s", flush=True)
    teacher: dict[str, torch.Tensor] = {}
    with torch.inference_mode():
        unique = sorted(lower.kept, key=len)
        for start in range(0, len(unique), 64):
            chunk = unique[start : start + 64]
            for text, vector in zip(chunk, upper(lower.batch(chunk)), strict=True):
                teacher[text] = vector.clone()
    mean = torch.stack(list(teacher.values())).mean(0)
    centres = torch.stack([torch.stack([teacher[text] for text in group.texts]).mean(0) - mean for group in groups])
    calm_batches = Calm(calm, functional.normalize(torch.stack([teacher[t] for t in calm]) - mean, dim=-1), chance)
    batches = Batches(groups, functional.normalize(centres, dim=-1).cpu().numpy(), chance, options.batch)
    print(f"teacher after {time.perf_counter() - started:.0f} s", flush=True)
    optimiser = torch.optim.AdamW(upper.low.parameters(), lr=options.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(1, (step + 1) / 30) * 0.5 * (1 + math.cos(math.pi * step / options.steps)),
    )
    losses: list[tuple[float, float]] = []
    for step in range(1, options.steps + 1):
        texts, labels = batches.draw()
        quiet = calm_batches.draw()
        packed = lower.batch([*texts, *quiet])
        with torch.autocast(encoder.device.type, torch.bfloat16, enabled=options.bf16):
            vectors = upper(packed)
        wanted = contrast(vectors[: len(texts)], torch.tensor(labels, device=vectors.device), options.temperature)
        kept = keep(vectors[len(texts) :], torch.stack([teacher[text] for text in quiet]), options.keep_temperature)
        old = torch.stack([teacher[text] for text in [*texts, *quiet]])
        drift = (1 - (vectors * old).sum(1)).mean()
        loss = wanted + options.keep * kept + options.drift * drift
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(upper.low.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append((wanted.item(), kept.item()))
        if step % 25 == 0:
            recent = np.array(losses[-25:]).mean(0)
            spent = time.perf_counter() - started
            print(
                f"step {step} contrast {recent[0]:.3f} keep {recent[1]:.4f} drift {drift.item():.3f} {spent:.0f} s",
                flush=True,
            )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "encoder": ENCODER,
        "sets": ", ".join(name for name in SETS if name not in options.without),
        "settings": json.dumps({k: v for k, v in vars(options).items() if isinstance(v, int | float)}),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": cpu_model(),
        "seconds": str(round(time.perf_counter() - started)),
    }
    shared = {name: (down, options.share * up) for name, (down, up) in upper.low_rank().pairs.items()}
    LowRank(shared).save(options.out, about)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB, {time.perf_counter() - started:.0f} s")
    encoder.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with clinc150/, banking77/, xsid/, crosswoz/")
    parser.add_argument("--without", nargs="*", default=[], choices=SETS, help="sets to leave out")
    parser.add_argument("--out", type=Path, default=FOLDER / f"customer-service@{ENCODER}.safetensors")
    parser.add_argument("--layers", type=int, default=6, help="how many of the upper layers are adapted")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--steps", type=int, default=650)
    parser.add_argument("--batch", type=int, default=72, help="texts a step, beside 40 everyday ones")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--temperature", type=float, default=0.05)
    parser.add_argument("--keep-temperature", type=float, default=0.02)
    parser.add_argument("--keep", type=float, default=1.0, help="weight of the everyday texts' similarities")
    parser.add_argument("--drift", type=float, default=0.0, help="weight of the distance from the teacher")
    parser.add_argument(
        "--share",
        type=float,
        default=0.5,
        help="how far from the frozen encoder towards the trained one (WiSE-FT: Wortsman 2022)",
    )
    parser.add_argument("--most", type=int, default=40, help="texts a group at most")
    parser.add_argument("--everyday", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="half precision where the processor has it")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
