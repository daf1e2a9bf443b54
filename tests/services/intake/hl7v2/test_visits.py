"""A visit ends as its events say, whatever the order in which the messages come in."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.hl7v2.mapping import visits
from tests.conftest import DATABASES
from tests.services.intake.hl7v2.feeding import a_message, feed, the_visit
from tests.services.town import Resource, Running

LIFE_CYCLE = ("A05", "A01", "A02", "A03", "A13", "A11")


def an_event(event: str, at: int, place: str = "Location/ward", **said: Any) -> visits.Event:
    return {"event": event, "at": at, "when": f"2026-05-11T14:{at:02}:00Z", "patient": "river", "place": place} | said


def folded(events: list[visits.Event]) -> Resource:
    """What they make of the visit, arriving in this order."""
    known: list[visits.Event] = []
    for count, event in enumerate(events):
        known = visits.with_event(known, event | {"n": count})
    return visits.elements(visits.visit(known))


def test_every_order_of_a_life_cycle_ends_the_same() -> None:
    events = [an_event(name, at, place=f"Location/{at // 2}") for at, name in enumerate(LIFE_CYCLE)]

    ends = {str(folded(list(order))) for order in permutations(events)}

    assert len(ends) == 1
    assert folded(events)["status"] == "cancelled"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("A05", "planned"),
        ("A14", "planned"),
        ("A04", "in-progress"),
        ("A01 A03", "finished"),
        ("A01 A03 A13", "in-progress"),
        ("A01 A02 A12", "in-progress"),
        ("A01 A11", "cancelled"),
        ("A14 A27", "cancelled"),
        ("A05 A14 A27", "planned"),
        ("A04 A14", "in-progress"),
        ("A04 A14 A27", "in-progress"),
        ("A05 A15", "planned"),
        ("A01 A16 A25", "in-progress"),
        ("A01 A03 A08", "finished"),
        ("A15", "in-progress"),
        ("A09", "in-progress"),
    ],
)
def test_the_last_event_that_says_a_status_holds(said: str, status: str) -> None:
    events = [an_event(name, at) for at, name in enumerate(said.split())]

    assert folded(events)["status"] == status


@pytest.mark.parametrize(("kind", "status"), [("P", "planned"), ("I", "in-progress"), ("U", "unknown")])
def test_where_no_event_says_it_the_class_does(kind: str, status: str) -> None:
    code = {"P": "PRENC", "I": "IMP", "U": "U"}[kind]

    assert folded([an_event("A08", 1) | {"class": {"code": code}}])["status"] == status


def test_a_visit_that_has_an_end_and_no_event_is_over() -> None:
    assert folded([an_event("A08", 5, end=["2026-05-11T14:04:00Z", 4])])["status"] == "finished"


def test_a_transfer_moves_the_history_of_places_on_and_is_undone() -> None:
    stay, transfer = an_event("A01", 1, "Location/a"), an_event("A02", 2, "Location/b")
    undone = an_event("A12", 3, "Location/a")

    moved, back = folded([stay, transfer])["location"], folded([undone, transfer, stay])["location"]

    assert moved == [
        {
            "location": {"reference": "Location/a"},
            "status": "completed",
            "period": {"start": "2026-05-11T14:01:00Z", "end": "2026-05-11T14:02:00Z"},
        },
        {"location": {"reference": "Location/b"}, "status": "active", "period": {"start": "2026-05-11T14:02:00Z"}},
    ]
    assert back == [{"location": {"reference": "Location/a"}, "status": "active", "period": {"start": "2026-05-11T14:01:00Z"}}]


def test_a_planned_place_was_never_a_stay() -> None:
    planned, here = an_event("A05", 1, "Location/a"), an_event("A01", 2, "Location/b")

    assert folded([planned])["location"] == [{"location": {"reference": "Location/a"}, "status": "planned"}]
    assert [each["location"]["reference"] for each in folded([planned, here])["location"]] == ["Location/b"]


def test_a_pending_transfer_is_a_planned_place_until_it_is_undone_or_done() -> None:
    here, pending = an_event("A01", 1, "Location/a"), an_event("A15", 2, "Location/a", pending=["Location/b"])

    def places(*events: visits.Event) -> list[tuple[str, str]]:
        return [(each["location"]["reference"], each["status"]) for each in folded([here, pending, *events])["location"]]

    assert places() == [("Location/a", "active"), ("Location/b", "planned")]
    assert places(an_event("A26", 3, "Location/a")) == [("Location/a", "active")]
    assert places(an_event("A02", 3, "Location/b")) == [("Location/a", "completed"), ("Location/b", "active")]


def test_a_class_that_changes_is_history() -> None:
    outpatient, inpatient = {"code": "AMB"}, {"code": "IMP"}
    events = [an_event("A04", 1) | {"class": outpatient}, an_event("A06", 2) | {"class": inpatient}]

    visit = folded(events)

    assert visit["class"] == inpatient
    assert visit["classHistory"] == [
        {"class": outpatient, "period": {"start": "2026-05-11T14:01:00Z", "end": "2026-05-11T14:02:00Z"}}
    ]


EVENTS = st.tuples(
    st.sampled_from([*visits.EFFECTS, "A08", "A31", "A45"]), st.sampled_from(["Location/a", "Location/b", "Location/c", ""])
)


@given(st.lists(EVENTS, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_no_order_of_arrival_changes_what_a_visit_is(happened: list[tuple[str, str]], chance: random.Random) -> None:
    events = [an_event(name, at, place) for at, (name, place) in enumerate(happened)]
    arrived = list(events)
    chance.shuffle(arrived)

    assert folded(arrived) == folded(events)


@given(st.lists(EVENTS, min_size=1, max_size=30))
def test_at_one_instant_the_order_of_arrival_holds(happened: list[tuple[str, str]]) -> None:
    together = [an_event(name, 0, place) for name, place in happened]
    apart = [an_event(name, at, place) for at, (name, place) in enumerate(happened)]

    assert folded(together)["status"] == folded(apart)["status"]


def test_of_a_long_stay_what_adds_nothing_is_not_kept() -> None:
    """A word every hour for three weeks: what is older than a week is told by its first and last."""
    hour = 3600 * 1_000_000
    events = [an_event("A08", number * hour, "Location/a" if number < 300 else "Location/b") for number in range(500)]
    known: list[visits.Event] = []

    for count, event in enumerate(events):
        known = visits.with_event(known, event | {"n": count})

    assert len(known) < 200
    assert visits.elements(visits.visit(known)) == visits.elements(visits.visit(events))


@pytest.mark.parametrize("new_url", DATABASES, indirect=True)
@pytest.mark.parametrize("order", [LIFE_CYCLE, LIFE_CYCLE[::-1], ("A03", "A11", "A05", "A13", "A01", "A02")])
async def test_a_feed_in_any_order_leaves_one_encounter(intake: Running, order: tuple[str, ...]) -> None:
    messages = {
        event: a_message(event, at=f"202605{day:02}120000", place=f"WARD{day // 3}^1^1^HOSP")
        for day, event in enumerate(LIFE_CYCLE, start=1)
    }

    await feed(intake, *(messages[event] for event in order))

    visit = await the_visit(intake)
    assert visit["status"] == "cancelled"
    assert [place["location"]["reference"] for place in visit["location"]] != []
    assert await intake.count("Encounter?") == 1
    assert await intake.count("Patient?") == 1


async def test_each_change_is_a_version_and_what_changes_nothing_is_none(intake: Running) -> None:
    admitted, moved = a_message("A01", at="20260511140000"), a_message("A02", at="20260511150000", place="WARD5^1^1^HOSP")

    await feed(intake, admitted, moved, moved, admitted)

    assert (await the_visit(intake))["meta"]["versionId"] == "2"
