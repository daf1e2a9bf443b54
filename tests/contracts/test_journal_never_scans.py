"""Records are found along their keys, newest first or in the order of a key, however many others there are: shown by plans."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from shared.store import records
from shared.store.connection import Params
from shared.store.version import Record
from tests.conftest import DATABASES
from tests.contracts.searching import NOW, Searched, opened
from tests.contracts.test_search_never_scans import Recorded, scanned

KIND = "message"
LAST = Record(KIND, "m500", "done", {}, {}, NOW)


@pytest.fixture(scope="module", params=DATABASES)
def journal(request: pytest.FixtureRequest) -> Iterator[Searched]:
    for searched in opened(request, request.param):
        searched.connection.begin()
        for n in range(1000):
            keys = {"visit": f"v{n}", "sender": "ward"}
            records.put(searched.connection, Record(KIND, f"m{n}", "done", keys, {}, NOW), None)
        searched.connection.commit()
        yield searched


@pytest.mark.parametrize("before", [None, LAST], ids=["first page", "next page"])
@pytest.mark.parametrize("keys", [{}, {"visit": "v7"}, {"visit": "v7", "sender": "ward"}, {"sender": "ward"}], ids=str)
@pytest.mark.parametrize("state", [None, "done"])
def test_no_look_for_records_scans_a_table(
    journal: Searched, state: str | None, keys: dict[str, str], before: Record | None
) -> None:
    recorded = Recorded(journal.connection)

    records.find(recorded, KIND, state, keys, 10, before)

    for sql, params in recorded.asked:
        assert not scanned(journal.connection, sql, params), sql


@pytest.mark.parametrize(("beginning", "first"), [("", "m0"), ("v7", "m7"), ("v99", "m99")])
def test_no_look_for_what_is_first_scans_a_table_or_sorts_one(journal: Searched, beginning: str, first: str) -> None:
    recorded = Recorded(journal.connection)

    [found] = records.in_order(recorded, KIND, "visit", 1, beginning)

    [(sql, params)] = recorded.asked
    assert found.id == first
    for _ in ("without statistics", "with them"):
        assert not scanned(journal.connection, sql, params), sql
        assert not re.search("Sort|TEMP B-TREE", plan_of(journal, sql, params)), sql
        journal.connection.execute("ANALYZE")
        journal.connection.settle()


def plan_of(journal: Searched, sql: str, params: Params) -> str:
    explain = "EXPLAIN QUERY PLAN" if journal.connection.dialect == "sqlite" else "EXPLAIN"
    return " ".join(str(row) for row in journal.connection.rows(f"{explain} {sql}", params))
