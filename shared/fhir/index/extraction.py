"""The index rows of a resource, by functions compiled once for its type."""

from __future__ import annotations

from functools import cache

from shared.fhir.index.composites import composite
from shared.fhir.index.leaves import leaf
from shared.fhir.index.paths import Tree, visitor
from shared.fhir.index.rows import IndexRows, Leaf
from shared.fhir.issue import Resource
from shared.fhir.parameters import Parameter, parameters

FORMAT = 1
"""Counts the ways in which rows have been made: with another one, what is stored is indexed anew."""


def index_rows(resource: Resource) -> IndexRows:
    """The rows of a legal R4 resource, for each official search parameter of its type."""
    rows = IndexRows()
    _indexer(resource["resourceType"])(resource, rows)
    return rows


@cache
def _indexer(type: str) -> Leaf:
    tree = Tree()
    for parameter in parameters(type).values():
        for found in parameter.found:
            tree.at(found.path).leaves.append(leaf(parameter, parameter.kind, found))
        for context in parameter.contexts:
            tree.at(context.path).leaves.append(composite(parameter, context))
        if any(found.type == "present" for found in parameter.found):
            tree.leaves.append(_told_in_the_end(parameter, {found.path for found in parameter.found}))
    return visitor(tree)


def _told_in_the_end(parameter: Parameter, keys: set[str]) -> Leaf:
    """`false` for a resource that has none of the elements: `Patient.deceased.exists() and …` is always answered."""
    row, bit = (parameter.hash, "false", 0), 1 << parameter.bit

    def add(resource: Resource, rows: IndexRows) -> None:
        if keys.isdisjoint(resource):
            rows.token.add(row)
            rows.shape |= bit

    return add
