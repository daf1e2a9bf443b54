"""What is counted and measured, for Prometheus. One registry for each application; the names stand in docs/metrics.md."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from shared.rest.access import Access

disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_NOT_FOUND = (404, 405)
"""Statuses of operations that a client made up: their names must not become labels."""

_UNITS = (1, 2, 4, 8, 16, 32, 64)

LEVELS: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("outbox", "depth"): ("careloom_outbox_depth", "Events that the stream does not have yet."),
    ("outbox", "oldest_seconds"): ("careloom_outbox_oldest_seconds", "Age of the oldest of them."),
    ("consumer", "lag"): ("careloom_consumer_lag", "Events of the stream that this service has yet to take."),
    ("consumer", "unacknowledged"): ("careloom_consumer_unacknowledged", "Events taken and not yet acknowledged."),
    ("parked",): ("careloom_parked_events", "Events whose reaction waits for its turn or its next try."),
    ("retried",): ("careloom_retried_reactions", "Reactions tried again since the start."),
    ("dead_letters",): ("careloom_dead_letters", "Dead letters that stand."),
    ("timers_late",): ("careloom_timers_late", "Timers that are due and have not fired."),
}
"""Gauges, by where their value stands in what delivery says of its health."""


class Telemetry:
    """`registry` holds the metrics of one service. The listeners may be called from any thread."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._requests = Counter(
            "careloom_requests",
            "Requests answered, entries of batches and transactions too.",
            ("interaction", "status"),
            registry=registry,
        )
        self._latency = Histogram(
            "careloom_request_seconds",
            "From a request's arrival to its answer.",
            ("interaction",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._group_units = Histogram(
            "careloom_writer_group_units",
            "Units of work that were committed together.",
            buckets=_UNITS,
            registry=registry,
        )
        self._group_seconds = Histogram(
            "careloom_writer_group_seconds",
            "From the beginning of a group of units to its commit.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._levels = {path: Gauge(name, about, registry=registry) for path, (name, about) in LEVELS.items()}
        self._counted = lru_cache(maxsize=1024)(self._requests.labels)
        self._timed = lru_cache(maxsize=128)(self._latency.labels)

    def accessed(self, access: Access) -> None:
        """An interaction was answered (the listener of shared.rest)."""
        made_up = access.interaction.startswith("$") and access.outcome in _NOT_FOUND
        interaction = "operation" if made_up else access.interaction or "none"
        self._counted(interaction, access.outcome).inc()
        self._timed(interaction).observe(access.seconds)

    def delivered(self, health: Mapping[str, Any]) -> None:
        """Take over what delivery says of its health; what is unknown keeps its last value."""
        for path, gauge in self._levels.items():
            value: Any = health
            for step in path:
                value = (value or {}).get(step)
            if value is not None:
                gauge.set(value)

    def group(self, units: int, seconds: float) -> None:
        """A group of units of work was committed."""
        self._group_units.observe(units)
        self._group_seconds.observe(seconds)
