"""How far a chain may lead: every chain that is understood can be searched, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.fhir.query import parse
from shared.fhir.query.criteria import DEEPEST
from shared.fhir.refusal import Malformed
from tests.conftest import DATABASES
from tests.contracts.searching import Searched, a, coded, opened, ref

LAST = DEEPEST + 1
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module", params=DATABASES)
def searched(request: pytest.FixtureRequest) -> Iterator[Searched]:
    """Observations 0 to LAST, each with the next one for a member; the last one is about a patient, the others are not."""
    for one in opened(request, request.param):
        one.add(a("Patient", "p", name=[{"family": "Lundgren"}]), a("Observation", str(LAST), code=coded("end")))
        for place in reversed(range(LAST)):
            one.add(a("Observation", str(place), code=coded("x"), hasMember=[ref(f"Observation/{place + 1}")]))
        one.add(a("Task", "t", focus=ref("Observation/0")))
        yield one


FORWARD, BACKWARD = "has-member:Observation.", "_has:Observation:has-member:"
LEAVES = (
    "code=end",
    "code:not=x",
    "code:text=en",
    "value-quantity=5||mg",
    "date=ap2026",
    "date:missing=true",
    "_id=0,1",
    "_lastUpdated=gt2000",
    "subject:identifier=urn:a|b",
)


def test_the_longest_chain_forward_finds_the_first(searched: Searched) -> None:
    assert searched.found(f"Observation?{FORWARD * DEEPEST}code=end") == ["1"]


def test_the_longest_chain_backward_finds_the_last(searched: Searched) -> None:
    assert searched.found(f"Observation?{BACKWARD * DEEPEST}_id=0") == [str(DEEPEST)]


@pytest.mark.parametrize("type", ["Observation", ""])
@pytest.mark.parametrize("leaf", [*LEAVES, "subject:Patient.name:contains=und"])
def test_every_kind_of_value_may_stand_at_the_end_of_the_longest_chain(searched: Searched, type: str, leaf: str) -> None:
    links = DEEPEST - leaf.count(":Patient.")
    for first in ("", "_id=0,1,2&"):
        searched.found(f"{type}?{first}{BACKWARD * links}{leaf}")
        if type:
            searched.found(f"{type}?{first}{FORWARD * links}{leaf}")


def test_a_longer_chain_is_refused(searched: Searched) -> None:
    for query in (f"Observation?{FORWARD * LAST}code=x", f"Observation?{FORWARD}code=x&{FORWARD * LAST}code=x"):
        with pytest.raises(Malformed, match="links"):
            searched.found(query)


def test_a_reference_to_anything_leads_to_whatever_is_there(searched: Searched) -> None:
    assert searched.found("Task?focus.code=x") == ["t"]
    assert searched.found("Task?focus._tag=nothing") == []


def test_chains_that_may_mean_thousands_are_refused_before_they_are_made() -> None:
    """`derived-from` of many types leads to any type: five of them in a row would be a million chains."""
    many = "item." + "derived-from." * (DEEPEST - 1) + "status"

    with pytest.raises(Malformed, match="say which types"):
        parse("List", [(many, "x")], now=NOW)

    assert parse("List", [("item.subject.name", "x")], now=NOW).criteria["List"]
