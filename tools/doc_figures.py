"""Write the measured figures into the documentation: `python tools/doc_figures.py [--check]`.

Each page has a place for them, between `<!-- figures: NAME -->` and `<!-- end of figures -->`; the language is the
page's. The figures are read from benchmarks/*/results.json, so a page never says what was not measured.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PLACE = re.compile(r"(?<=<!-- figures: )([a-z-]+)( -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "CHANGELOG.md",
    "docs/internals/retrieval.md",
    "docs/internals/delivery.md",
    "docs/internals/understanding.md",
)
FAQ, DELIVERY = "benchmarks/faq/results.json", "benchmarks/delivery/results.json"
PIPELINE = "benchmarks/pipeline/results.json"
ECHO, KILL = "benchmarks/channels/echo.json", "benchmarks/channels/kill.json"
WAYS = {
    "frozen_encoder_one_phrasing": "the encoder alone, one phrasing a language",
    "frozen_encoder_all_phrasings": "the encoder alone, all phrasings",
    "bm25_all_phrasings": "BM25 alone, all phrasings",
    "ours_without_encoder": "ours with `encoder: none`",
    "adapter_alone_one_phrasing": "the encoder with the adapter, one phrasing a language",
    "adapter_alone_all_phrasings": "the encoder with the adapter, all phrasings",
    "ours_one_encoder_without_adapter": "ours with one encoder and no adapter, all phrasings",
    "ours_one_encoder_one_phrasing": "ours with one encoder, one phrasing a language",
    "ours_one_encoder": "ours with one encoder, all phrasings",
    "ours_one_phrasing": "ours, one phrasing a language",
    "ours": "ours, all phrasings",
}


def _read(file: str) -> Any:
    return json.loads((ROOT / file).read_text(encoding="utf-8"))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) + ("---:",) * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def readme_faq(is_chinese: bool) -> str:
    """What a customer meets, in the README."""
    shop, lcqmc = _read(FAQ)["shop"], _read(FAQ).get("lcqmc")
    ours, frozen = shop["ours"], shop["frozen_encoder_one_phrasing"]
    shown = ("answered_rightly", "answered_wrongly", "declined_but_right_one_offered")
    neither = 1 - sum(ours[key] for key in shown)
    questions, misses = str(shop["questions"]), str(shop["near_misses"])
    values = [
        (_percent(frozen["recall_at_1"]), _percent(ours["recall_at_1"])),
        ("", _percent(ours["answered_rightly"])),
        ("", _percent(ours["answered_wrongly"])),
        ("", _percent(ours["declined_but_right_one_offered"])),
        ("", _percent(neither)),
        ("", _percent(ours["near_misses_declined"])),
    ]
    if is_chinese:
        head = ("测什么", "只用编码器，每种语言一个问法", "botcore")
        names = [
            f"{questions} 个刁钻问法：正确条目排第一",
            "– 直接答对",
            "– 直接答错",
            "– 没直接答，但正确条目在按钮里",
            "– 既没答也没给出正确条目",
            f"{misses} 个 FAQ 里没有答案的相近问题：没有乱答",
        ]
        extra = "LCQMC，4,000 个中文条目：正确条目排第一"
    else:
        head = ("What was measured", "Encoder alone, one phrasing a language", "botcore")
        names = [
            f"{questions} hard rephrasings: the right entry comes first",
            "– answered at once and rightly",
            "– answered at once and wrongly",
            "– not answered, but the right one is among the buttons",
            "– neither answered nor offered",
            f"{misses} near misses that the FAQ does not answer: not answered",
        ]
        extra = "LCQMC, 4,000 entries in Chinese: the right one comes first"
    rows = [(name, *pair) for name, pair in zip(names, values, strict=True)]
    if lcqmc and "adapter_alone" in lcqmc:  # not from before there was one
        rows.append((extra, f"{lcqmc['frozen_encoder']['recall_at_1']:.3f}", f"{lcqmc['ours']['recall_at_1']:.3f}"))
    return _table(head, rows)


def readme_delivery(is_chinese: bool) -> str:
    """How fast the journal is, in the README."""
    measured = _read(DELIVERY)
    accept, path = measured["accept"], measured["whole_path_replay_safe"]
    values = [f"{accept['p99_ms']:.0f} ms", f"{path['messages_per_s']:,.0f}", f"{path['cpu_ms_per_message']:.1f} ms"]
    if is_chinese:
        head = ("消息日志（SQLite，每次提交都落盘）", "")
        names = ("32 个写入者同时写时，收下一条消息的 p99", "每秒走完全程的消息数", "每条消息的 CPU 时间")
    else:
        head = ("The journal (SQLite, every commit synced)", "")
        names = ("accepting a message while 32 producers write, p99", "messages a second, whole way", "CPU a message")
    return _table(head, list(zip(names, values, strict=True)))


def readme_cost(is_chinese: bool) -> str:
    """What a message and a running bot cost, in the README."""
    measured = _read(PIPELINE)
    bot, search, encoder = measured["running_bot"], measured["search"], measured["encoder"]
    values = [
        f"{measured['pipeline_on_disk']['cpu_ms_per_message']:.1f} ms",
        f"{encoder['ours_ms']:.0f} ms",
        f"{search['p50_ms']:.0f} ms, {search['p95_ms']:.0f} ms",
        f"{bot['ready_s']:.0f} s, {bot['first_start_s']:.0f} s",
        f"{bot['resident_mb_after_50_questions']:.0f} MB",
    ]
    if is_chinese:
        head = ("开销（一个编码器，不用 GPU）", "")
        names = (
            "一条消息的 CPU 时间，不计编码器",
            "编码器处理一条消息",
            f"在 {search['entries']:,} 个条目里检索，p50 和 p95",
            "启动到就绪；第一次启动（要建索引）",
            "回答 50 个问题之后的常驻内存",
        )
    else:
        head = ("One encoder, no GPU", "")
        names = (
            "CPU a message, without the encoder",
            "the encoder's pass over a message",
            f"search among {search['entries']:,} entries, p50 and p95",
            "from start to ready; the first start, which builds the index",
            "resident memory after 50 questions",
        )
    return _table(head, list(zip(names, values, strict=True)))


def readme_channels(is_chinese: bool) -> str:
    """What a kill and a message cost, beside other frameworks, in the README."""
    echo, kill = _read(ECHO), _read(KILL)["contenders"]
    rows = []
    for name, figures in echo["contenders"].items():
        lost = [statistics.mean(each["lost_per_kill"]) for each in kill[name].values()]
        doubled = [max(each["doubled_per_kill"]) for each in kill[name].values()]
        rows.append(
            (
                name.partition(",")[0],
                " / ".join(f"{each:.0f}" for each in lost),
                " / ".join(map(str, doubled)),
                f"{figures['cpu_us_per_message'] / 1000:.2f} ms",
                f"{figures['messages_per_s_with_slow_sends']:.0f}",
                f"{figures['chats_out_of_order']:.0f} / {echo['chats']}",
            )
        )
    if is_chinese:
        head = ("Telegram 回声机器人", "丢失", "最多重复", "每条消息的 CPU", "每秒消息数", "乱序的会话")
    else:
        head = (
            "An echo bot on Telegram",
            "Lost",
            "Doubled at most",
            "CPU a message",
            "Messages a second",
            "Chats out of order",
        )
    return _table(head, rows)


def faq_ways(_is_chinese: bool) -> str:
    """Every way of finding an entry, on the hard set."""
    shop = _read(FAQ)["shop"]
    keys = ("recall_at_1", "recall_at_1_en", "recall_at_1_zh", "recall_at_1_mixed", "recall_at_3")
    rows = [
        (label, *(_percent(shop[way][key]) for key in keys), f"{shop[way]['auroc_near_misses']:.2f}")
        for way, label in WAYS.items()
        if way in shop
    ]
    return _table(("Way", "recall@1", "English", "Chinese", "mixed", "recall@3", "AUROC, near misses"), rows)


def faq_decisions(_is_chinese: bool) -> str:
    """What happens to the hard set and the near misses at the default threshold."""
    ours = _read(FAQ)["shop"]["ours"]
    rows = [
        ("hard question answered at once, rightly", _percent(ours["answered_rightly"])),
        ("hard question answered at once, wrongly", _percent(ours["answered_wrongly"])),
        ("hard question not answered, the right entry a button", _percent(ours["declined_but_right_one_offered"])),
        ("near miss not answered", _percent(ours["near_misses_declined"])),
    ]
    return _table(("At `answer_from: 0.5`", "Share"), rows)


def faq_lcqmc(_is_chinese: bool) -> str:
    """Every way on LCQMC."""
    found = _read(FAQ).get("lcqmc", {})
    rows = [
        (way.replace("_", " "), f"{shares['recall_at_1']:.4f}", f"{shares['recall_at_3']:.4f}")
        for way, shares in found.items()
    ]
    return _table(("LCQMC", "recall@1", "recall@3"), rows)


def delivery_all(_is_chinese: bool) -> str:
    """The journal's figures with what the disk itself can do."""
    measured = _read(DELIVERY)
    limits, accept = measured["limits"], measured["accept"]
    rows = [
        ("fsyncs a second of this disk", f"{limits['fsyncs_per_s']:,.0f}"),
        ("SQLite, one row a commit, rows a second", f"{limits['sqlite_rows_per_s_1_a_commit']:,.0f}"),
        ("SQLite, 64 rows a commit, rows a second", f"{limits['sqlite_rows_per_s_64_a_commit']:,.0f}"),
        ("accepted, messages a second", f"{accept['messages_per_s']:,.0f}"),
        ("accepted, p50 and p99", f"{accept['p50_ms']:.1f} ms, {accept['p99_ms']:.1f} ms"),
    ]
    ways = {"whole_path_replay_safe": "whole way, web channel", "whole_path_marked": "whole way, sends marked"}
    for key, label in ways.items():
        path = measured[key]
        rows.append((f"{label}, messages a second", f"{path['messages_per_s']:,.0f}"))
        rows.append((f"{label}, CPU a message", f"{path['cpu_ms_per_message']:.2f} ms"))
    return _table((f"{measured['producers']} producers, {measured['machine']['cores']} cores", "Figure"), rows)


