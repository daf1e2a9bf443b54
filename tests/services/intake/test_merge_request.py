"""`Patient/$merge` and `Patient/$unmerge`: who is meant, what is answered, and that every service follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.fhir.refusal import Malformed, NotFound, Unprocessable
from tests.services.building import a_coverage, a_patient, a_plan, an_appointment
from tests.services.town import Resource, Running, Town

MRN = "urn:tests:mrn"
TWIN, RIVER = {"reference": "Patient/twin"}, {"reference": "Patient/river"}


async def with_both(intake: Running) -> None:
    for id in ("river", "twin"):
        await intake.save(a_patient(id=id, identifier=[{"system": MRN, "value": id}]))


def said(**parameters: Any) -> Resource:
    """`source_patient=…` is the parameter `source-patient`, of the kind that its value is."""
    kinds = {"preview": "valueBoolean", "result_patient": "resource"}
    entries = [
        {
            "name": name.replace("_", "-"),
            kinds.get(name, "valueIdentifier" if name.endswith("identifier") else "valueReference"): value,
        }
        for name, value in parameters.items()
    ]
    return {"resourceType": "Parameters", "parameter": entries}


async def merges(intake: Running, **parameters: Any) -> Resource:
    answer = await intake.invoke("Patient", "$merge", "", said(**parameters))
    return {each["name"]: each["resource"] for each in answer["parameter"]}


async def test_the_answer_has_the_request_how_it_went_and_the_survivor(intake: Running) -> None:
    await with_both(intake)

    answer = await merges(intake, source_patient=TWIN, target_patient=RIVER)

    assert answer["input"] == said(source_patient=TWIN, target_patient=RIVER)
    assert answer["outcome"]["issue"][0]["diagnostics"] == "Patient/twin lives on as Patient/river"
    assert answer["result"]["link"] == [{"other": TWIN, "type": "replaces"}]
    assert answer["result"]["identifier"][1] == {"system": MRN, "value": "twin", "use": "old"}


async def test_patients_may_be_said_by_their_identifiers(intake: Running) -> None:
    await with_both(intake)

    await merges(
        intake,
        source_patient_identifier={"system": MRN, "value": "twin"},
        target_patient={"identifier": {"system": MRN, "value": "river"}},
    )

    assert (await intake.read("Patient", "twin") or {})["active"] is False


async def test_a_preview_answers_the_same_and_changes_nothing(intake: Running) -> None:
    await with_both(intake)

    answer = await merges(intake, source_patient=TWIN, target_patient=RIVER, preview=True)

    assert answer["result"]["link"] == [{"other": TWIN, "type": "replaces"}]
    for id in ("river", "twin"):
        assert (await intake.read("Patient", id) or {})["meta"]["versionId"] == "1"


async def test_the_survivor_can_be_said_in_full(intake: Running) -> None:
    await with_both(intake)
    link = [{"other": TWIN, "type": "replaces"}]
    result = a_patient(link=link, name=[{"family": "Lindqvist", "given": ["River"]}])

    answer = await merges(intake, source_patient=TWIN, target_patient=RIVER, result_patient=result)
    assert (answer["result"]["name"], "identifier" in answer["result"]) == (result["name"], False)

    with pytest.raises(Unprocessable, match="link to Patient/twin"):
        await merges(intake, source_patient=TWIN, target_patient=RIVER, result_patient=a_patient())


async def test_who_is_meant_must_be_said_and_be_one(intake: Running) -> None:
    await with_both(intake)
    await intake.save(a_patient(id="other", identifier=[{"system": MRN, "value": "twin"}]))

    with pytest.raises(Malformed, match="source-patient"):
        await merges(intake, target_patient=RIVER)
    with pytest.raises(NotFound):
        await merges(intake, source_patient_identifier={"system": MRN, "value": "nobody"}, target_patient=RIVER)
    with pytest.raises(Unprocessable, match="2 patients"):
        await merges(intake, source_patient_identifier={"system": MRN, "value": "twin"}, target_patient=RIVER)
    with pytest.raises(Unprocessable, match="does not have every"):
        await merges(
            intake, source_patient=RIVER, source_patient_identifier={"system": MRN, "value": "twin"}, target_patient=RIVER
        )


@pytest.mark.parametrize("new_url", ["sqlite", "postgresql"], indirect=True)
async def test_every_service_follows_a_merge_and_its_end(town: Town) -> None:
    """What twin had goes to River in all four stores; parted, it goes back, and what River was given meanwhile stays."""
    await with_both(town["intake"])
    await town["intake"].save({"resourceType": "Consent", "id": "c", **CONSENT})
    await town["careplan"].save(a_plan(id="old", subject=TWIN))
    await town["scheduling"].save(an_appointment("old", participant=[{"actor": TWIN, "status": "accepted"}]))
    await town["coverage"].save(a_coverage(id="old", beneficiary=TWIN))
    await settle(town)
    before = {place: await contents(town, *place) for place in PLACES}

    await merges(town["intake"], source_patient=TWIN, target_patient=RIVER)
    await town.carry()
    for id in ("river", "twin"):
        assert [await town[service].count(f"{query}={id}") for service, query in FOUND_BY] == [1, 1, 1, 1, 1]
    await settle(town)
    for service, type, id, element in PLACES:
        assert element_of(await contents(town, service, type, id, element), element) == RIVER
    await town["careplan"].save(a_plan(id="new", subject=RIVER))

    await town["intake"].invoke("Patient", "$unmerge", "", said(source_patient=TWIN, target_patient=RIVER))
    await settle(town)

    assert {place: await contents(town, *place) for place in PLACES} == before
    assert [await town[service].count(f"{query}=twin") for service, query in FOUND_BY] == [1, 1, 1, 1, 1]
    assert (await town["careplan"].one("CarePlan?patient=river"))["id"] == "new"


CONSENT = {
    "status": "active",
    "scope": {"text": "privacy"},
    "category": [{"text": "privacy"}],
    "patient": TWIN,
    "policyRule": {"text": "x"},
}
PLACES = (
    ("intake", "Consent", "c", "patient"),
    ("careplan", "CarePlan", "old", "subject"),
    ("scheduling", "Appointment", "old", "participant"),
    ("coverage", "Coverage", "old", "beneficiary"),
    ("careplan", "Coverage", "old", "beneficiary"),
)
FOUND_BY = (
    ("intake", "Consent?patient"),
    ("careplan", "CarePlan?patient"),
    ("scheduling", "Appointment?patient"),
    ("coverage", "Coverage?beneficiary"),
    ("careplan", "Coverage?beneficiary"),
)


async def settle(town: Town) -> None:
    for _ in range(3):
        await town.carry()
        for running in town.services.values():
            await running.passes(timedelta(0))


async def contents(town: Town, service: str, type: str, id: str, _: str) -> Resource:
    found = await town[service].read(type, id) or {}
    return {name: value for name, value in found.items() if name != "meta"}


def element_of(resource: Resource, element: str) -> Resource:
    value = resource[element]
    found: Resource = value[0]["actor"] if isinstance(value, list) else value
    return found
