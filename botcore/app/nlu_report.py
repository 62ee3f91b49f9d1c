"""The report of a measurement: one HTML page that needs nothing else, plots as PNG, and all errors as JSON lines."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from botcore.app.evaluate_nlu import Outcome, per_intent
from botcore.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 200
MOST_CELLS = 60
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c2733}
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .7rem;border-bottom:1px solid #dde3e9;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}img{max-width:100%}h2{margin-top:2.5rem}
.bar{display:inline-block;height:.7em;background:#2f7d6b;vertical-align:middle}
"""


def write_report(outcome: Outcome, folder: Path, curve: Sequence[tuple[int, float]] = ()) -> None:
    """Write `index.html`, `confusion.png`, `calibration.png`, `outside.png`, `curve.png` and `errors.jsonl`.

    Plots that there is nothing to draw of are left out. `curve` is (training rows, accuracy) per measurement.

    Raises:
        BadInput: there can be no such folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise BadInput("report", f"{folder} cannot be written: {failure.strerror}.", fix="Name a folder.") from failure
    plots = {"confusion": _confusion(outcome), "calibration": _calibration(outcome)}
    if len(outcome.outside_density) and len(outcome.density):
        plots["outside"] = _outside(outcome)
    if curve:
        plots["curve"] = _curve(curve)
    for name, figure in plots.items():
        figure.savefig(folder / f"{name}.png", dpi=110, bbox_inches="tight")
    errors = _errors(outcome)
    lines = [json.dumps(error, ensure_ascii=False) for error in errors]
    content = "".join(line + "\n" for line in lines)
    (folder / "errors.jsonl").write_text(content, encoding="utf-8", errors="backslashreplace")
    page = _page(outcome, list(plots), errors)
    (folder / "index.html").write_text(page, encoding="utf-8", errors="replace")


def confusions(outcome: Outcome) -> list[tuple[str, str, int]]:
    """(meant, found, how often), most frequent first."""
    pairs = Counter(
        (row.intent, found) for row, found in zip(outcome.rows, outcome.found, strict=True) if row.intent != found
    )
    return [(meant, found, count) for (meant, found), count in pairs.most_common()]


def _errors(outcome: Outcome) -> list[dict[str, Any]]:
    """Every row that was read wrongly, surest first."""
    best = outcome.probabilities.max(1) if len(outcome.rows) else np.zeros(0)
    found = outcome.found if len(outcome.rows) else []
    wrong = [i for i, row in enumerate(outcome.rows) if row.intent != found[i]]
    return [
        {
            "text": outcome.rows[i].text,
            "intent": outcome.rows[i].intent,
            "found": found[i],
            "score": round(float(best[i]), 4),
            "place": outcome.rows[i].place,
        }
        for i in sorted(wrong, key=lambda i: -float(best[i]))
    ]


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _confusion(outcome: Outcome) -> Figure:
    """The matrix of the intents that are confused most, so that a set with 150 intents can be read too."""
    busy: Counter[str] = Counter()
    for meant, found, count in confusions(outcome):
        busy[meant] += count
        busy[found] += count
    names = sorted(name for name, _ in busy.most_common(MOST_CELLS)) or sorted(outcome.intents)[:MOST_CELLS]
    place = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(names), len(names)))
    for row, found in zip(outcome.rows, outcome.found, strict=True):
        if row.intent in place and found in place:
            table[place[row.intent], place[found]] += 1
    size = max(4.0, 0.22 * len(names) + 2)
    figure, axes = _figure(size, size)
    axes.imshow(np.log1p(table), cmap="Blues")
    axes.set_xticks(range(len(names)), _safe(names), rotation=90, fontsize=6)
    axes.set_yticks(range(len(names)), _safe(names), fontsize=6)
    axes.set_xlabel("found")
    axes.set_ylabel("meant")
    return figure


def _calibration(outcome: Outcome) -> Figure:
    best = outcome.probabilities.max(1)
    right = np.array([row.intent == found for row, found in zip(outcome.rows, outcome.found, strict=True)])
    figure, axes = _figure(4.5, 4.5)
    axes.plot([0, 1], [0, 1], color="#9aa7b4", linewidth=1)
    places = np.minimum((best * 10).astype(int), 9)
    for place in np.unique(places):
        chosen = places == place
        size = 20 + 180 * chosen.mean()
        axes.scatter(best[chosen].mean(), right[chosen].mean(), s=size, color="#2f7d6b")
    axes.set_xlabel("score")
    axes.set_ylabel("share that is right")
    return figure


def _outside(outcome: Outcome) -> Figure:
    figure, axes = _figure(6, 3.5)
    both = np.concatenate([outcome.density, outcome.outside_density])
    low, high = map(float, np.quantile(both, [0.005, 0.995]))
    bins = np.linspace(low, high, 40).tolist()
    axes.hist(outcome.density, bins, density=True, alpha=0.7, color="#2f7d6b", label="meant for the bot")
    axes.hist(outcome.outside_density, bins, density=True, alpha=0.7, color="#c4553b", label="outside")
    axes.axvline(float(np.quantile(outcome.density, 0.05)), color="#1c2733", linewidth=1)
    axes.set_xlabel("density (line: 95 % of what is meant for the bot is kept)")
    axes.legend()
    return figure


def _curve(curve: Sequence[tuple[int, float]]) -> Figure:
    figure, axes = _figure(5, 3.5)
    axes.plot([rows for rows, _ in curve], [accuracy for _, accuracy in curve], marker="o", color="#2f7d6b")
    axes.set_xscale("log")
    axes.set_xlabel("training rows")
    axes.set_ylabel("accuracy")
    return figure


def _safe(names: Sequence[str]) -> list[str]:
    """Labels that matplotlib's own font can draw; others stand in the page's tables. A dollar begins no formula."""
    return [name.encode("ascii", "backslashreplace").decode().replace("$", r"\$") for name in names]


def _page(outcome: Outcome, plots: Sequence[str], errors: Sequence[dict[str, Any]]) -> str:
    figures = {name: value for name, value in outcome.figures.items() if not isinstance(value, dict)}
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Understanding, measured</title>",
        f"<style>{STYLE}</style><h1>Understanding, measured</h1>",
        _table(["figure", "value"], [[name, value] for name, value in figures.items()]),
    ]
    titles = {
        "confusion": "What is taken for what",
        "calibration": "Are scores to be believed?",
        "outside": "What lies outside",
        "curve": "What more rows would bring",
    }
    parts += [f"<h2>{titles[name]}</h2><img src='{name}.png' alt='{titles[name]}'>" for name in plots]
    taken = confusions(outcome)[:MOST_ROWS]
    parts += ["<h2>Confusions</h2>", _table(["meant", "found", "rows"], [list(row) for row in taken])]
    rows = [
        [name, one["precision"], one["recall"], one["f1"], int(one["rows"])]
        for name, one in sorted(per_intent(outcome).items(), key=lambda pair: pair[1]["f1"])
    ]
    parts += ["<h2>Intents, weakest first</h2>", _table(["intent", "precision", "recall", "F1", "rows"], rows)]
    shown = [[error["text"], error["intent"], error["found"], error["score"]] for error in errors[:MOST_ROWS]]
    parts += ["<h2>Errors, surest first</h2>", _table(["text", "meant", "found", "score"], shown), "</html>"]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f"<table><tr>{cells}</tr>{body}</table>"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        bar = f" <span class='bar' style='width:{40 * min(max(value, 0), 1):.0f}px'></span>" if value <= 1 else ""
        return f"<td class='n'>{value:.4g}{bar}</td>"
    if isinstance(value, int):
        return f"<td class='n'>{value}</td>"
    return f"<td>{html.escape(str(value))}</td>"
