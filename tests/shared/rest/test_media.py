"""What may be sent, and what is answered in; nothing that is sent breaks the service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

PATIENT = b'{"resourceType":"Patient"}'


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/fhir+json", "application/fhir+json"),
        ("application/json", "application/json"),
        ("*/*", "application/fhir+json"),
        ("application/fhir+json, */*; q=0.1", "application/fhir+json"),
        ("application/json;q=0.9, application/fhir+json;q=0.5", "application/json"),
        ("application/fhir+json; fhirVersion=4.0", "application/fhir+json"),
        ("text/html, */*;q=0.8", "application/fhir+json"),
    ],
)
async def test_the_answer_is_in_the_type_that_is_wanted(client: httpx.AsyncClient, accept: str, answered: str) -> None:
    assert (await client.get("/metadata", headers={"Accept": accept})).headers["content-type"] == answered


@pytest.mark.parametrize("accept", ["application/fhir+xml", "text/html", "application/fhir+json; fhirVersion=3.0"])
async def test_what_is_not_spoken_is_406(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.get("/metadata", headers={"Accept": accept})

    assert answer.status_code == 406
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_format_goes_before_accept(client: httpx.AsyncClient) -> None:
    for format in ("json", "application/fhir%2Bjson", "application/fhir+json", "application/json"):
        answer = await client.get(f"/metadata?_format={format}", headers={"Accept": "application/fhir+xml"})
        assert answer.status_code == 200, format
    assert (await client.get("/metadata?_format=xml")).status_code == 406


@pytest.mark.parametrize(
    ("type", "status"),
    [
        ("application/fhir+json", 201),
        ("application/json; charset=utf-8", 201),
        ("application/fhir+json; fhirVersion=4.0", 201),
        ("application/fhir+json; fhirVersion=5.0", 415),
        ("application/fhir+xml", 415),
        ("text/plain", 415),
        ("application/json-patch+json", 415),
    ],
)
async def test_a_body_is_taken_in_json_of_r4_only(client: httpx.AsyncClient, type: str, status: int) -> None:
    assert (await client.post("/Patient", content=PATIENT, headers={"Content-Type": type})).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"Patient"', b"\xff\xfe{}", b"{}", b'{"resourceType":1}',
        b'{"resourceType":"Patient","active":NaN}',
        b'{"resourceType":"Patient","x":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"resourceType":"Patient","id":"\xff"}',
        b'{"resourceType":"Patient","language":"\\ud800"}',
        b'{"resourceType":"Patient","resourceType":"Patient"}',
    ],
)  # fmt: skip
async def test_a_body_that_is_no_resource_is_refused_in_order(client: httpx.AsyncClient, body: bytes) -> None:
    for answer in (await client.post("/Patient", content=body), await client.put("/Patient/p", content=body)):
        assert answer.status_code == 400, answer.text
        assert answer.json()["resourceType"] == "OperationOutcome"


async def test_a_compressed_body_is_refused_as_such(client: httpx.AsyncClient) -> None:
    answer = await client.post("/Patient", content=PATIENT, headers={"Content-Encoding": "gzip"})
    plain = await client.post("/Patient", content=PATIENT, headers={"Content-Encoding": "identity"})

    assert (answer.status_code, answer.json()["resourceType"], plain.status_code) == (415, "OperationOutcome", 201)


async def test_a_body_that_is_too_large_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b" " * 1_000_000

    announced = await client.post("/Patient", content=b" " * 3_000_000)
    chunked = await client.post("/Patient", content=endless())

    assert announced.status_code == chunked.status_code == 413
    assert read < 10


@pytest.mark.parametrize("path", ["", "/"])
async def test_the_base_is_the_same_with_and_without_a_slash(client: httpx.AsyncClient, path: str) -> None:
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient"}}]}

    assert (await client.post(f"http://here.example/fhir{path}", json=bundle)).status_code == 200


async def test_a_method_that_has_no_meaning_is_405_with_those_that_have(client: httpx.AsyncClient) -> None:
    answer = await client.post("/Patient/p")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, PUT, PATCH, DELETE"


async def test_nothing_in_a_query_breaks_the_service(client: httpx.AsyncClient) -> None:
    for query in ("name=%00", "%00=1", "name=%ff", "name=%ED%A0%80", "_count=-1", "_sort=%27;", "&&&=", "_id=' or 1=1"):
        answer = await client.get(f"/Patient?{query}")
        assert answer.status_code in (200, 400), (query, answer.text)


async def test_a_trace_and_a_request_id_are_taken_over(client: httpx.AsyncClient) -> None:
    given = await client.get("/Patient/p", headers={"X-Request-Id": "abc-1"})
    broken = await client.get("/Patient/p", headers={"X-Request-Id": "a b"})

    assert given.headers["x-request-id"] == "abc-1"
    assert broken.headers["x-request-id"] != "a b"
