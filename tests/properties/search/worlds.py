"""Small worlds of resources that refer to each other, and the words that both they and searches are made of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.properties.search.reading import BASE
from tests.properties.search.values import Resource

IDS = ("a", "b", "c")
CODES = ("x", "y", "X", "x,y", "p|q")
SYSTEMS = ("urn:a", "urn:b")
UNITS = ("mg", "kg")
NAMES = ("Anna", "Ännchen", "ann", "Ben Bo", "O'Neil", "Østergård", "50%_", "Straße", "李")
DATES = (
    "2020", "2021", "2019-12", "2020-01", "2020-02", "2020-02-29", "2020-01-15", "2020-01-15T10:00:00Z",
    "2020-01-15T12:00:00+02:00", "2020-01-15T10:00:00.500Z", "2020-01-01T00:30:00+01:00", "2020-12-31T23:59:59Z",
)  # fmt: skip
DAYS = tuple(date for date in DATES if "T" not in date)
URLS = ("http://x.example/q", "http://x.example/q/1", "http://x.example/q/1/2", "http://x.example/qq", "urn:uuid:x")
NUMBERS = (0, 1, 1.5, 2, 5.35, 5.4, 10, 99.5, 100, 100.4, 100.5, -1, -5.4, 178.88023499217553)
RISKS = (0, 0.05, 0.1, 0.5, 0.55, 1)


def present(required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Resource]:
    return st.fixed_dictionaries(required, optional=optional)


def some(one: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=1, max_size=2)


codings = present({"code": st.sampled_from(CODES)}, system=st.sampled_from(SYSTEMS), display=st.sampled_from(NAMES))
concepts = present({"coding": some(codings)}, text=st.sampled_from(NAMES))
identifiers = present({"value": st.sampled_from(CODES)}, system=st.sampled_from(SYSTEMS), type=concepts)
periods = st.builds(
    lambda two, open_end: {**({"start": two[0]} if open_end != 0 else {}), **({"end": two[1]} if open_end != 1 else {})},
    st.sampled_from([(one, other) for one in DATES for other in DATES if one[:7] <= other[:7] or one[:4] < other[:4]]),
    st.integers(0, 3),
)
quantities = present(
    {"value": st.sampled_from(NUMBERS)},
    unit=st.sampled_from(UNITS),
    comparator=st.sampled_from(("<", ">=")),
) | st.builds(
    lambda value, unit: {"value": value, "unit": "words", "system": "urn:u", "code": unit},
    st.sampled_from(NUMBERS),
    st.sampled_from(UNITS),
)  # fmt: skip


def to(*types: str) -> st.SearchStrategy[Resource]:
    """A reference in one of its forms: within, versioned, with an address, by an identifier only."""
    within = [f"{type}/{id}" for type in types for id in IDS]
    written = [
        form for one in within for form in (one, one, f"{one}/_history/2", f"http://else.example/fhir/{one}", f"{BASE}/{one}")
    ]
    return st.sampled_from(written).map(lambda reference: {"reference": reference}) | identifiers.map(
        lambda one: {"identifier": one}
    )


def near(*types: str) -> st.SearchStrategy[Resource]:
    """A reference as chains follow it."""
    within = [f"{type}/{id}" for type in types for id in IDS]
    return st.sampled_from([form for one in within for form in (one, f"{one}/_history/2")]).map(lambda one: {"reference": one})


names = present({}, family=st.sampled_from(NAMES), given=some(st.sampled_from(NAMES)), text=st.sampled_from(NAMES)).filter(bool)

RESOURCES: dict[str, st.SearchStrategy[Resource]] = {
    "Patient": present(
        {},
        active=st.booleans(),
        gender=st.sampled_from(("male", "female", "other")),
        identifier=some(identifiers),
        name=some(names),
        birthDate=st.sampled_from(DAYS),
        managingOrganization=to("Organization"),
        link=some(near("Patient").map(lambda other: {"other": other, "type": "seealso"})),
    ),
    "Observation": present(
        {"code": concepts, "status": st.sampled_from(("final", "preliminary"))},
        category=some(concepts),
        effectiveDateTime=st.sampled_from(DATES),
        valueQuantity=quantities,
        subject=near("Patient") | to("Patient"),
        hasMember=some(near("Observation")),
        component=some(present({"code": concepts}, valueQuantity=quantities)),
    )
    | present({"code": concepts, "status": st.just("amended")}, effectivePeriod=periods, valueString=st.sampled_from(NAMES)),
    "Organization": present(
        {"name": st.sampled_from(NAMES)},
        alias=some(st.sampled_from(NAMES)),
        partOf=near("Organization"),
        identifier=some(identifiers),
    ),
    "RiskAssessment": present(
        {"subject": near("Patient"), "status": st.just("final")},
        occurrenceDateTime=st.sampled_from(DATES),
        prediction=some(
            st.sampled_from(RISKS).map(lambda value: {"probabilityDecimal": value})
            | st.tuples(st.sampled_from(RISKS), st.sampled_from(RISKS)).map(
                lambda ends: {"probabilityRange": {"low": {"value": min(ends)}, "high": {"value": max(ends)}}}
            )
        ),
    ),
    "Questionnaire": present(
        {"status": st.just("draft")},
        url=st.sampled_from(URLS),
        title=st.sampled_from(NAMES),
        effectivePeriod=periods,
    ),
}


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Resource]:
    """Up to three resources of each type."""
    found = {}
    for type, resources in RESOURCES.items():
        for id in draw(st.sets(st.sampled_from(IDS), min_size=1)):
            found[f"{type}/{id}"] = {"resourceType": type, "id": id, **draw(resources)}
    return found
