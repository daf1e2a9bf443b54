"""A search reads what it finds, however much else there is: shown by plans, and by counting what is read beside few and many."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from shared.store.connection import Dialect, Params, Row, WritingConnection
from shared.store.history import history
from shared.store.identifiers import identified
from tests.conftest import DATABASES
from tests.contracts.multitude import multiply
from tests.contracts.searching import NOW, Searched, a, coded, opened, ref

FEW, TIMES = 1_000, 100
"""So many others, and 100,000."""

LOINC = "http://loinc.org"

WANTED = (
    a("Organization", "clinic", name="Clinic of the North"),
    a(
        "Patient",
        "river",
        active=True,
        gender="female",
        birthDate="1930-05-17",
        identifier=[{"system": "urn:mrn", "value": "A1"}],
        name=[{"family": "Quillfeather", "given": ["River"]}],
        managingOrganization=ref("Organization/clinic"),
        meta={"tag": [{"system": "urn:tags", "code": "vip"}], "profile": ["http://p.org/patient"], "source": "urn:feed:1"},
    ),
    a(
        "Observation",
        "rate",
        status="final",
        category=[coded("vital-signs")],
        code=coded("8867-4", LOINC, display="Heart rate"),
        subject=ref("Patient/river"),
        effectiveDateTime="2019-03-01T08:30:00+02:00",
        valueQuantity={"value": 972, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    ),
    a(
        "Observation",
        "stay",
        status="amended",
        code=coded("x", LOINC),
        effectivePeriod={"start": "2019-03-01", "end": "2019-03-20"},
        hasMember=[ref("Observation/rate")],
    ),
    a("RiskAssessment", "risk", status="final", prediction=[{"probabilityDecimal": 100}]),
)

QUERIES = (
    "Patient?_id=river",
    "Patient?identifier=urn:mrn|A1",
    "Patient?identifier=A1",
    "Patient?identifier=urn:mrn|",
    "Patient?active=true",
    "Patient?name=quill",
    "Patient?name:exact=Quillfeather",
    "Patient?name:contains=feath",
    "Patient?birthdate=1930",
    "Patient?birthdate=lt1931",
    "Patient?birthdate=ap1930-05",
    "Patient?gender=female&active=true",
    "Patient?gender:missing=false&identifier=A1",
    "Patient?organization:missing=false",
    "Patient?organization=Organization/clinic",
    "Patient?organization.name=clinic",
    "Patient?_tag=urn:tags|vip",
    "Patient?_profile=http://p.org/patient",
    "Patient?_profile:below=http://p.org",
    "Patient?_source=urn:feed:1",
    "Patient?_has:Observation:patient:code=http://loinc.org|8867-4",
    "Patient?_sort=-_lastUpdated&_count=3&_total=none",
    "Patient?_count=3&_total=none",
    "Observation?status=final&code=http://loinc.org|8867-4",
    "Observation?status=final&category=vital-signs&code:text=heart",
    "Observation?patient=river&_sort=-date",
    "Observation?patient=Patient/river&_include=Observation:subject&_include:iterate=Patient:organization",
    "Observation?patient.name=quill&status=final",
    "Observation?subject:Patient.organization.name=clinic",
    "Observation?date=2019-03-01",
    "Observation?date=2019-03",
    "Observation?date=le2019-03-20",
    "Observation?date=ap2019-03-02",
    "Observation?date=eb2019-03-02",
    "Observation?date=ge2019-01-01&date=lt2020-01-01",
    "Observation?value-quantity=972",
    "Observation?value-quantity=gt900||/min",
    "Observation?code-value-quantity=8867-4$gt60",
    "Observation?_id=rate&_revinclude=Observation:has-member",
    "RiskAssessment?probability=100",
    "?_type=Patient,Observation&_tag=vip",
)

FULL_TEXT = {"Patient?name:contains=feath": 400}
"""SQLite's trigram index grows by levels, each of which it steps through."""

