"""Whatever is sent, the answer is an answer: resources with parts taken out, doubled or replaced by nonsense."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

NONSENSE: tuple[Any, ...] = (
    None, [], {}, 0, -1, 1e300, 2**63, "", " ", "\u0000", "2023-02-30", "#", "urn:uuid:1", "Patient?x=1", "a|b", True,
    [[]], [None], {"a": 1}, {"reference": 5}, {"resourceType": "Bundle"}, {"resourceType": 5},
)  # fmt: skip

PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "meta": {"tag": [{"system": "urn:t", "code": "x"}]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">River</div>'},
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Clinic"}],
    "extension": [{"url": "http://example.org/e", "valueDecimal": 1.5}],
    "identifier": [{"system": "urn:mrn", "value": "1", "assigner": {"reference": "#o"}}],
    "name": [{"family": "Chalmers", "given": ["Peter"], "_given": [{"id": "g"}], "period": {"start": "2001-05-06"}}],
    "birthDate": "1974-12-25",
    "deceasedBoolean": False,
    "link": [{"other": {"reference": "Patient/q"}, "type": "seealso"}],
}
PATCH = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [{"name": "type", "valueCode": "delete"}]}]}
ASKED = {
    "resourceType": "Parameters",
    "parameter": [{"name": "mode", "valueCode": "create"}, {"name": "resource", "resource": PATIENT}],
}
ENTRIES = [
    {"fullUrl": "urn:uuid:1", "resource": PATIENT, "request": {"method": "PUT", "url": "Patient/p", "ifMatch": 'W/"1"'}},
    {"request": {"method": "GET", "url": "Patient?name=x"}},
    {"resource": PATCH, "request": {"method": "PATCH", "url": "Patient?identifier=urn:mrn|1"}},
]

SENT: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/Patient", PATIENT),
    ("PUT", "/Patient/p", PATIENT),
    ("PATCH", "/Patient/p", PATCH),
    ("PATCH", "/Patient/p", [{"op": "replace", "path": "/birthDate", "value": "1974"}]),
    ("POST", "/Patient/$validate", ASKED),
    ("POST", "http://here.example/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": ENTRIES}),
    ("POST", "http://here.example/fhir", {"resourceType": "Bundle", "type": "batch", "entry": ENTRIES}),
)

TIMES = 60


@pytest.mark.parametrize(("method", "path", "body"), SENT)
async def test_nothing_that_is_sent_breaks_the_service(client: httpx.AsyncClient, method: str, path: str, body: Any) -> None:
    chance = random.Random(f"{method} {path}")
    for _ in range(TIMES):
        sent = json.dumps(_spoilt(body, chance))

        answer = await client.request(method, path, content=sent, headers={"Content-Type": "application/json"})

        assert answer.status_code < 500, sent
        assert b'"status":"5' not in answer.content, sent


def _spoilt(body: Any, chance: random.Random) -> Any:
    spoilt = copy.deepcopy(body)
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(_places(spoilt)) or [({}, "")])
        match chance.randint(0, 3):
            case 0 | 1:
                holder[key] = copy.deepcopy(chance.choice(NONSENSE))
            case 2:
                holder[key] = [copy.deepcopy(holder.get(key) if isinstance(holder, dict) else holder[key])]
            case _:
                holder.pop(key, None) if isinstance(holder, dict) else holder.pop(key)
    return spoilt


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of an object and item of a list, however deep: what holds it, and its name or number."""
    keys = part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    for key in keys:
        yield part, key
        yield from _places(part[key])


async def test_nobody_waits_for_the_check_of_a_large_body(client: httpx.AsyncClient) -> None:
    names = [{"family": "Chalmers", "nick": "River"}] * 20_000
    large = asyncio.create_task(client.post("/Patient", json={"resourceType": "Patient", "name": names}))
    await asyncio.sleep(0)

    read = asyncio.create_task(client.get("/Patient/unknown"))
    first, _ = await asyncio.wait({large, read}, return_when=asyncio.FIRST_COMPLETED)

    assert read in first
    assert (await large).status_code == 400
