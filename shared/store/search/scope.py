"""What a search is compiled for: the database's dialect and who is asking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import count
from urllib.parse import parse_qsl

from shared.fhir.caller import Caller
from shared.fhir.query import criteria_of
from shared.fhir.query.atoms import Criterion
from shared.store.connection import Connection, Dialect
from shared.store.search.present import present
from shared.store.search.sql import Sql, joined, sql


@dataclass
class Scope:
    """`alias` names tables apart: every level of a chain has its own number.

    What a chain or `_has` finds first is a `step` of its own, beside the statement instead of inside it: SQLite's parser can't
    take many levels. `whole` is the statement with its steps.
    """

    connection: Connection
    caller: Caller
    now: datetime
    _numbers: Iterator[int] = field(default_factory=count)
    _steps: list[Sql] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        return self.connection.dialect

    @cached_property
    def present(self) -> frozenset[str]:
        """The types that the store has resources of: no chain leads to others."""
        return frozenset(present(self.connection))

    @cached_property
    def merged(self) -> bool:
        """Whether anything was ever merged into another, so that who lives on as another has to be thought of."""
        return self.connection.row("SELECT min(type) FROM alias") not in (None, (None,))

    def alias(self) -> str:
        return f"r{next(self._numbers)}"

    def step(self, found: Sql) -> str:
        """The name of the rows that a SELECT finds."""
        name = f"step{next(self._numbers)}"
        self._steps.append(sql(f"{name} AS (").then(found).then(sql(")")))
        return name

    def whole(self, statement: Sql) -> Sql:
        return sql("WITH").then(joined(", ", self._steps)).then(statement) if self._steps else statement

    def within(self, type: str) -> tuple[Criterion, ...]:
        """What limits the caller in a type; it holds for the query, every chain, `_has` and include."""
        limit = self.caller.within(type)
        return () if limit is None else criteria_of(type, parse_qsl(limit, keep_blank_values=True), self.now)
