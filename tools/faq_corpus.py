"""FAQ files as the corpus that `botcore evaluate faq` reads: `python tools/faq_corpus.py content/faq/*.yaml > FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import botcore_faq
from botcore import Problem


def main(files: list[str]) -> int:
    """Print a row per entry; 2 when a file has mistakes."""
    problems: list[Problem] = []
    settings = botcore_faq.FaqSettings(files=files).model_copy(update={"base_dir": Path.cwd()})
    for entry in botcore_faq.plugin.botcore_knowledge(settings=settings, problems=problems):
        texts = [text for phrasings in entry.questions.values() for text in phrasings]
        row = {"id": entry.id, "texts": texts, "answers": list(entry.answer.values())}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 2 if any(problem.severity == "error" for problem in problems) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
