"""What a resource is found by: its values for every search parameter of its type, by kind. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.fhir.issue import Resource


@dataclass(frozen=True, slots=True)
class IndexRows:
    """The index rows of one resource: kind (`token`, `reference`, …) → its rows without rid; `missing`: parameters without a value."""

    rows: dict[str, set[tuple[object, ...]]] = field(default_factory=dict)
    missing: tuple[int, ...] = ()


def index_rows(resource: Resource) -> IndexRows:
    return IndexRows()
