"""Patients are merged and parted: what becomes of the two, whatever is said twice, the other way round or in a chain."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.merging import merge, unmerge
from shared.fhir.refusal import Conflict, Gone, NotFound, Unprocessable
from tests.services.building import a_patient
from tests.services.town import Resource, Running


async def with_patients(intake: Running, *ids: str, **elements: Any) -> None:
    for id in ids:
        await intake.save(a_patient(id=id) | elements)


async def merges(intake: Running, survivor: str, old: str) -> None:
    await intake.store.unit(lambda tx: merge(survivor, old, tx, "a message"))


async def parts(intake: Running, survivor: str, old: str) -> None:
    await intake.store.unit(lambda tx: unmerge(survivor, old, tx, "a person"))


async def patient(intake: Running, id: str) -> Resource:
    found = await intake.read("Patient", id)
    assert found is not None
    return found


async def content(intake: Running, id: str) -> Resource:
    return {name: value for name, value in (await patient(intake, id)).items() if name != "meta"}


def linked(other: str, type: str) -> Resource:
    return {"other": {"reference": f"Patient/{other}"}, "type": type}


async def test_the_survivor_replaces_the_other_which_is_inactive_and_points_to_it(intake: Running) -> None:
    await with_patients(intake, "river", "twin", active=True)

    await merges(intake, "river", "twin")

    survivor, merged = await patient(intake, "river"), await patient(intake, "twin")
    assert (survivor["active"], survivor["link"]) == (True, [linked("twin", "replaces")])
    assert (merged["active"], merged["link"]) == (False, [linked("river", "replaced-by")])


async def test_what_names_either_is_found_by_both(intake: Running) -> None:
    await with_patients(intake, "river", "twin")
    for id in ("river", "twin"):
        await intake.save(
            {
                "resourceType": "Flag",
                "id": id,
                "status": "active",
                "code": {"text": "x"},
                "subject": {"reference": f"Patient/{id}"},
            }
        )

    await merges(intake, "river", "twin")

    for id in ("river", "twin"):
        assert await intake.count(f"Flag?patient={id}") == 2


async def test_a_merge_that_is_said_again_changes_nothing(intake: Running) -> None:
    await with_patients(intake, "river", "twin")
    await merges(intake, "river", "twin")
    once = await patient(intake, "river"), await patient(intake, "twin")

    await merges(intake, "river", "twin")

    assert (await patient(intake, "river"), await patient(intake, "twin")) == once


async def test_a_merge_that_is_said_the_other_way_round_is_turned(intake: Running) -> None:
    await with_patients(intake, "river", "twin", active=True)
    await merges(intake, "river", "twin")

    await merges(intake, "twin", "river")

    survivor, merged = await patient(intake, "twin"), await patient(intake, "river")
    assert (survivor["active"], survivor["link"]) == (True, [linked("river", "replaces")])
    assert (merged["active"], merged["link"]) == (False, [linked("twin", "replaced-by")])


async def test_a_circle_ends_where_the_latest_merge_says(intake: Running) -> None:
    await with_patients(intake, "a", "b", "c")
    await merges(intake, "b", "a")
    await merges(intake, "c", "b")

    await merges(intake, "a", "c")

    assert "link" not in await patient(intake, "a") or (await patient(intake, "a"))["link"] == [linked("c", "replaces")]
    assert (await patient(intake, "c"))["link"] == [linked("b", "replaces"), linked("a", "replaced-by")]


async def test_a_chain_that_is_said_once_more_in_short_is_nothing_new(intake: Running) -> None:
    await with_patients(intake, "a", "b", "c")
    await merges(intake, "b", "a")
    await merges(intake, "c", "b")
    before = [await patient(intake, id) for id in "abc"]

    await merges(intake, "c", "a")

    assert [await patient(intake, id) for id in "abc"] == before


async def test_who_lives_on_as_one_cannot_live_on_as_another(intake: Running) -> None:
    await with_patients(intake, "a", "b", "c")
    await merges(intake, "b", "a")

    with pytest.raises(Conflict, match="Patient/a already lives on as Patient/b"):
        await merges(intake, "c", "a")


async def test_who_is_not_there_cannot_be_merged(intake: Running) -> None:
    await with_patients(intake, "river", "gone")
    await intake.store.unit(lambda tx: tx.delete("Patient", "gone"))

    with pytest.raises(NotFound, match="Patient/nobody is not known"):
        await merges(intake, "nobody", "river")
    with pytest.raises(NotFound, match="Patient/nobody is not known"):
        await merges(intake, "river", "nobody")
    with pytest.raises(Gone, match="Patient/gone was deleted"):
        await merges(intake, "river", "gone")
    with pytest.raises(Unprocessable, match="into itself"):
        await merges(intake, "river", "river")


async def test_parted_both_are_exactly_as_they_were(intake: Running) -> None:
    await with_patients(intake, "river", "twin", link=[linked("aunt", "seealso")])
    before = [await content(intake, id) for id in ("river", "twin")]
    await merges(intake, "river", "twin")

    await parts(intake, "river", "twin")

    after = [await content(intake, id) for id in ("river", "twin")]
    assert after == before
    assert [list(each) for each in after] == [list(each) for each in before]


async def test_what_has_changed_since_stays_when_they_are_parted(intake: Running) -> None:
    await with_patients(intake, "river", "twin", active=True)
    await merges(intake, "river", "twin")
    for id in ("river", "twin"):
        await intake.save(await patient(intake, id) | {"gender": "other"})

    await parts(intake, "river", "twin")

    for id in ("river", "twin"):
        parted = await patient(intake, id)
        assert (parted["gender"], parted["active"], "link" in parted) == ("other", True, False)


async def test_of_two_that_were_merged_into_one_each_is_parted_by_itself(intake: Running) -> None:
    await with_patients(intake, "river", "twin", "double")
    before = await content(intake, "river")
    await merges(intake, "river", "twin")
    await merges(intake, "river", "double")

    await parts(intake, "river", "twin")
    assert (await patient(intake, "river"))["link"] == [linked("double", "replaces")]

    await parts(intake, "river", "double")
    assert await content(intake, "river") == before


async def test_parted_twice_is_parted_once(intake: Running) -> None:
    await with_patients(intake, "river", "twin")
    await merges(intake, "river", "twin")
    await parts(intake, "river", "twin")
    once = await patient(intake, "twin")

    await parts(intake, "river", "twin")

    assert await patient(intake, "twin") == once


async def test_only_who_was_merged_can_be_parted(intake: Running) -> None:
    await with_patients(intake, "river", "twin")

    with pytest.raises(Conflict, match="was not merged"):
        await parts(intake, "river", "twin")