INTENTS, SLOTS = "benchmarks/nlu/intents.json", "benchmarks/nlu/slots.json"
ENTITIES, CUES = "benchmarks/nlu/entities.json", "benchmarks/nlu/cues.json"
MESSAGE = "benchmarks/nlu/message.json"
SET_NAMES = {
    "clinc150": ("CLINC150, all rows", "CLINC150，全部训练样本"),
    "clinc150_10shot": ("CLINC150, 10 rows an intent", "CLINC150，每个意图 10 条"),
    "banking77": ("BANKING77, 5-fold on its training rows", "BANKING77，训练集五折"),
    "banking77_10shot": ("BANKING77, 10 rows an intent", "BANKING77，每个意图 10 条"),
    "snips": ("SNIPS", "SNIPS"),
    "xsid": ("xSID, 300 rows in English, measured in Chinese", "xSID，用 300 条英文训练，在中文上测"),
    "smp2019": ("SMP2019, 5-fold", "SMP2019，五折"),
}


def nlu_intents(is_chinese: bool) -> str:
    """Accuracy of intents on public sets, beside two plain ways."""
    results = _read(INTENTS)["results"]
    both, one = results.get("shipped + all-minilm-l6-v2", {}), results.get("shipped", {})
    bare, held = results.get("none", {}), results.get("without_the_set", {})
    if is_chinese:
        head = (
            "准确率",
            "TF-IDF + 线性",
            "编码器 + 逻辑回归",
            "我们，无适配器",
            "我们，适配器没见过该数据集",
            "我们，随包发布",
            "我们，再加英文编码器",
        )
    else:
        head = (
            "Accuracy",
            "TF-IDF + linear",
            "encoder + logistic regression",
            "ours, no adapter",
            "ours, adapter that never saw the set",
            "ours, as shipped",
            "ours, with the English encoder too",
        )
    rows = []
    for name, labels in SET_NAMES.items():
        ours = [results_of.get(name, {}).get("accuracy") for results_of in (bare, held, one, both)]
        if any(value is not None for value in ours):
            peers = bare.get(name, {}).get("tfidf_linear"), bare.get(name, {}).get("bare_encoder")
            rows.append((labels[is_chinese], *(_points(value) for value in (*peers, *ours))))
    return _table(head, rows)


