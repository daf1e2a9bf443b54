"""What a service counts and times of its own, for Prometheus: declared in `Service.meters`, shown at `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True)
class Meter:
    """`name` begins with `careloom_`; a counter's is shown with `_total` behind it, what is timed ends in `_seconds`.

    `labels` are the names of what tells its series apart: few values each, and none that a client makes up.
    """

    name: str
    about: str
    labels: tuple[str, ...] = ()
    kind: Literal["counter", "gauge", "seconds"] = "counter"


class Meters:
    """The meters of one service. May be used from any thread, but not in a unit of work, which may run twice."""

    def __init__(self, declared: Iterable[Meter] = (), registry: CollectorRegistry | None = None) -> None:
        self._registry = registry or CollectorRegistry()
        self._made = lru_cache(maxsize=None)(self._make)
        self._series = lru_cache(maxsize=4096)(self._labelled)
        for meter in declared:
            self._made(meter)

    def count(self, meter: Meter, *labels: str, by: float = 1) -> None:
        series = self._series(meter, labels)
        assert isinstance(series, Counter)
        series.inc(by)

    def set(self, meter: Meter, value: float, *labels: str) -> None:
        series = self._series(meter, labels)
        assert isinstance(series, Gauge)
        series.set(value)

    def time(self, meter: Meter, seconds: float, *labels: str) -> None:
        series = self._series(meter, labels)
        assert isinstance(series, Histogram)
        series.observe(seconds)

    def _labelled(self, meter: Meter, labels: tuple[str, ...]) -> Counter | Gauge | Histogram:
        made = self._made(meter)
        return made.labels(*labels) if meter.labels else made

    def _make(self, meter: Meter) -> Counter | Gauge | Histogram:
        match meter.kind:
            case "counter":
                return Counter(meter.name, meter.about, meter.labels, registry=self._registry)
            case "gauge":
                return Gauge(meter.name, meter.about, meter.labels, registry=self._registry)
            case "seconds":
                return Histogram(meter.name, meter.about, meter.labels, buckets=SECONDS, registry=self._registry)
