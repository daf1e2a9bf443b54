"""Dates, periods and timings as rows."""

from __future__ import annotations

from typing import Any

from shared.fhir.index.moments import EARLIEST, LATEST, moments, span
from shared.fhir.index.rows import IndexRows, Leaf
from shared.fhir.parameters import Found, Parameter


def date_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        low, high = moments(value)
        rows.date.add((param, span(low, high), low, high))
        rows.shape |= bit

    return add


def period_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        low = moments(value["start"])[0] if "start" in value else EARLIEST
        high = moments(value["end"])[1] if "end" in value else LATEST
        if (low, high) != (EARLIEST, LATEST):
            rows.date.add((param, span(low, high), low, high))
            rows.shape |= bit

    return add


def timing_leaf(parameter: Parameter, found: Found) -> Leaf:
    """From the first event to the end of the last, or the bounds of what repeats: the outer limits."""
    param, bit, period = parameter.hash, 1 << parameter.bit, period_leaf(parameter, found)

    def add(value: Any, rows: IndexRows) -> None:
        events = [moments(event) for event in value.get("event", ()) if event is not None]
        if events:
            low, high = min(event[0] for event in events), max(event[1] for event in events)
            rows.date.add((param, span(low, high), low, high))
            rows.shape |= bit
        bounds = value.get("repeat", {}).get("boundsPeriod")
        if bounds:
            period(bounds, rows)

    return add
