"""`Patient/$match`: how it is asked and answered, and which stored patients it looks at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from services.intake.app import service
from services.intake.matching.candidates import candidates
from services.intake.matching.match import MATCH_EVIDENCE, MATCH_GRADE, match, matches
from services.intake.matching.person import person
from services.intake.merging import merge
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed
from shared.kernel.settings import Settings
from shared.service import Call, Deployed
from tests.services.intake.matching.test_scoring import described
from tests.services.town import Running

SYNTHEA = Path(__file__).parents[5] / "shared" / "data" / "synthea"


async def asked(intake: Running, patient: Resource | None, **more: Any) -> Resource:
    """The answer to `$match`; parameters of kinds as a client writes them."""
    entries = [{"name": "resource", "resource": patient}] if patient else []
    for name, value in more.items():
        kind = "valueBoolean" if isinstance(value, bool) else "valueInteger"
        entries.append({"name": name, kind: value})
    call = Call("Patient", "", {"resourceType": "Parameters", "parameter": entries})
    return await match(call, Deployed(service, intake.store, Settings(), intake.clock))


async def with_two(intake: Running) -> None:
    for id, patient in (("river", described()), ("robin", described(given="Robin"))):
        await intake.save(patient | {"id": id})


def graded(answer: Resource) -> list[tuple[str, str]]:
    entries = [entry for entry in answer.get("entry", ()) if entry["search"]["mode"] == "match"]
    return [(entry["resource"]["id"], entry["search"]["extension"][0]["valueCode"]) for entry in entries]


async def test_who_may_be_meant_is_answered_surest_first(intake: Running) -> None:
    await with_two(intake)

    answer = await asked(intake, described())

    assert (answer["type"], answer["total"]) == ("searchset", 2)
    assert graded(answer) == [("river", "certain"), ("robin", "possible")]
    first, second = (entry["search"] for entry in answer["entry"])
    assert first["extension"] == [{"url": MATCH_GRADE, "valueCode": "certain"}]
    assert 0 < second["score"] < 0.5 < first["score"] <= 1


async def test_only_who_is_certain_is_answered_if_that_is_asked(intake: Running) -> None:
    await with_two(intake)

    assert graded(await asked(intake, described(), onlyCertainMatches=True)) == [("river", "certain")]
    assert graded(await asked(intake, described(given="Rowan"), onlyCertainMatches=True)) == []


async def test_of_two_that_are_certain_none_is_the_one(intake: Running) -> None:
    for id in ("river", "double"):
        await intake.save(described() | {"id": id})

    answer = await asked(intake, described(), onlyCertainMatches=True)

    assert (graded(answer), answer["total"]) == ([], 0)
    assert answer["entry"][0]["resource"]["resourceType"] == "OperationOutcome"


async def test_no_more_are_answered_than_were_asked_for(intake: Running) -> None:
    await with_two(intake)

    assert graded(await asked(intake, described(), count=1)) == [("river", "certain")]
    with pytest.raises(Malformed, match="count"):
        await asked(intake, described(), count=0)


async def test_asked_for_it_each_score_is_explained(intake: Running) -> None:
    await with_two(intake)

    answer = await asked(intake, described(), explain=True)

    evidence = answer["entry"][1]["search"]["extension"][1]
    assert evidence["url"] == MATCH_EVIDENCE
    assert "given other" in evidence["valueString"]


async def test_nobody_is_found_among_strangers(intake: Running) -> None:
    await with_two(intake)

    answer = await asked(intake, {"resourceType": "Patient", "name": [{"family": "Quist", "given": ["Omar"]}]})

    assert (answer["total"], "entry" in answer) == (0, False)


async def test_it_must_be_said_who_is_looked_for(intake: Running) -> None:
    with pytest.raises(Malformed, match="resource"):
        await asked(intake, None)
    with pytest.raises(Malformed, match="none is given"):
        await asked(intake, {"resourceType": "Patient", "gender": "female"})


async def test_who_was_merged_speaks_for_the_survivor(intake: Running) -> None:
    await intake.save(described() | {"id": "old"})
    await intake.save(described("Okafor", phone="555 010 9999", address=None) | {"id": "new"})
    await intake.store.unit(lambda tx: merge("new", "old", tx, "test"))

    assert graded(await asked(intake, described())) == [("new", "certain")]


WRITTEN = {
    "by its number": {"identifier": [{"system": "urn:tests:mrn", "value": "7,7|\\$"}]},
    "by its telephone": {"telecom": [{"system": "phone", "value": "(555) 010-4477"}]},
    "by the birth date with day and month exchanged": {"birthDate": "1991-12-04"},
    "by how its names sound": {"name": [{"family": "Lindkwist", "given": ["Rivar"]}], "birthDate": "1991-05"},
    "by how one of them sounds in the area": {"name": [{"given": ["Riverr"]}], "address": [{"postalCode": "97301"}]},
}


@pytest.mark.parametrize("how", WRITTEN)
async def test_a_candidate_is_found(intake: Running, how: str) -> None:
    await intake.save(described(identifier=[{"system": "urn:tests:mrn", "value": "7,7|\\$"}]) | {"id": "river"})

    assert await compared_with(intake, {"resourceType": "Patient"} | WRITTEN[how]) == ["river"]


async def compared_with(intake: Running, patient: Resource) -> list[str]:
    found = await intake.store.view(lambda view: candidates(patient, person(patient), view))
    return [each["id"] for each in found]


async def test_real_exports_know_their_own_patients(intake: Running) -> None:
    if not SYNTHEA.exists():
        pytest.skip(f"the shared data has no {SYNTHEA}")
    bundles = [orjson.loads(path.read_bytes()) for path in sorted(SYNTHEA.glob("*.json"))]
    patients = [
        entry["resource"]
        for bundle in bundles
        for entry in bundle.get("entry", ())
        if entry["resource"]["resourceType"] == "Patient"
    ]
    for patient in patients:
        await intake.save(patient)

    for patient in patients:
        bare = {name: value for name, value in patient.items() if name not in ("id", "identifier", "telecom")}
        found = await intake.store.view(lambda view, bare=bare: matches(bare, view))
        sure = [each.patient["id"] for each in found if each.score.grade in ("certain", "probable")]
        assert sure == [patient["id"]]
