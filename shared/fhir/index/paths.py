"""Walks a resource once for all of its parameters: their paths as a tree, compiled to closures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Self

from shared.fhir.index.rows import IndexRows, Leaf

_STEP = re.compile(r"(?P<key>\w+)(?P<list>\[\])?(?:\[(?P<place>\d+)\])?(?:\{(?P<of>\w+)=(?P<is>[^}]+)\})?")


@dataclass(slots=True)
class Tree:
    """What happens with a value (`leaves`), with it if an element of it has a certain value, and with its children by key."""

    leaves: list[Leaf] = field(default_factory=list)
    where: dict[tuple[str, str], Tree] = field(default_factory=dict)
    children: dict[tuple[str, bool, int | None], Tree] = field(default_factory=dict)

    def at(self, path: str) -> Tree:
        """The tree at the end of a path (see parameters.Found), grown where it is missing."""
        tree: Self | Tree = self
        for match in _STEP.finditer(path):
            place = int(match["place"]) if match["place"] else None
            tree = tree.children.setdefault((match["key"], bool(match["list"]), place), Tree())
            if match["of"]:
                tree = tree.where.setdefault((match["of"], match["is"]), Tree())
        return tree


def visitor(tree: Tree) -> Leaf:
    """One function that does all of a tree to a value."""
    leaves = tuple(tree.leaves)
    where = tuple((key, wanted, visitor(child)) for (key, wanted), child in tree.where.items())
    children = tuple(
        (key, _each(visitor(child)) if many else visitor(child) if place is None else _at(place, visitor(child)))
        for (key, many, place), child in tree.children.items()
    )
    if len(leaves) == 1 and not where and not children:
        return leaves[0]

    def visit(value: Any, rows: IndexRows) -> None:
        for leaf in leaves:
            leaf(value, rows)
        for key, wanted, inner in where:
            if value.get(key) == wanted:
                inner(value, rows)
        for key, inner in children:
            found = value.get(key)
            if found is not None:
                inner(found, rows)

    return visit


def _each(visit: Leaf) -> Leaf:
    def all_of(values: Any, rows: IndexRows) -> None:
        for value in values:
            if value is not None:
                visit(value, rows)

    return all_of


def _at(place: int, visit: Leaf) -> Leaf:
    def one_of(values: Any, rows: IndexRows) -> None:
        if place < len(values):
            visit(values[place], rows)

    return one_of
