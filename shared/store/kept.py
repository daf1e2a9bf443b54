"""What a store needs to know of its service in order to write: what it owns and follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from shared.fhir.change import Announcement, Change, Rule

if TYPE_CHECKING:
    from shared.store.transaction import Transaction


class OwnedType(Protocol):
    """A type that is written here: its rules, what its changes are called, and what else happens with them."""

    @property
    def name(self) -> str: ...
    @property
    def rules(self) -> tuple[Rule, ...]: ...
    @property
    def announces(self) -> tuple[Announcement, ...]: ...
    @property
    def told(self) -> bool: ...
    @property
    def then(self) -> Callable[[Change[Any], Transaction], None] | None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """`owns` by type name."""

    service: str
    owns: dict[str, OwnedType] = field(default_factory=dict)
    follows: frozenset[str] = frozenset()
