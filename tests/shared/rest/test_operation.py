"""Operations that a service declares."""

from __future__ import annotations

from tests.shared.rest.conftest import Asked


async def test_an_operation_is_run_on_what_the_address_names(here: Asked) -> None:
    await here.client.put("/Patient/p", json={"resourceType": "Patient", "id": "p"})

    answer = await here.client.post("/Patient/p/$count-goals")

    assert answer.status_code == 200
    assert answer.json()["parameter"] == [{"name": "asked", "valueString": "Patient/p"}]
    assert here.accesses[-1].interaction == "$count-goals"


async def test_what_may_write_is_not_called_by_get(here: Asked) -> None:
    answer = await here.client.get("/Patient/p/$count-goals")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_an_operation_that_there_is_not_is_404(here: Asked) -> None:
    for path in ("/Patient/p/$nonsense", "/Patient/$count-goals", "/$count-goals", "/Patient/p/$count-goals"):
        answer = await here.client.post(path)
        assert answer.status_code == 404, path
        assert answer.json()["resourceType"] == "OperationOutcome"
    assert here.accesses[0].interaction == "operation"


async def test_its_body_goes_through_the_gate(here: Asked) -> None:
    await here.client.put("/Patient/p", json={"resourceType": "Patient", "id": "p"})

    wrong = {"resourceType": "Parameters", "parameter": [{"valueString": "nameless"}]}

    assert (await here.client.post("/Patient/p/$count-goals", json=wrong)).status_code == 422


async def test_a_body_that_is_no_resource_is_refused(here: Asked) -> None:
    await here.client.put("/Patient/p", json={"resourceType": "Patient", "id": "p"})

    for body in ({"parameter": []}, {"resourceType": ["Parameters"]}):
        answer = await here.client.post("/Patient/p/$count-goals", json=body)

        assert answer.status_code == 400
        assert answer.json()["resourceType"] == "OperationOutcome"


async def test_an_operation_that_asks_outside_has_the_whole_service(here: Asked) -> None:
    answer = await here.client.post("/Patient/$ask")

    assert (answer.status_code, answer.json()["id"]) == (200, "asked-about")
    assert here.accesses[-1].interaction == "$ask"


async def test_one_that_asks_outside_is_held_to_the_same_rules(here: Asked) -> None:
    assert (await here.client.get("/Patient/$ask")).status_code == 405
    assert (await here.client.post("/Patient/nobody/$ask-about")).status_code == 404
    assert (await here.client.post("/Goal/$ask")).status_code == 404


async def test_a_bundle_holds_no_operation_that_asks_outside(here: Asked) -> None:
    asking = {"request": {"method": "POST", "url": "Patient/$ask"}}

    batch = await here.client.post("/", json={"resourceType": "Bundle", "type": "batch", "entry": [asking]})
    transaction = await here.client.post("/", json={"resourceType": "Bundle", "type": "transaction", "entry": [asking]})

    assert batch.json()["entry"][0]["response"]["status"].startswith("422")
    assert transaction.status_code == 422
