"""A search finds exactly what a reading of the standard finds in the same resources. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from shared.fhir.query import parse
from shared.store.search import find
from tests.conftest import DATABASES
from tests.contracts.searching import Searched, opened
from tests.properties.search.asking import SORTS, Pair, criteria, includes
from tests.properties.search.crowd import CROWD
from tests.properties.search.reading import BASE, NOW, PREFIXES, holds, included, order
from tests.properties.search.values import Resource
from tests.properties.search.worlds import worlds

TABLES = ("resource", "version", "token_index", "reference_index", "date_index", "string_index", "quantity_index")
FEW = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
"""The same examples every time, so that `make test` takes as long and says the same; a longer run raises `max_examples`."""


@pytest.fixture(scope="module", params=DATABASES)
def searched(request: pytest.FixtureRequest) -> Iterator[Searched]:
    yield from opened(request, request.param)


@given(world=worlds(), data=st.data())
@settings(FEW, max_examples=80)
def test_a_search_finds_what_a_reading_of_the_standard_finds(
    searched: Searched, world: dict[str, Resource], data: st.DataObject
) -> None:
    become(searched, world)
    for _ in range(8):
        type = data.draw(st.sampled_from(sorted(SORTS)))
        pairs = data.draw(st.lists(criteria(type), min_size=1, max_size=3))
        note(f"{type}?{pairs}")

        found = pages(searched, type, pairs, count=1000)[0]

        assert sorted(found) == sorted(expected(world, type, pairs))


@given(world=worlds(), data=st.data())
@settings(FEW, max_examples=50)
def test_pages_together_are_the_whole_in_its_order(searched: Searched, world: dict[str, Resource], data: st.DataObject) -> None:
    become(searched, world)
    for _ in range(4):
        type = data.draw(st.sampled_from(sorted(SORTS)))
        keys = data.draw(st.sampled_from(SORTS[type]))
        pairs = data.draw(st.lists(criteria(type), max_size=1)) + ([("_sort", keys)] if keys else [])
        note(f"{type}?{pairs}")

        [whole] = pages(searched, type, pairs, count=1000)
        one_by_one = pages(searched, type, pairs, count=data.draw(st.integers(1, 2)))

        assert [id for page in one_by_one for id in page] == whole
        assert in_order([world[f"{type}/{id}"] for id in whole], keys)


@given(world=worlds(), data=st.data())
@settings(FEW, max_examples=60)
def test_what_comes_with_the_matches_is_what_references_lead_to(
    searched: Searched, world: dict[str, Resource], data: st.DataObject
) -> None:
    become(searched, world)
    for _ in range(5):
        type = data.draw(st.sampled_from(("Patient", "Observation", "Organization", "RiskAssessment")))
        pairs = data.draw(st.lists(criteria(type), max_size=1))
        wanted = data.draw(includes(type))
        note(f"{type}?{pairs}&{wanted}")

        answer = find(searched, parse(type, [*pairs, *wanted, ("_count", "1000")], now=searched.now, base=BASE))

        matches = [world[f"{type}/{id}"] for id in expected(world, type, pairs)]
        assert {one.reference for one in answer.included} == included(world, matches, wanted)


@given(world=worlds(), data=st.data())
@settings(FEW, max_examples=30)
def test_when_a_resource_was_written_is_compared_like_any_date(
    searched: Searched, world: dict[str, Resource], data: st.DataObject
) -> None:
    become(searched, world)
    moments = {name: (NOW - timedelta(days=2) + timedelta(seconds=rid)).isoformat() for name, (rid, _) in searched.rids.items()}
    dated = {name: one | {"meta": {"lastUpdated": moments[name]}} for name, one in world.items()}
    for _ in range(6):
        type = data.draw(st.sampled_from(sorted(SORTS)))
        values = st.builds("{}{}".format, st.sampled_from(("", *PREFIXES)), st.sampled_from([*moments.values(), "2026-11-21"]))
        asked = [("_lastUpdated", data.draw(st.lists(values, min_size=1, max_size=2).map(",".join)))]
        asked += data.draw(st.lists(criteria(type), max_size=1))
        note(f"{type}?{asked}")

        assert sorted(pages(searched, type, asked, count=1000)[0]) == sorted(expected(dated, type, asked))


@given(data=st.data())
@settings(FEW, max_examples=25)
def test_a_search_finds_the_same_among_many(searched: Searched, data: st.DataObject) -> None:
    """More resources than fit on a page, of few words, so that any combination of criteria has matches."""
    if not set(CROWD) <= set(searched.rids):
        become(searched, CROWD)
    for _ in range(6):
        pairs = data.draw(st.lists(criteria("Observation"), min_size=1, max_size=4))
        keys = data.draw(st.sampled_from(SORTS["Observation"]))
        note(f"Observation?{pairs}&_sort={keys}")

        found = pages(searched, "Observation", pairs + ([("_sort", keys)] if keys else []), count=7)

        ids = [id for page in found for id in page]
        assert sorted(ids) == sorted(expected(CROWD, "Observation", pairs))
        assert in_order([CROWD[f"Observation/{id}"] for id in ids], keys)


def become(searched: Searched, world: dict[str, Resource]) -> None:
    """Have the database hold this world and nothing else."""
    searched.connection.begin()
    for table in TABLES:
        searched.connection.execute(f"DELETE FROM {table}")
    searched.connection.commit()
    searched.rids.clear()
    searched.add(*world.values())


def expected(world: dict[str, Resource], type: str, pairs: list[Pair]) -> list[str]:
    return [
        resource["id"]
        for resource in world.values()
        if resource["resourceType"] == type and all(holds(world, resource, *pair) for pair in pairs)
    ]


def pages(searched: Searched, type: str, pairs: list[Pair], count: int) -> list[list[str]]:
    """The ids of each page; the first may be empty. Totals must be right on all of them."""
    found: list[list[str]] = []
    totals, cursor = set(), ""
    while True:
        more = [("_cursor", cursor)] if cursor else []
        query = parse(type, [*pairs, ("_count", str(count)), *more], now=searched.now, base=BASE)
        assert not query.unknown
        answer = find(searched, query)
        found.append([version.id for version in answer.matches])
        totals.add(answer.total)
        if answer.next_cursor is None:
            assert totals == {sum(map(len, found))}
            return found
        cursor = answer.next_cursor


def in_order(resources: list[Resource], keys: str) -> bool:
    """Whether each comes before the next by the first key in which they differ; what has no value comes last."""
    return all(_may_follow(one, other, keys) for one, other in pairwise(resources))


def _may_follow(one: Resource, other: Resource, keys: str) -> bool:
    for key in filter(None, keys.split(",")):
        code, descending = key.removeprefix("-"), key.startswith("-")
        if code == "_lastUpdated":
            return True
        first: Any = order(one, code, descending=descending)
        second: Any = order(other, code, descending=descending)
        if first != second:
            return second is None or (first is not None and (first > second if descending else first < second))
    return True
