"""How a search answers: order, pages, totals, what is included, who may see what, and what is refused. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from shared.fhir.caller import Caller
from shared.fhir.refusal import Malformed
from tests.conftest import DATABASES
from tests.contracts.searching import Searched, a, coded, opened, ref


@dataclass(frozen=True, slots=True)
class OnlyPatients(Caller):
    """A caller who sees what is about certain patients."""

    def within(self, type: str) -> str | None:
        ids = ",".join(sorted(self.patients))
        return f"_id={ids}" if type == "Patient" else f"patient={ids}" if type in ("Observation", "Condition") else None


def observation(id: str, patient: str = "river", code: str = "x", **elements: object) -> dict[str, object]:
    return a("Observation", id, status="final", code=coded(code), subject=ref(f"Patient/{patient}"), **elements)


PLACE = (
    a("Organization", "north", name="North", partOf=ref("Organization/board")),
    a("Organization", "board", name="Board"),
    a("Patient", "river", name=[{"family": "Brown"}], birthDate="1990", managingOrganization=ref("Organization/north")),
    a("Patient", "sam", name=[{"family": "Adams"}, {"family": "Zander"}], birthDate="1980"),
    a("Patient", "kim", name=[{"family": "Brown"}]),
    observation("o1", effectiveDateTime="2026-01-01", valueQuantity={"value": 5}),
    observation("o2", "sam", "y", effectiveDateTime="2026-01-03", valueQuantity={"value": 3}),
    observation("o3", hasMember=[ref("Observation/o1")], effectiveDateTime="2026-01-02"),
    a("Encounter", "e1", status="planned", **{"class": {"code": "AMB"}}, subject=ref("Patient/river")),
    a("PlanDefinition", "walk", url="http://plans.org/walk", status="active"),
    a(
        "CarePlan",
        "plan",
        status="active",
        intent="plan",
        subject=ref("Patient/river"),
        instantiatesCanonical=["http://plans.org/walk|1"],
    ),
)


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest) -> Iterator[Searched]:
    for one in opened(request, request.param):
        one.add(*PLACE)
        yield one


SORTED = {
    "Patient?_sort=name": "sam river kim",
    "Patient?_sort=-name": "sam kim river",
    "Patient?_sort=name,birthdate": "sam river kim",
    "Patient?_sort=birthdate": "sam river kim",
    "Patient?_sort=-birthdate": "river sam kim",
    "Patient?_sort=-_lastUpdated": "kim sam river",
    "Patient?_sort=_id": "kim river sam",
    "Observation?_sort=-date": "o2 o3 o1",
    "Observation?_sort=value-quantity": "o2 o1 o3",
    "Observation?_sort=code,-date": "o3 o1 o2",
    "Observation?_sort=patient,_lastUpdated": "o1 o3 o2",
    "Observation?patient=river&_sort=-_id": "o3 o1",
}


@pytest.mark.parametrize(("query", "expected"), SORTED.items())
def test_matches_are_in_the_order_asked_for(place: Searched, query: str, expected: str) -> None:
    assert place.found(query) == expected.split()


@pytest.mark.parametrize(
    "query", [*SORTED, "Patient?", "Observation?status=final", "?_type=Patient,Observation", "?_sort=_lastUpdated", "?"]
)
def test_pages_together_are_the_whole_in_the_same_order(place: Searched, query: str) -> None:
    whole = place.search(query).matches

    for count in (1, 2, 3):
        pages = place.pages(f"{query}&_count={count}")

        assert [id for page in pages for id in page] == [version.id for version in whole]
        assert all(len(page) == count for page in pages[:-1])


@pytest.mark.parametrize("order", ["", "&_sort=_lastUpdated", "&_sort=-_lastUpdated", "&_sort=status,-_lastUpdated"])
@pytest.mark.parametrize("query", ["Observation?status=final", "Observation?", "?_type=Observation,Encounter"])
def test_what_was_there_all_the_time_is_on_one_page_whatever_is_written_meanwhile(
    place: Searched, query: str, order: str
) -> None:
    place.add(*(observation(f"n{n:02}") for n in range(20)))
    query = f"{query}&_count=5{order if 'type' not in query else order.replace('status,', '')}"
    page = place.search(query)
    seen = [version.id for version in page.matches]

    place.add(*(observation(f"new{n}") for n in range(5)))
    place.delete("Observation/n07")
    while page.next_cursor:
        place.add(
            observation("n01", code="changed"), observation("n15", code="changed"), observation("o2", code=f"now{len(seen)}")
        )
        page = place.search(query, page.next_cursor)
        seen += [version.id for version in page.matches]

    always = {"o1", "o2", "o3"} | {f"n{n:02}" for n in range(20)} - {"n07"}
    assert always <= set(seen)
    assert len(seen) == len(set(seen))


def test_the_total_is_there_unless_it_is_not_wanted(place: Searched) -> None:
    assert place.search("Patient?_count=1").total == 3
    assert place.search("Patient?_count=1&_total=none").total is None
    assert place.search("Patient?_count=1", place.search("Patient?_count=1").next_cursor).total == 3
    assert place.search("Patient?name=brown&_count=0").total == 2
    assert place.search("Patient?name=brown&_summary=count").matches == []
    assert place.search("?_type=Patient,Observation&_count=0").total == 6


def test_a_deleted_resource_is_not_found_and_keeps_no_index_rows(place: Searched) -> None:
    place.delete("Observation/o1")

    assert place.found("Observation?patient=river") == ["o3"]
    assert place.found("Observation?_id=o1") == []
    assert "o1" not in place.found("Observation?")
    for table in ("token_index", "reference_index", "date_index", "string_index", "quantity_index"):
        assert place.connection.rows(f"SELECT 1 FROM {table} i JOIN resource r ON r.rid = i.rid WHERE r.id = 'o1'") == []


def test_a_changed_resource_is_found_as_it_is_now(place: Searched) -> None:
    place.add(observation("o1", "sam", "z"))

    assert place.found("Observation?code=x") == ["o3"]
    assert place.found("Observation?code=z&patient=sam") == ["o1"]
    assert place.found("Observation?date:missing=true") == ["o1"]


INCLUDED = {
    "Observation?_id=o1&_include=Observation:subject": "Patient/river",
    "Observation?_id=o1&_include=Observation:patient:Patient": "Patient/river",
    "Observation?_id=o1&_include=Observation:subject:Group": "",
    "Observation?_id=o3&_include=*": "Patient/river Observation/o1",
    "Observation?_id=o3&_include=Observation:*": "Patient/river Observation/o1",
    "Observation?_id=o1&_include=Observation:subject&_include:iterate=Patient:*": "Patient/river Organization/north",
    "Patient?_id=river&_include=Patient:*&_include:iterate=Organization:partof": "Organization/north Organization/board",
    "Observation?_id=o1&_include=Observation:subject&_include=Patient:organization": "Patient/river",
    "Patient?_id=river&_revinclude=Observation:subject": "Observation/o1 Observation/o3",
    "Patient?_id=river&_revinclude=CarePlan:subject&_revinclude=Encounter:patient": "CarePlan/plan Encounter/e1",
    "Patient?_id=river&_revinclude=*": "Observation/o1 Observation/o3 Encounter/e1 CarePlan/plan",
    "Organization?_id=north&_revinclude=Patient:organization&_revinclude:iterate=Observation:patient": (
        "Patient/river Observation/o1 Observation/o3"
    ),
    "Observation?patient=river&_include=Observation:has-member": "",
    "CarePlan?_id=plan&_include=CarePlan:instantiates-canonical": "PlanDefinition/walk",
}


@pytest.mark.parametrize(("query", "expected"), INCLUDED.items())
def test_what_is_referred_to_comes_along_once(place: Searched, query: str, expected: str) -> None:
    found = place.search(query)

    assert sorted(version.reference for version in found.included) == sorted(expected.split())


def test_a_caller_sees_only_what_lies_within_their_limits(place: Searched) -> None:
    limited = replace(place, caller=OnlyPatients("ann", patients=frozenset({"sam"})))

    assert limited.found("Observation?") == ["o2"]
    assert limited.found("Observation?code=x") == []
    assert limited.found("Patient?name=brown,adams") == ["sam"]
    assert limited.found("Encounter?patient.name=brown") == []
    assert limited.found("Organization?_has:Patient:organization:name=brown") == []
    assert limited.included("Encounter?_include=Encounter:patient") == set()
    assert limited.included("Patient?_revinclude=Observation:patient") == {"Observation/o2"}
    assert limited.search("Observation?_summary=count").total == 1
    assert limited.ids("Patient?name=brown") == []


def test_conditional_forms_get_two_ids_at_most(place: Searched) -> None:
    assert place.ids("Patient?name=adams") == ["sam"]
    assert len(place.ids("Observation?status=final")) == 2
    with pytest.raises(Malformed, match="unheard-of"):
        place.ids("Patient?unheard-of=1")


def test_a_search_of_everything_looks_at_every_type_there_is(place: Searched) -> None:
    assert place.search("?_count=100").total == len(PLACE)
    assert sorted(place.found("?_id=river,o1")) == ["o1", "river"]
    assert sorted(place.found("?_type=Patient,Encounter&_lastUpdated=gt2020")) == ["e1", "kim", "river", "sam"]


def test_a_cursor_of_another_search_is_refused(place: Searched) -> None:
    cursor = place.search("Patient?_count=1").next_cursor

    for query, text in (("Patient?_count=1&_sort=name", cursor), ("Patient?_count=1", "nonsense"), ("Patient?_count=1", "W10")):
        with pytest.raises(Malformed, match="_cursor"):
            place.search(query, text)
