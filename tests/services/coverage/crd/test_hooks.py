"""What a payer says while an order is written."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.coverage.binding import binding
from services.coverage.crd.information import URL
from shared.fhir import gate
from shared.fhir.element import concept
from tests.services.building import X12, Resource, an_authorization
from tests.services.coverage.crd.calls import CPT, INSTANCE, a_call, a_card, a_person, an_order, bundle
from tests.services.coverage.crd.conftest import Post
from tests.services.town import MONDAY, Running

NUMBERLESS = {name: each for name, each in a_card().items() if name != "subscriberId"}


def said(answer: dict[str, Any], place: int = 0) -> dict[str, list[Any]]:
    """The values of a coverage-information extension by the names of its parts."""
    [extension] = [each for each in answer["systemActions"][place]["resource"]["extension"] if each["url"] == URL]
    found: dict[str, list[Any]] = {}
    for part in extension["extension"]:
        found.setdefault(part["url"], []).append(next((value for key, value in part.items() if key.startswith("value")), part))
    return found


def reasons(answer: dict[str, Any]) -> list[str]:
    return [coding["code"] for each in said(answer).get("reason", ()) for coding in each.get("coding", ())]


async def test_six_hooks_are_offered_with_what_they_want_to_know(clinic: httpx.AsyncClient) -> None:
    services = (await clinic.get("/cds-services")).json()["services"]

    assert {each["hook"] for each in services} == {
        "appointment-book", "order-sign", "order-dispatch", "order-select", "encounter-start", "encounter-discharge",
    }  # fmt: skip
    for each in services:
        assert {"patient", "coverage"} <= set(each["prefetch"])
        options = each["extension"]["davinci-crd.configuration-options"]
        assert all({"code", "type", "name", "description", "default"} <= set(option) for option in options)


async def test_a_covered_order_needs_nothing(call: Post) -> None:
    answer = await call(a_call(an_order("AD")))

    assert answer["cards"] == []
    action = answer["systemActions"][0]
    assert (action["type"], action["resource"]["id"]) == ("update", "order")
    assert not gate.check(action["resource"])
    found = said(answer)
    assert (found["covered"], found["pa-needed"]) == (["covered"], ["no-auth"])
    assert found["coverage"] == [{"reference": "Coverage/card"}]
    assert found["date"] == ["2026-05-11"]
    assert found["expiry-date"] == ["2026-08-09"]
    assert len(found["coverage-assertion-id"]) == 1


async def test_nothing_but_the_extension_is_changed(call: Post) -> None:
    order = an_order("AD", extension=[{"url": "urn:theirs", "valueDecimal": 1.5}])

    answer = await call(a_call(order))

    resource = answer["systemActions"][0]["resource"]
    assert {name: each for name, each in resource.items() if name != "extension"} == {
        name: each for name, each in order.items() if name != "extension"
    }
    assert resource["extension"][0] == order["extension"][0]


async def test_authorization_and_papers_are_named_before_they_are_missed(call: Post) -> None:
    found = said(await call(a_call(an_order("98"))))

    assert (found["covered"], found["pa-needed"]) == (["covered"], ["auth-needed"])
    assert (found["doc-needed"], found["doc-purpose"]) == (["clinical"], ["withpa"])
    assert found["questionnaire"]
    assert found["reason"]


async def test_who_performs_it_may_have_to_ask(call: Post) -> None:
    found = said(await call(a_call(an_order("DM"))))

    assert found["pa-needed"] == ["performpa"]
    assert found["doc-needed"] == ["clinical", "patient"]
    assert found["doc-purpose"] == ["withclaim", "retain-doc"]


async def test_it_may_depend_on_who_performs_it(call: Post) -> None:
    answer = await call(a_call(an_order("PT")))

    assert (said(answer)["pa-needed"], said(answer)["info-needed"]) == (["conditional"], ["performer"])
    assert reasons(answer) == ["auth-out-network"]


async def test_once_the_performer_is_known_it_does_not(call: Post) -> None:
    order = an_order("PT", performer=[{"reference": "Practitioner/mei"}])
    body = a_call(
        hook="order-dispatch", context={"dispatchedOrders": ["ServiceRequest/order"]}, prefetch={"serviceRequests": bundle(order)}
    )

    found = said(await call(body))

    assert (found["covered"], found["pa-needed"]) == (["covered"], ["no-auth"])


async def test_an_authorization_on_file_satisfies(call: Post, payer: Running) -> None:
    claim = {
        "resourceType": "Claim", "id": "claim", "status": "active", "use": "preauthorization", "created": "2026-05-11",
        "type": {"text": "professional"}, "patient": {"reference": "Patient/river"}, "provider": {"display": "clinic"},
        "priority": {"text": "normal"},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/primary"}}],
        "item": [{"sequence": 1, "category": concept(X12, "98"), "productOrService": {"text": "visit"}}],
    }  # fmt: skip
    await payer.save(claim)
    await payer.save(an_authorization(preAuthRef="PA-1"))

    found = said(await call(a_call(an_order("98"))))

    assert (found["pa-needed"], found["satisfied-pa-id"]) == (["satisfied"], ["PA-1"])


async def test_what_the_plan_does_not_pay_for_is_not_covered(call: Post) -> None:
    found = said(await call(a_call(an_order("MH"))))

    assert found["covered"] == ["not-covered"]
    assert "pa-needed" not in found


@pytest.mark.parametrize(
    ("prefetch", "reason"),
    [
        ({"coverage": bundle(a_card("NS-0000"))}, "coverage-not-found"),
        ({"patient": a_person(birthDate="1980-01-01")}, "no-member-found"),
    ],
)
async def test_a_member_who_is_not_found_is_not_covered_for_that_reason(call: Post, prefetch: Resource, reason: str) -> None:
    answer = await call(a_call(an_order("AD"), prefetch=prefetch))

    assert (said(answer)["covered"], reasons(answer)) == (["not-covered"], [reason])


async def test_a_service_beyond_the_contract_waits_for_the_next_one(call: Post) -> None:
    answer = await call(a_call(an_order("AD", occurrencePeriod={"start": "2026-12-20", "end": "2027-02-01"})))
    later = await call(a_call(an_order("AD", occurrenceDateTime="2027-02-01")))

    assert said(answer)["covered"] == ["covered"]
    assert (said(later)["covered"], reasons(later)) == (["not-covered"], ["no-active-coverage"])


async def test_an_order_that_does_not_say_what_is_billed_needs_detail(call: Post) -> None:
    order = {name: each for name, each in an_order().items() if name != "category"}

    found = said(await call(a_call(order)))

    assert (found["covered"], found["info-needed"]) == (["conditional"], ["detail-code"])


async def test_a_billing_code_is_echoed_with_what_is_asserted_of_it(call: Post, payer: Running) -> None:
    found = said(await call(a_call(an_order("MH", code={"coding": [{"system": CPT, "code": "97110"}]}))))

    assert found["billingCode"] == [{"system": CPT, "code": "97110"}]


async def test_what_is_known_already_is_not_written_again(call: Post) -> None:
    first = await call(a_call(an_order("AD")))
    again = await call(a_call(first["systemActions"][0]["resource"]))

    assert again["systemActions"] == []


async def test_each_coverage_is_spoken_of_under_a_number_of_its_own(call: Post) -> None:
    both = bundle(a_card(), a_card("NS-0000", id="second"))

    answer = await call(a_call(an_order("AD"), prefetch={"coverage": both}))

    extensions = [each for each in answer["systemActions"][0]["resource"]["extension"] if each["url"] == URL]
    ids = {part["valueString"] for each in extensions for part in each["extension"] if part["url"] == "coverage-assertion-id"}
    assert (len(extensions), len(ids)) == (2, 2)


async def test_an_appointment_is_answered_at_the_order_it_is_based_on(call: Post) -> None:
    appointment = {
        "resourceType": "Appointment", "id": "a", "status": "proposed", "basedOn": [{"reference": "ServiceRequest/order"}],
        "participant": [{"actor": {"reference": "Patient/theirs"}, "status": "accepted"}],
    }  # fmt: skip
    body = a_call(hook="appointment-book", context={"appointments": bundle(appointment)})

    answer = await call(body | {"prefetch": body["prefetch"] | {"serviceRequests": bundle(an_order("AD"))}})

    assert answer["systemActions"][0]["resource"]["resourceType"] == "ServiceRequest"


async def test_selected_orders_alone_are_spoken_of(call: Post) -> None:
    context = {"selections": ["ServiceRequest/two"], "draftOrders": bundle(an_order("AD"), an_order("AD", id="two"))}

    answer = await call(a_call(hook="order-select", context=context))

    assert [each["resource"]["id"] for each in answer["systemActions"]] == ["two"]


async def test_an_insurance_that_is_over_is_a_card_at_the_start_of_a_visit(call: Post, payer: Running) -> None:
    payer.clock.now = MONDAY.replace(year=2027)
    body = a_call(hook="encounter-start", context={"encounterId": "e"})

    answer = await call(body)

    [card] = answer["cards"]
    assert (card["indicator"], card["source"]["label"]) == ("warning", "Northstar Health")
    assert card["source"]["topic"]["code"] == "insurance"
    assert "ended" in card["summary"]


async def test_fewer_visits_left_than_ordered_is_a_card(call: Post) -> None:
    answer = await call(a_call(an_order("AD", quantityQuantity={"value": 31})))

    assert [card["source"]["topic"]["code"] for card in answer["cards"]] == ["limits"]


async def test_the_client_says_what_it_wants_to_hear(call: Post) -> None:
    order = an_order("AD", quantityQuantity={"value": 31})
    quiet = {"davinci-crd.configuration": {"limits": False, "coverage-info": False, "unknown": 7}}
    none = {"davinci-crd.configuration": {"max-cards": 0}}

    assert await call(a_call(order, extension=quiet)) == {"cards": [], "systemActions": []}
    assert (await call(a_call(order, extension=none)))["cards"] == []


async def test_guidance_is_kept_and_binds_while_it_holds(call: Post, payer: Running) -> None:
    [id] = said(await call(a_call(an_order("AD"))))["coverage-assertion-id"]

    def holds(coverage: str = "Coverage/primary", service: str = "AD", day: str = "2026-08-09") -> Any:
        return payer.store.view(lambda view: binding(id, coverage, service, (), MONDAY.fromisoformat(day).date(), view))

    assert (await holds()).keys["instance"] == INSTANCE
    assert await holds(day="2026-08-10") is None
    assert await holds(service="PT") is None
    assert await holds(coverage="Coverage/other") is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (a_call(hook="order-select"), 400),
        (a_call(hookInstance="7"), 400),
        (a_call(context={"draftOrders": bundle(an_order(status="nonsense"))}), 400),
        (a_call(prefetch={"coverage": bundle()}), 400),
        (a_call() | {"prefetch": {"patient": a_person()}}, 412),
        (a_call() | {"prefetch": None}, 412),
        (a_call(prefetch={"coverage": bundle(NUMBERLESS)}), 422),
        (a_call(an_order(subject={"reference": "Patient/other"})), 422),
        (a_call(prefetch={"patient": a_person(id="other")}), 422),
    ],
)
async def test_a_call_that_is_wrong_is_refused_as_the_guide_says(
    clinic: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    answer = await clinic.post("/cds-services/order-sign-crd", json=body)

    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"hook": "order-sign", "context": 7}', b"\xff"])
async def test_what_is_no_call_is_400(clinic: httpx.AsyncClient, body: bytes) -> None:
    assert (await clinic.post("/cds-services/order-sign-crd", content=body)).status_code == 400
    assert (await clinic.post("/cds-services/order-sign-crd/feedback", content=body)).status_code == 400


async def test_a_service_that_there_is_not_is_404(clinic: httpx.AsyncClient) -> None:
    assert (await clinic.post("/cds-services/nonsense", json=a_call())).status_code == 404


async def test_feedback_is_kept_once(clinic: httpx.AsyncClient, payer: Running) -> None:
    entry = {
        "card": INSTANCE,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-05-11T13:00:00Z",
        "overrideReason": {"userComment": "no"},
    }
    for _ in range(2):
        answer = await clinic.post("/cds-services/order-sign-crd/feedback", json={"feedback": [entry]})
        assert answer.status_code == 200

    kept = await payer.store.view(lambda view: view.records("crd-feedback"))
    assert [each.body for each in kept] == [entry]