def adapter(_is_chinese: bool) -> str:
    """What the adapter gives and takes in retrieval."""
    found = _read(FAQ)
    shop, lcqmc = found["shop"], found["lcqmc"]
    pairs = [
        (
            "hard questions, nearest of one phrasing a language",
            shop,
            "frozen_encoder_one_phrasing",
            "adapter_alone_one_phrasing",
        ),
        (
            "hard questions, nearest of all phrasings",
            shop,
            "frozen_encoder_all_phrasings",
            "adapter_alone_all_phrasings",
        ),
        ("hard questions, ours with one encoder", shop, "ours_one_encoder_without_adapter", "ours_one_encoder"),
        ("hard questions, ours", shop, "ours_without_adapter", "ours"),
        ("LCQMC, nearest entry", lcqmc, "frozen_encoder", "adapter_alone"),
        ("LCQMC, ours", lcqmc, "ours_without_adapter", "ours"),
    ]
    rows = [
        (
            label,
            *(f"{of[way]['recall_at_1']:.3f}" for way in ways),
            *(f"{of[way].get('auroc_near_misses', 0):.2f}" for way in ways),
        )
        for label, of, *ways in pairs
    ]
    rows = [tuple("–" if cell == "0.00" else cell for cell in row) for row in rows]
    return _table(("", "recall@1 without", "with the adapter", "near-miss AUROC without", "with"), rows)


