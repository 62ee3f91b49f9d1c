"""Benchmarks: each a script that anyone can rerun, with its result file beside it."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the `botcore` command sets it, before numpy is loaded
