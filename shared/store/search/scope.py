"""What a search is compiled for: the database's dialect and who is asking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from urllib.parse import parse_qsl

from shared.fhir.caller import Caller
from shared.fhir.query import criteria_of
from shared.fhir.query.atoms import Criterion
from shared.store.connection import Dialect


@dataclass(slots=True)
class Scope:
    """`alias` names tables apart: every level of a chain has its own number."""

    dialect: Dialect
    caller: Caller
    now: datetime
    _numbers: Iterator[int] = field(default_factory=count)

    def alias(self) -> str:
        return f"r{next(self._numbers)}"

    def within(self, type: str) -> tuple[Criterion, ...]:
        """What limits the caller in a type; it holds for the query, every chain, `_has` and include."""
        limit = self.caller.within(type)
        return () if limit is None else criteria_of(type, parse_qsl(limit, keep_blank_values=True), self.now)
