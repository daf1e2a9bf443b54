"""Any combination of criteria finds what the plainest reading of the resources finds. On both databases."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import DATABASES
from tests.contracts.searching import Searched, a, coded, opened, ref

Resource = dict[str, Any]
Test = Callable[[Resource], bool]
Asked = tuple[str, Test]
"""`name=value` of a query, and whether a resource fulfils it."""

DATES = ("2020", "2021", "2020-01", "2020-02", "2020-01-15", "2020-02-29", "2021-01-01", "2020-01-15T10:00:00Z")
NAMES = ("Anna", "Ännchen", "Ben", "Bo", "Cara")
CODES = ("x", "y", "z")
SYSTEMS = ("", "urn:a", "urn:b")
GENDERS = ("male", "female", "other")


def a_world() -> list[Resource]:
    chance = random.Random(20261123)
    patients = [a_patient(chance, f"p{n}") for n in range(25)]
    return patients + [an_observation(chance, f"o{n}", [patient["id"] for patient in patients]) for n in range(80)]


def a_patient(chance: random.Random, id: str) -> Resource:
    found = a("Patient", id)
    if chance.random() < 0.8:
        found["gender"] = chance.choice(GENDERS)
    if chance.random() < 0.8:
        found["name"] = [{"family": chance.choice(NAMES)} for _ in range(chance.randint(1, 2))]
    return found


def an_observation(chance: random.Random, id: str, patients: list[str]) -> Resource:
    code = coded(chance.choice(CODES), chance.choice(SYSTEMS))
    found = a("Observation", id, status=chance.choice(("final", "amended")), code=code)
    if chance.random() < 0.8:
        found["subject"] = ref(f"Patient/{chance.choice(patients)}")
    if chance.random() < 0.4:
        found["effectiveDateTime"] = chance.choice(DATES)
    elif chance.random() < 0.7:
        ends = sorted(chance.sample([day for day in DATES if len(day) == 10], 2))
        found["effectivePeriod"] = {key: end for key, end in zip(("start", "end"), ends, strict=True) if chance.random() < 0.8}
    if chance.random() < 0.8:
        found["valueQuantity"] = {"value": chance.choice((1, 1.5, 2, 10, 99.5, 100, 100.5)), "unit": chance.choice(("mg", "kg"))}
    return {key: value for key, value in found.items() if value}


WORLD = a_world()
PATIENTS = {resource["id"]: resource for resource in WORLD if resource["resourceType"] == "Patient"}


def moments(text: str) -> tuple[datetime, datetime]:
    """What a date covers, by the calendar."""
    if "T" in text:
        begin = datetime.fromisoformat(text)
        return begin, begin + timedelta(seconds=1)
    year, month, day = [*map(int, text.split("-")), 0, 0][:3]
    begin = datetime.combine(date(year, month or 1, day or 1), datetime.min.time(), UTC)
    if day:
        return begin, begin + timedelta(days=1)
    following = date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
    return begin, datetime.combine(following, datetime.min.time(), UTC)


def when(resource: Resource) -> tuple[datetime, datetime] | None:
    if "effectiveDateTime" in resource:
        return moments(resource["effectiveDateTime"])
    period = resource.get("effectivePeriod")
    if not period:
        return None
    low = moments(period["start"])[0] if "start" in period else datetime.min.replace(tzinfo=UTC)
    return low, moments(period["end"])[1] if "end" in period else datetime.max.replace(tzinfo=UTC)


def compared(prefix: str, low: datetime, high: datetime, wanted_low: datetime, wanted_high: datetime) -> bool:
    """http://hl7.org/fhir/R4/search.html#prefix, word by word."""
    inside = wanted_low <= low and high <= wanted_high
    return {
        "eq": inside,
        "ne": not inside,
        "gt": high > wanted_high,
        "lt": low < wanted_low,
        "ge": high > wanted_high or inside,
        "le": low < wanted_low or inside,
        "sa": low >= wanted_high,
        "eb": high <= wanted_low,
    }[prefix]


def dated(prefix: str, text: str) -> Asked:
    def holds(resource: Resource) -> bool:
        found = when(resource)
        return found is not None and compared(prefix, *found, *moments(text))

    return f"date={prefix}{text}", holds