def nlu_outside(is_chinese: bool) -> str:
    """What lies outside, on CLINC150."""
    results = _read(INTENTS)["results"]
    found = results["shipped + all-minilm-l6-v2"]["clinc150"]
    if is_chinese:
        head = ("CLINC150，范围外，两个编码器", "")
        names = (
            "AUROC",
            "保留 95% 范围内消息时识别出的范围外消息",
            "默认阈值下识别出的范围外消息",
            "默认阈值下保留的范围内消息",
        )
    else:
        head = ("CLINC150, out of scope, both encoders", "")
        names = (
            "AUROC",
            "found with 95 % of what is inside kept",
            "found at the default threshold",
            "of what is inside kept at the default threshold",
        )
    values = (
        f"{found['oos_auroc']:.3f}",
        *(_points(found[key]) for key in ("oos_recall_at_95", "oos_recall_by_default", "kept_by_default")),
    )
    return _table(head, list(zip(names, values, strict=True)))


def nlu_message(is_chinese: bool) -> str:
    """What understanding one message costs."""
    measured = _read(MESSAGE)
    one = measured["one_encoder"]
    parts = one["parts_ms"]
    if is_chinese:
        head = ("一条消息，单线程 CPU 时间", "毫秒")
        names = ("全部理解", "其中编码器", "检索", "意图", "槽位", "实体", "对话信号", "两个编码器时，全部理解")
    else:
        head = ("One message, one thread", "ms of CPU")
        names = (
            "all of understanding",
            "of it, the encoder's pass",
            "retrieval",
            "intents",
            "slots",
            "entities",
            "cues",
            "all, with the English encoder beside it",
        )
    values = [
        one["cpu_ms_a_message"]["mean"],
        one["cpu_ms_of_the_encoder_pass"]["mean"],
        *(parts[name] for name in ("index", "intents", "slots", "entities", "cues")),
        measured["two_encoders"]["cpu_ms_a_message"]["mean"],
    ]
    return _table(head, [(name, f"{value:.1f}") for name, value in zip(names, values, strict=True)])


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


FIGURES: dict[str, Callable[[bool], str]] = {
    "readme-faq": readme_faq,
    "readme-delivery": readme_delivery,
    "readme-cost": readme_cost,
    "readme-channels": readme_channels,
    "faq-ways": faq_ways,
    "faq-decisions": faq_decisions,
    "faq-lcqmc": faq_lcqmc,
    "delivery": delivery_all,
    "adapter": adapter,
    "nlu-intents": nlu_intents,
    "nlu-outside": nlu_outside,
    "nlu-message": nlu_message,
}


def with_figures(text: str, *, is_chinese: bool) -> str:
    """The page with its figures as they are measured now; what was not measured here stays."""

    def fill(match: re.Match[str]) -> str:
        try:
            return f"{match[1]}{match[2]}{FIGURES[match[1]](is_chinese)}"
        except (FileNotFoundError, KeyError):
            return match[0]

    return PLACE.sub(fill, text)


def main(arguments: list[str]) -> int:
    """Write all pages; with --check only say which are out of date, and return 1 if any is."""
    stale = []
    for page in PAGES:
        file = ROOT / page
        old = file.read_text(encoding="utf-8")
        new = with_figures(old, is_chinese="zh" in page)
        if new != old:
            stale.append(page)
            if "--check" not in arguments:
                file.write_text(new, encoding="utf-8")
    if stale:
        done = "out of date, run: python tools/doc_figures.py" if "--check" in arguments else "written"
        sys.stdout.write(f"{', '.join(stale)}: {done}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
