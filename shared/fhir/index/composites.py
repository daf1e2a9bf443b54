"""Composites: the first component's value becomes part of the parameter's number, so the second is a row like any other.

`Observation.code-value-quantity` of a heart rate is a quantity row whose parameter is the number of "this composite, of code
8867-4": http://hl7.org/fhir/R4/search.html#composite
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.fhir.index.forms import number
from shared.fhir.index.leaves import leaf
from shared.fhir.index.paths import Tree, visitor
from shared.fhir.index.rows import IndexRows, Leaf
from shared.fhir.parameters import Context, Parameter, Part

_PART = Parameter("", "", "token", "", hash=-1, bit=0)
_TABLES = ("token", "reference", "date", "string", "quantity")


def composite(parameter: Parameter, context: Context) -> Leaf:
    """Indexes what stands together in one context of a composite."""
    first, second = (_reader(part) for part in context.parts)
    bit = 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        heads, tails = IndexRows(), IndexRows()
        first(value, heads)
        second(value, tails)
        if not (heads.shape and tails.shape):
            return
        rows.shape |= bit
        params = [
            number_with(parameter, form) for param, code, system in heads.token if param == -1 for form in forms(code, system)
        ]
        for table in _TABLES:
            into = getattr(rows, table)
            for row in getattr(tails, table):
                if row[0] == -1:
                    into.update((param, *row[1:]) for param in params)
        rows.phrases.update(tails.phrases)

    return add


def number_with(parameter: Parameter, form: str) -> int:
    """The number of a composite parameter together with its first value."""
    return number(f"{parameter.type}.{parameter.code}${form}")


def forms(code: str, system: int) -> Iterator[str]:
    """How a search may name the first value: by code alone, by system and code (no system: 0)."""
    yield code
    yield f"{system}|{code}"


def _reader(part: Part) -> Leaf:
    tree = Tree()
    for found in part.found:
        tree.at(found.path).leaves.append(leaf(replace(_PART, kind=part.kind), part.kind, found))
    return visitor(tree)