FOUND_BEFORE = (
    r"\)\s+{name}\b",
    r"\b{name}\s*(\(\w+\))?\s+AS\s+\(",
    r"\b(step\d+|known|following)\s+{name}\b",
    r"\bphrase_trigram\s+{name}\b.*\b{name}\.text MATCH \?",
)
"""Where a name is given to what a part of the statement found, or to the full text index, which goes by its own trigrams."""


@dataclass
class Recorded:
    """A connection that remembers what was asked."""

    inner: WritingConnection
    asked: list[tuple[str, Params]] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    def execute(self, sql: str, params: Params = ()) -> None:
        self.inner.execute(sql, params)

    def many(self, sql: str, rows: Any) -> None:
        self.inner.many(sql, rows)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        self.asked.append((sql, params))
        return self.inner.rows(sql, params)

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        return self.rows(sql, params)

    def row(self, sql: str, params: Params = ()) -> Row | None:
        self.asked.append((sql, params))
        return self.inner.row(sql, params)


def others(count: int) -> Iterator[dict[str, Any]]:
    """Resources that share much with what is wanted, but are not it."""
    for n in range(count // 2):
        yield a(
            "Patient",
            f"p{n}",
            active=False,
            gender="female",
            birthDate=f"{1950 + n % 50}-{1 + n % 12:02}-{1 + n % 28:02}",
            identifier=[{"system": f"urn:mrn:{n % 100}", "value": f"B{n}"}],
            name=[{"family": f"Other{n}", "given": ["River" if n % 2 else "Sam"]}],
            meta={
                "tag": [{"system": "urn:tags", "code": "usual"}],
                "profile": ["http://p.net/patient"],
                "source": f"urn:feed:x{n}",
            },
        )
        yield a(
            "Observation",
            f"o{n}",
            status="final",
            category=[coded("vital-signs")],
            code=coded(f"{n % 50}-0", LOINC, display=f"Sign {n % 50}"),
            subject=ref(f"Patient/p{n}"),
            effectiveDateTime=f"20{20 + n % 6}-{1 + n % 12:02}-{1 + n % 28:02}T10:00:00Z",
            valueQuantity={"value": n % 100, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
        )


@dataclass(frozen=True)
class Sizes:
    """The same wanted resources beside few and beside many others."""

    few: Searched
    many: Searched


@pytest.fixture(scope="module", params=(*DATABASES, *(f"{one} analysed" for one in DATABASES if one == "postgresql")))
def sizes(request: pytest.FixtureRequest, filled: Callable[[str], Sizes]) -> Sizes:
    """PostgreSQL first without statistics, as after the first import."""
    kind, _, analysed = request.param.partition(" ")
    found = filled(kind)
    for searched in (found.few, found.many) if analysed else ():
        searched.connection.execute("ANALYZE")
        searched.connection.settle()
    return found


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Sizes]]:
    """Filled once for each database."""
    with ExitStack() as stack:
        yield cache(lambda kind: stack.enter_context(beside(request, kind)))


@contextmanager
def beside(request: pytest.FixtureRequest, kind: str) -> Iterator[Sizes]:
    for few in opened(request, kind):
        for many in opened(request, kind):
            for searched in (few, many):
                searched.add(*others(FEW))
            multiply(many, TIMES - 1)
            for searched in (few, many):
                searched.add(*WANTED)
            yield Sizes(few, many)


def statements(searched: Searched, query: str) -> list[tuple[str, Params]]:
    recorded = Recorded(searched.connection)
    found = Searched(recorded, now=searched.now).search(query)  # type: ignore[arg-type]
    assert found.matches
    return recorded.asked


@pytest.mark.parametrize("query", QUERIES)
def test_no_plan_scans_a_table(sizes: Sizes, query: str) -> None:
    for sql, params in statements(sizes.many, query):
        assert not scanned(sizes.many.connection, sql, params), sql


@pytest.mark.parametrize("query", QUERIES)
def test_beside_a_hundred_times_as_many_others_a_search_reads_no_more(sizes: Sizes, query: str) -> None:
    assert read(sizes.many, query) <= read(sizes.few, query) * 1.25 + FULL_TEXT.get(query, 40)


