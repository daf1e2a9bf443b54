"""`Claim/$inquire`: how a member's authorizations stand, for those who may hear it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.fhir import gate
from shared.fhir.element import concept
from shared.fhir.issue import Resource
from tests.services.building import a_coverage, a_patient
from tests.services.coverage.pas.bundles import PAS, a_bundle, a_request, actions, an_item, an_update, answer_in, submits
from tests.services.town import Running

ANY = {"sequence": 1, "productOrService": concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable")}


@pytest.fixture(autouse=True)
async def requests(payer: Running) -> None:
    for number, item in (("r-1", an_item("MH", 6)), ("r-2", an_item("AD", 2))):
        await submits(payer, a_request(item, number=number))
    await payer.hears("Patient.created", a_patient(id="other", birthDate="1970-01-01", name=[{"family": "Other"}]))
    await payer.save(a_coverage(id="other", subscriberId="N7", beneficiary={"reference": "Patient/other"}))
    await payer.inquire("Claim", "$submit", a_bundle_of_other(a_request(number="r-3")))


def a_bundle_of_other(claim: Resource, **elements: Any) -> Resource:
    bundle = a_bundle(claim, member="N7", family="Other", **elements)
    bundle["entry"][1]["resource"]["birthDate"] = "1970-01-01"
    return bundle


async def hears(payer: Running, *items: Resource, number: str = "inquiry", **elements: Any) -> list[Resource]:
    claim = a_request(*(items or (ANY,)), number=number)
    claim |= {name: elements.pop(name) for name in ("extension",) if name in elements}
    said = await payer.invoke("Claim", "$inquire", "", a_bundle(claim, **elements))
    assert gate.check(said) == []
    return [answer_in(each["resource"]) for each in said.get("parameter", ()) if each["name"] == "return"]


def numbers(answers: list[Resource]) -> set[str]:
    return {each["request"]["identifier"]["value"] for each in answers}


async def test_all_of_a_member_are_told(payer: Running) -> None:
    assert numbers(await hears(payer)) == {"r-1", "r-2"}


async def test_one_is_asked_for_by_its_identifier(payer: Running) -> None:
    assert numbers(await hears(payer, number="r-2")) == {"r-2"}


async def test_one_is_asked_for_by_its_service(payer: Running) -> None:
    assert numbers(await hears(payer, an_item("AD"))) == {"r-2"}


async def test_one_is_asked_for_by_its_authorization_number(payer: Running) -> None:
    [granted] = await hears(payer, an_item("MH"))

    found = await hears(payer, extension=[{"url": f"{PAS}extension-authorizationNumber", "valueString": granted["preAuthRef"]}])

    assert numbers(found) == {"r-1"}


async def test_an_old_identifier_finds_what_it_has_become(payer: Running) -> None:
    changed = an_update(an_item("MH", 6), an_item("DM", 1, sequence=2), of="r-1", number="r-1b")
    await submits(payer, changed)

    for number in ("r-1", "r-1b"):
        [found] = await hears(payer, number=number)
        assert actions(found) == {1: "A1", 2: "A3"}


@pytest.mark.parametrize("elements", [{"member": "N9"}, {"family": "Wrong"}, {"member": "N7"}])
async def test_who_is_no_member_is_nobody_s(payer: Running, elements: dict[str, Any]) -> None:
    assert await hears(payer, **elements) == []


async def test_who_does_not_treat_hears_that_there_is_more(payer: Running) -> None:
    said = await payer.invoke("Claim", "$inquire", "", a_bundle(a_request(ANY, number="inquiry"), npi="1538999992"))

    [parameter] = said["parameter"]
    assert parameter["resource"]["issue"][0]["code"] == "suppressed"
