"""The index values of one resource, as the rows of the index tables without the resource's number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class IndexRows:
    """Rows by table; the first column of each is the parameter's number (of a composite: of parameter and first value).

    token      (param, code, system): system is a number, 0 for none; a uri is a code without system
    reference  (param, target): `Patient/123`, a whole URL, a URN, or a canonical
    date       (param, span, low, high): half-open, µs since 1970 UTC; span is the class of its length
    string     (param, value, exact): normalised, and the number of the exact text
    quantity   (param, form, span, low, high): form is the number of the unit as searches name it, 0 for any; span 0 is a point

    `phrases` are the normalised texts that `:contains` looks through, by their value in string rows. `shape` has the bit of
    every parameter that has a value.
    """

    token: set[tuple[int, str, int]] = field(default_factory=set)
    reference: set[tuple[int, str]] = field(default_factory=set)
    date: set[tuple[int, int, int, int]] = field(default_factory=set)
    string: set[tuple[int, str, int]] = field(default_factory=set)
    quantity: set[tuple[int, int, int, float, float]] = field(default_factory=set)
    phrases: dict[str, str] = field(default_factory=dict)
    shape: int = 0


NOTHING = IndexRows()
"""The rows of what is not there."""

Leaf = Callable[[Any, IndexRows], None]
"""Adds the rows that a value makes. The value is legal R4."""
