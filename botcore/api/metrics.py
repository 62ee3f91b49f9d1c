"""Numbers for `/metrics`, in one registry a bot, so that two bots in one process do not mix."""

from __future__ import annotations

import re
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

NAME = re.compile(r"[^a-z0-9_]")
PREFIX = "botcore_"
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counters, gauges and durations, made when they are first used."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[str, Counter | Gauge | Histogram] = {}

    def count(self, name: str, value: float = 1.0, labels: Mapping[str, str] | None = None) -> None:
        """Add to a counter; `labels` are few and bounded, never ids or texts."""
        counter = self._made.get(name)
        if counter is None:
            clean = PREFIX + NAME.sub("_", name.lower())
            counter = self._made[name] = Counter(
                clean, name.replace("_", " "), sorted(labels or ()), registry=self.registry
            )
        assert isinstance(counter, Counter)  # noqa: S101  # one name, one kind
        (counter.labels(**labels) if labels else counter).inc(value)

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        gauge = self._made.get(name)
        if gauge is None:
            gauge = self._made[name] = Gauge(PREFIX + name, name.replace("_", " "), registry=self.registry)
        assert isinstance(gauge, Gauge)  # noqa: S101  # one name, one kind
        gauge.set(value)

    def seconds(self, name: str, value_s: float) -> None:
        """Observe a duration."""
        histogram = self._made.get(name)
        if histogram is None:
            histogram = Histogram(PREFIX + name, name.replace("_", " "), registry=self.registry, buckets=BUCKETS_S)
            self._made[name] = histogram
        assert isinstance(histogram, Histogram)  # noqa: S101  # one name, one kind
        histogram.observe(value_s)

    def page(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)
