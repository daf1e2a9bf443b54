"""What stands around a visit: next of kin, guarantor, allergies, diagnoses, insurers."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.hl7v2.position import Unmappable
from shared.store import handovers
from tests.services.intake.hl7v2.feeding import a_message, feed, the_patient, the_visit
from tests.services.town import Resource, Running, Town

INSURED = (Path(__file__).parent / "messages" / "insured.hl7").read_bytes()


@pytest.fixture
async def intake_with_it(intake: Running) -> Running:
    await feed(intake, INSURED)
    return intake


async def test_next_of_kin_and_guarantor_are_related_people(intake_with_it: Running) -> None:
    people = {code(each["relationship"][-1]): each for each in await intake_with_it.search("RelatedPerson?")}

    assert people["C"]["telecom"] == [{"system": "phone", "value": "(207)555-0102", "use": "home"}]
    assert code(people["C"]["relationship"][0]) == "SPS"
    assert people["GUAR"]["identifier"][0]["value"] == "G77"
    assert people["GUAR"]["birthDate"] == "1985-01-01"


async def test_allergies_are_kept_with_category_severity_and_reactions(intake_with_it: Running) -> None:
    allergies = {each["category"][0]: each for each in await intake_with_it.search("AllergyIntolerance?")}

    assert code(allergies["medication"]["code"]) == "7980"
    assert allergies["medication"]["criticality"] == "high"
    assert [each["text"] for each in allergies["food"]["reaction"][0]["manifestation"]] == ["Itching", "Swelling"]


async def test_diagnoses_are_conditions_of_the_visit(intake_with_it: Running) -> None:
    visit = await the_visit(intake_with_it)
    conditions = {f"Condition/{each['id']}": each for each in await intake_with_it.search("Condition?")}

    codes = [code(conditions[each["condition"]["reference"]]["code"]) for each in visit["diagnosis"]]
    assert codes == ["S06.9X0A", "S72.91XA"]
    assert code(visit["diagnosis"][0]["use"]) == "AD"
    assert all(each["encounter"] == {"reference": f"Encounter/{visit['id']}"} for each in conditions.values())


async def test_a_diagnosis_that_is_deleted_was_a_mistake(intake_with_it: Running) -> None:
    mistaken = INSURED.replace(b"|20260511|W", b"|20260511|W|||||||||||||||D").replace(b"A01^ADT_A01|INS1", b"A08^ADT_A01|INS2")

    await feed(intake_with_it, mistaken)

    [condition] = [each for each in await intake_with_it.search("Condition?") if code(each["code"]) == "S72.91XA"]
    assert code(condition["verificationStatus"]) == "entered-in-error"
    assert len((await the_visit(intake_with_it))["diagnosis"]) == 1


async def test_the_insurers_arrive_at_coverage_in_their_order(town: Town) -> None:
    [made] = await feed(town["intake"], INSURED)
    await town.carry()

    patient = await the_patient(town["intake"])
    first, second = sorted(await town["coverage"].search("Coverage?"), key=lambda each: int(each["order"]))
    names = [(await organization(town, each))["name"] for each in (first, second)]
    assert names == ["NORTHSTAR HEALTH", "BLUEWATER MUTUAL"]
    assert (first["subscriberId"], first["period"]) == ("W123456789", {"start": "2026-01-01", "end": "2026-12-31"})
    assert code(first["relationship"]) == "self"
    assert first["subscriber"] == first["beneficiary"] == {"reference": f"Patient/{patient['id']}"}
    assert {code(each["type"]): each["value"] for each in first["class"]} == {"group": "GRP1", "plan": "CHOICE"}
    assert second["subscriber"]["reference"].startswith("RelatedPerson/")
    shown = await town["intake"].store.view(lambda view: handovers.shown(view, made.handover))
    assert shown is not None
    assert {entry["status"] for entry in shown["entries"]} == {"accepted"}


async def test_insurers_that_are_told_again_are_no_news(town: Town) -> None:
    await feed(town["intake"], INSURED)
    [again] = await feed(town["intake"], INSURED)
    await town.carry()

    assert again.handover == ""
    assert [each["meta"]["versionId"] for each in await town["coverage"].search("Coverage?")] == ["1", "1"]


async def test_an_insurer_that_is_known_by_its_number_is_that_one(intake: Running) -> None:
    number = {"system": "urn:oid:2.16.840.1.113883.6.300", "value": "NS01"}
    await intake.save({"resourceType": "Organization", "id": "northstar", "name": "Northstar", "identifier": [number]})

    await feed(intake, INSURED)

    assert await intake.count("Organization?name=northstar") == 1


async def test_reactions_with_an_action_change_what_they_are_about(intake_with_it: Running) -> None:
    await feed(intake_with_it, a_message("A60", "IAM|1|DA|7980^Penicillin^RXNORM|||D", at="20260601000000", visit=""))

    assert await statuses(intake_with_it) == {"7980": "entered-in-error", "Peanuts": "active"}


async def test_reactions_without_an_action_are_all_that_there_is(intake_with_it: Running) -> None:
    await feed(intake_with_it, a_message("A60", "IAM|1|DA|2670^Codeine^RXNORM|MO", at="20260601000000", visit=""))

    assert await statuses(intake_with_it) == {"7980": "inactive", "Peanuts": "inactive", "2670": "active"}


async def test_a_visit_number_that_comes_back_for_somebody_else_is_refused_and_nothing_is_stored(intake: Running) -> None:
    await feed(intake, a_message("A01"))

    with pytest.raises(Unmappable, match="PV1-19: this visit is of Patient/"):
        await feed(intake, a_message("A08", mrn="9999", at="20260601000000"))

    assert await intake.count("Patient?") == 1


@pytest.mark.parametrize(("kind", "system"), [("X", None), ("R", "http://terminology.hl7.org/CodeSystem/v2-0004")])
async def test_a_class_that_nobody_knows_is_kept_and_said(intake: Running, kind: str, system: str | None) -> None:
    [made] = await feed(intake, a_message("A01", kind=kind))

    assert (await the_visit(intake))["class"] == {"code": kind} | ({"system": system} if system else {})
    assert len(made.warnings) == (1 if system is None else 0)


async def test_without_a_visit_there_is_a_patient_and_no_encounter(intake: Running) -> None:
    await feed(intake, a_message("A01", visit=""))

    assert await intake.count("Encounter?") == 0
    assert await intake.count("Patient?") == 1


async def test_an_event_that_nobody_knows_changes_nothing(intake: Running) -> None:
    [made] = await feed(intake, a_message("A99"))

    assert (made.unmapped, made.references) == (True, [])
    assert await intake.count("Patient?") == 0


async def test_an_emergency_visit_is_announced_as_one(town: Town) -> None:
    await feed(town["intake"], a_message("A04", kind="E"))

    assert (await the_visit(town["intake"]))["class"]["code"] == "EMER"
    version = (await town["intake"].store.view(lambda view: view.history("Encounter")))[0]
    names = await town["intake"].store.view(
        lambda view: [row[0] for row in view.connection.rows("SELECT name FROM outbox WHERE sequence = ?", (version.sequence,))]
    )
    assert names == ["emergency"]


def code(concept: Resource) -> str:
    return next((str(each["code"]) for each in concept.get("coding", ())), str(concept.get("text", "")))


async def statuses(intake: Running) -> dict[str, str]:
    return {
        code(each["code"]): code(each.get("clinicalStatus") or each["verificationStatus"])
        for each in await intake.search("AllergyIntolerance?")
    }


async def organization(town: Town, coverage: Resource) -> Resource:
    found = await town["intake"].read(*coverage["payor"][0]["reference"].split("/"))
    assert found is not None
    return found
