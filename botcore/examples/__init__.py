"""Labelled messages: what heads are trained and measured on, read from files with every mistake named by its place."""

from __future__ import annotations

from botcore.examples.files import read_examples, read_rows
from botcore.examples.rows import Rows
from botcore.examples.slots import spans_of_tags
from botcore.examples.values import Example, Span

__all__ = ["Example", "Rows", "Span", "read_examples", "read_rows", "spans_of_tags"]
