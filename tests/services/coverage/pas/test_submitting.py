"""`Claim/$submit`: a request comes in as a bundle, and is decided by the rules, item by item, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.coverage.binding import KIND as GUIDANCE
from shared.fhir.issue import Resource
from shared.fhir.refusal import Conflict, Refusal, Unprocessable
from tests.services.building import a_coverage
from tests.services.coverage.pas.bundles import (
    AT,
    a_bundle,
    a_request,
    action,
    actions,
    an_item,
    an_update,
    answer_in,
    approved,
    certified,
    submits,
)
from tests.services.town import Running


@pytest.mark.parametrize(
    ("item", "code", "visits"),
    [
        (an_item("MH", 6), "A1", 6),
        (an_item("MH", 8), "A6", 6),
        (an_item("DM", 1), "A3", 0),
        (an_item("PT", 20), "A1", 20),
        (an_item("XX", 2), "A3", 0),
    ],
)
async def test_an_item_is_decided_by_the_rules(payer: Running, item: Resource, code: str, visits: int) -> None:
    answer = await submits(payer, a_request(item))

    assert (answer["outcome"], actions(answer), approved(answer)) == ("complete", {1: code}, {1: visits})
    assert ("preAuthRef" in answer) == (visits > 0)


async def test_what_no_rule_decides_is_pended_and_has_its_time(payer: Running) -> None:
    answer = await submits(payer, a_request(an_item("AD", 3)))

    assert (answer["outcome"], actions(answer)) == ("partial", {1: "A4"})
    assert answer["extension"] == [{"url": "urn:careloom:review-due", "valueDateTime": "2026-05-18T13:00:00.000Z"}]


async def test_what_was_granted_instead_of_what_was_asked_for_stands_beside_it(payer: Running) -> None:
    answer = await submits(payer, a_request(an_item("MH", 8)))

    [added] = answer["addItem"]
    assert (added["itemSequence"], added["quantity"]["value"]) == ([1], 6)


async def test_items_are_decided_for_themselves_and_the_whole_is_certified_in_part(payer: Running) -> None:
    answer = await submits(payer, a_request(an_item("MH", 6), an_item("DM", 1, sequence=2)))

    assert (actions(answer), action(answer)) == ({1: "A1", 2: "A3"}, "A2")
    assert answer["processNote"] == [{"number": 1, "text": "Equipment is authorized with a physician's order only."}]


async def test_the_answer_is_in_the_words_of_the_one_who_asked(payer: Running) -> None:
    said = await payer.inquire("Claim", "$submit", a_bundle(a_request()))

    answer = answer_in(said)
    assert answer["request"]["reference"] == f"{AT}/Claim/theirs"
    assert answer["request"]["identifier"] == a_request()["identifier"][0]
    assert answer["patient"]["reference"] == "Patient/p"
    assert {each["fullUrl"] for each in said["entry"][1:]} == {
        f"{AT}/Patient/p",
        f"{AT}/Organization/insurer",
        f"{AT}/Organization/clinic",
    }


async def test_what_is_kept_is_about_our_member(payer: Running) -> None:
    await submits(payer, a_request())

    claim = await payer.one("Claim?")
    assert claim["patient"] == {"reference": "Patient/river"}
    assert claim["insurance"][0]["coverage"] == {"reference": "Coverage/primary"}
    assert claim["provider"]["identifier"]["value"] == "1999999984"


@pytest.mark.parametrize("bundle", ["", "b-1"])
async def test_the_same_request_sent_again_is_answered_the_same_and_kept_once(payer: Running, bundle: str) -> None:
    first = await submits(payer, a_request(), bundle=bundle)
    await payer.passes(timedelta(hours=1))

    again = await submits(payer, a_request(created="2026-05-12"), bundle=bundle)

    assert again == first
    assert (await payer.count("Claim?"), await payer.count("ClaimResponse?")) == (1, 1)


async def test_without_an_identifier_the_bundle_tells_it_from_others(payer: Running) -> None:
    for bundle in ("b-1", "b-1", "b-2"):
        await submits(payer, a_request(identifier=None), bundle=bundle)

    assert await payer.count("Claim?") == 2


async def test_another_request_under_the_same_identifier_is_refused(payer: Running) -> None:
    await submits(payer, a_request())

    with pytest.raises(Conflict):
        await submits(payer, a_request(an_item(visits=20)))


@pytest.mark.parametrize(
    ("elements", "code", "reject"),
    [
        ({"member": "N2"}, "coverage-unknown", "75"),
        ({"family": "Other"}, "name-differs", "73"),
        ({"member": ""}, "data-missing", "15"),
    ],
)
async def test_who_is_no_member_is_told_so_and_nothing_is_kept(
    payer: Running, elements: dict[str, Any], code: str, reject: str
) -> None:
    bundle = a_bundle(a_request(), **elements)
    if not elements.get("member", "N1"):
        del bundle["entry"][2]["resource"]["subscriberId"]

    answer = answer_in(await payer.inquire("Claim", "$submit", bundle))

    [error] = answer["error"]
    assert (answer["outcome"], [each["code"] for each in error["code"]["coding"]]) == ("error", [code, reject])
    assert await payer.count("Claim?") == 0


async def test_a_coverage_that_is_not_in_force_pays_for_nothing(payer: Running) -> None:
    await payer.save(a_coverage(subscriberId="N1", period={"end": "2026-05-01"}))

    answer = await submits(payer, a_request())

    assert actions(answer) == {1: "A3"}
    assert "ended" in answer["disposition"]


@pytest.mark.parametrize("bundle", [{"resourceType": "Parameters"}, {"resourceType": "Bundle", "type": "collection"}])
async def test_what_is_no_request_is_refused(payer: Running, bundle: Resource) -> None:
    with pytest.raises(Refusal):
        await payer.inquire("Claim", "$submit", bundle)


async def test_two_items_in_one_place_are_refused(payer: Running) -> None:
    with pytest.raises(Unprocessable):
        await submits(payer, a_request(an_item(), an_item("DM")))


async def test_guidance_that_was_given_binds(payer: Running) -> None:
    body = {"authorization": "no-auth", "service": "AD", "products": [], "expires": "2026-08-01"}
    await payer.store.unit(lambda tx: tx.record(GUIDANCE, "asserted-1", "covered", {"coverage": "Coverage/primary"}, body))
    order = {
        "resourceType": "ServiceRequest",
        "id": "order",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "extension": [
            {
                "url": "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information",
                "extension": [{"url": "coverage-assertion-id", "valueString": "asserted-1"}],
            }
        ],
    }

    said = await payer.inquire("Claim", "$submit", a_bundle(a_request(an_item("AD", 3)), order=order))

    assert actions(answer_in(said)) == {1: "A1"}


async def test_an_update_decides_what_has_changed_and_leaves_the_rest(payer: Running) -> None:
    await submits(payer, a_request(an_item("MH", 6), an_item("CJ", 4, sequence=2)))

    answer = await submits(payer, an_update(an_item("MH", 6), an_item("CJ", 9, sequence=2), an_item("AD", 1, sequence=3)))

    assert (answer["outcome"], actions(answer)) == ("partial", {1: "A1", 2: "A6", 3: "A4"})
    assert approved(answer) == {1: 6, 2: 8}
    assert (await payer.one("ClaimResponse?"))["meta"]["versionId"] == "2"


async def test_an_update_cancels_an_item(payer: Running) -> None:
    await submits(payer, a_request(an_item("MH", 6), an_item("AD", 4, sequence=2)))

    answer = await submits(payer, an_update(an_item("MH", 6), an_item("AD", 4, sequence=2, cancelled=True)))

    assert (answer["outcome"], actions(answer), approved(answer)) == ("complete", {1: "A1", 2: "C"}, {1: 6})


async def test_an_update_of_what_nobody_knows_is_an_error_in_the_answer(payer: Running) -> None:
    answer = await submits(payer, an_update(of="never"))

    assert (answer["outcome"], answer["error"][0]["code"]["coding"][1]["code"]) == ("error", "AA")


async def test_a_request_is_cancelled_as_a_whole(payer: Running) -> None:
    await submits(payer, a_request(an_item("MH", 6)))

    answer = await submits(payer, an_update(extension=[certified("3")]))

    assert (actions(answer), action(answer)) == ({1: "C"}, "C")
    assert await payer.count("ClaimResponse?status=active") == 0


async def test_an_appeal_is_looked_at_by_a_person(payer: Running) -> None:
    await submits(payer, a_request(an_item("DM", 1)))

    answer = await submits(payer, an_update(an_item("DM", 1), extension=[certified("2")]))

    assert (answer["outcome"], actions(answer)) == ("partial", {1: "A4"})