@pytest.mark.parametrize("query", ["Patient?gender=female&identifier=A1", "Observation?status=final&patient=river"])
def test_what_finds_few_by_its_nature_is_not_counted_first(sizes: Sizes, query: str) -> None:
    assert len(statements(sizes.many, query)) == 1


@pytest.mark.parametrize("system", ["urn:mrn", ""])
def test_who_has_an_identifier_is_found_along_the_index(sizes: Sizes, system: str) -> None:
    recorded = Recorded(sizes.many.connection)

    assert identified(recorded, "Patient", system, "A1") == "river"

    [(sql, params)] = recorded.asked
    assert not scanned(sizes.many.connection, sql, params)


@pytest.mark.parametrize("type", ["Patient", None])
def test_the_history_since_a_moment_reads_what_was_made_since_then(sizes: Sizes, type: str | None) -> None:
    assert read_history(sizes.many, type) <= read_history(sizes.few, type) * 1.25 + 40


def read_history(searched: Searched, type: str | None) -> int:
    """How much it reads to find what was wanted, which was written last."""
    since = NOW - timedelta(days=2) + timedelta(seconds=searched.sequence - len(WANTED) + 1)

    def look(connection: Any) -> None:
        types = ("Organization", "Patient", "Observation", "RiskAssessment")
        found = history(connection, type, None, since=since, at=None, before_sequence=None, count=100, types=types)
        assert len(found) == (1 if type else len(WANTED))

    if searched.connection.dialect == "sqlite":
        return _steps(searched, lambda: look(searched.connection))
    recorded = Recorded(searched.connection)
    look(recorded)
    return _rows_read(searched, recorded.asked)


def scanned(connection: WritingConnection, sql: str, params: Params) -> list[str]:
    """Steps of the plan that go through a whole table; going through what a part of the statement found is none."""
    if connection.dialect == "sqlite":
        plan = [str(row[3]) for row in connection.rows("EXPLAIN QUERY PLAN " + sql, params)]
        return [step for step in plan if step.startswith("SCAN") and not found_before(step, sql)]
    plan = connection.rows("EXPLAIN (FORMAT JSON) " + sql, params)[0][0]
    return [node["Node Type"] for node in _nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"]


def found_before(step: str, sql: str) -> bool:
    """Whether a step goes through what a part of the statement found, or through no table at all."""
    name = step.split()[1]
    return step == "SCAN CONSTANT ROW" or any(re.search(each.format(name=name), sql, re.DOTALL) for each in FOUND_BEFORE)


def test_a_table_with_a_short_name_is_not_taken_for_what_was_found() -> None:
    sql = "WITH step2 AS ( SELECT 1 ) SELECT d.rid FROM (SELECT rid FROM resource) d CROSS JOIN step2 t CROSS JOIN version v"

    assert [step for step in ("SCAN d", "SCAN t", "SCAN step2", "SCAN v", "SCAN resource") if not found_before(step, sql)] == [
        "SCAN v",
        "SCAN resource",
    ]


def read(searched: Searched, query: str) -> int:
    """How much a search does: steps of SQLite's machine, rows that PostgreSQL looks at."""
    asked = statements(searched, query)
    if searched.connection.dialect == "sqlite":
        return _steps(searched, lambda: searched.search(query))
    return _rows_read(searched, asked)


def _rows_read(searched: Searched, asked: Sequence[tuple[str, Params]]) -> int:
    total = 0
    for sql, params in asked:
        found = searched.connection.rows("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + sql, params)[0][0]
        total += sum(_rows(node) for node in _nodes(found[0]["Plan"]))
    return total


def _steps(searched: Searched, look: Callable[[], object]) -> int:
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    raw = searched.connection.raw  # type: ignore[attr-defined]
    raw.set_progress_handler(step, 1)
    look()
    raw.set_progress_handler(None, 0)
    return count


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _rows(node: dict[str, Any]) -> int:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])
