"""What the pages show of labelled messages can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from botcore.examples import read_examples

DOCS = Path(__file__).parents[3] / "docs"
FILE = re.compile(r"^<!-- file: (examples/\S+) -->\n```\w+\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("page", ["admin/understanding.md", "zh/admin/understanding.md"])
def test_the_files_on_the_page_have_no_mistakes(page, tmp_path):
    blocks = FILE.findall((DOCS / page).read_text(encoding="utf-8"))
    assert {Path(name).suffix for name, _ in blocks} == {".yaml", ".jsonl", ".csv"}
    for name, text in blocks:
        file = tmp_path / Path(name).name
        file.write_text(text, encoding="utf-8")
        examples = read_examples(file)
        assert examples
        if file.suffix == ".yaml":
            assert [span.value for example in examples for span in example.spans] == [None, "北京"]
