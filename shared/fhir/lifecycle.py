"""A life cycle is a table: which status may become which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.fhir.change import Change
from shared.fhir.issue import Issue

Moves = Mapping[str, frozenset[str]]
"""For each status those that may follow it. A status that is not listed may become any."""


def illegal_moves(change: Change[Any], moves: Moves, element: str = "status") -> Iterator[Issue]:
    """One issue if a write moves the element as the table does not allow."""
    was, now = (change.before or {}).get(element), change.after.get(element)
    if was is None or now == was or now in moves.get(was, (now,)):
        return
    type = change.after["resourceType"]
    yield Issue(f"a {type} that is {was} cannot become {now}", f"{type}.{element}")