def coded_as(system: str | None, codes: list[str], *, negated: bool) -> Asked:
    def holds(resource: Resource) -> bool:
        coding = resource["code"]["coding"][0]
        found = coding["code"] in codes and system in (None, coding.get("system", ""))
        return found != negated

    values = ",".join(code if system is None else f"{system}|{code}" for code in codes)
    return f"code{':not' if negated else ''}={values}", holds


def measured(prefix: str, value: int, unit: str) -> Asked:
    def holds(resource: Resource) -> bool:
        quantity = resource.get("valueQuantity")
        if quantity is None or unit not in ("", quantity["unit"]):
            return False
        number = quantity["value"]
        near = value - 0.5 <= number < value + 0.5
        orders = {
            "eq": near,
            "ne": not near,
            "gt": number > value,
            "lt": number < value,
            "ge": number >= value,
            "le": number <= value,
        }
        return bool(orders[prefix])

    return f"value-quantity={prefix}{value}" + (f"||{unit}" if unit else ""), holds


def of_patient(id: str) -> Asked:
    return f"patient={id}", lambda resource: resource.get("subject") == ref(f"Patient/{id}")


def missing(element: str, parameter: str, *, value: bool) -> Asked:
    return f"{parameter}:missing={str(value).lower()}", lambda resource: (element not in resource) == value


def named(name: str) -> Asked:
    plain = {"Ä": "a"}

    def folded(text: str) -> str:
        return "".join(plain.get(letter, letter) for letter in text).lower()

    def holds(resource: Resource) -> bool:
        patient = PATIENTS.get(resource.get("subject", {}).get("reference", "/").split("/")[1], {})
        return any(folded(one["family"]).startswith(folded(name)) for one in patient.get("name", ()))

    return f"patient.name={name}", holds


def gendered(gender: str) -> Asked:
    def holds(resource: Resource) -> bool:
        return PATIENTS.get(resource.get("subject", {}).get("reference", "/").split("/")[1], {}).get("gender") == gender

    return f"subject:Patient.gender={gender}", holds


CRITERIA = st.one_of(
    st.builds(dated, st.sampled_from(("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")), st.sampled_from(DATES)),
    st.builds(
        coded_as,
        st.sampled_from((None, *SYSTEMS)),
        st.lists(st.sampled_from(CODES), min_size=1, max_size=2, unique=True),
        negated=st.booleans(),
    ),
    st.builds(
        measured, st.sampled_from(("eq", "ne", "gt", "lt", "ge", "le")), st.sampled_from((1, 2, 100)), st.sampled_from(("", "mg"))
    ),
    st.builds(of_patient, st.sampled_from(sorted(PATIENTS))),
    st.builds(missing, st.just("valueQuantity"), st.just("value-quantity"), value=st.booleans()),
    st.builds(missing, st.just("subject"), st.just("subject"), value=st.booleans()),
    st.builds(named, st.sampled_from((*NAMES, "b", "an"))),
    st.builds(gendered, st.sampled_from(GENDERS)),
)


@pytest.fixture(scope="module", params=DATABASES)
def searched(request: pytest.FixtureRequest) -> Iterator[Searched]:
    for one in opened(request, request.param):
        one.add(*WORLD)
        yield one


@given(asked=st.lists(CRITERIA, min_size=1, max_size=4), sort=st.sampled_from(("", "date", "-value-quantity", "code,-date")))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_search_finds_what_reading_every_resource_finds(searched: Searched, asked: list[Asked], sort: str) -> None:
    query = "Observation?" + "&".join(criterion.replace("|", "%7C") for criterion, _ in asked)
    expected = [
        resource["id"]
        for resource in WORLD
        if resource["resourceType"] == "Observation" and all(holds(resource) for _, holds in asked)
    ]

    pages = searched.pages(f"{query}&_count=7" + (f"&_sort={sort}" if sort else ""))

    assert sorted(id for page in pages for id in page) == sorted(expected)
    assert searched.search(f"{query}&_summary=count").total == len(expected)
