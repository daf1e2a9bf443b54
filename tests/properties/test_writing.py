"""What writing keeps, whatever is written: patches, bundles, conditional forms, histories, pages. Through the HTTP door, on both
databases."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from typing import Any, Final

import jsonpatch
import orjson
import pytest

from tests.properties.conftest import Serve, Served
from tests.properties.resources import LEGAL, Resource
from tests.properties.wire import Answered, Sent

PATIENT: Final = LEGAL["intake"][0]
VALUES: Final[tuple[Any, ...]] = ("x", "new", {"family": "New"}, [{"family": "List"}], [], None, True, 7, 1.50)
SEED: Final = 20261123


async def send(
    served: Served, method: str, path: str, body: Any = None, media: str = "application/fhir+json", **more: str
) -> Answered:
    headers = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in {"content-type": media, **more}.items())
    text = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    address, _, query = path.partition("?")
    return await served.ask(Sent(method, f"/fhir{address}", query, headers, (text,)))


def bare(resource: Resource) -> Resource:
    """Without what the server sets."""
    meta = {key: value for key, value in resource.get("meta", {}).items() if key not in ("versionId", "lastUpdated")}
    return {**{key: value for key, value in resource.items() if key != "meta"}, **({"meta": meta} if meta else {})}


def merged(target: Any, patch: Any) -> Any:
    """https://www.rfc-editor.org/rfc/rfc7386#section-2"""
    if not isinstance(patch, dict):
        return patch
    found = copy.deepcopy(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def a_json_patch(chance: random.Random, resource: Resource) -> list[Resource]:
    paths = [f"/{key}" for key in resource if key not in ("id", "resourceType", "meta")]
    paths += [
        "/name/0/family",
        "/name/0/given/0",
        "/name/-",
        "/name/1",
        "/telecom/0/value",
        "/multipleBirthInteger",
        "/name/0/period",
    ]
    return [
        {
            "op": chance.choice(("add", "remove", "replace", "copy", "move", "test")),
            "path": chance.choice(paths),
            "from": chance.choice(paths),
            "value": chance.choice(VALUES),
        }
        for _ in range(chance.randint(1, 3))
    ]


def a_merge_patch(chance: random.Random) -> Resource:
    names = ("gender", "birthDate", "name", "active", "contact", "maritalStatus", "text", "telecom")
    values = (
        *VALUES,
        "male",
        "1980-01-01",
        {"text": "words"},
        {"coding": None, "text": "t"},
        [{"value": "v", "system": "phone"}],
    )
    return {chance.choice(names): chance.choice(values) for _ in range(chance.randint(0, 3))}


@pytest.mark.parametrize("kind", ["json-patch", "merge-patch"])
async def test_a_patch_does_what_its_standard_says_or_nothing(serve: Serve, kind: str) -> None:
    chance = random.Random(SEED)
    async with serve("intake") as served:
        applied = 0
        for _ in range(150):
            await send(served, "PUT", "/Patient/p1", PATIENT)
            before = (await send(served, "GET", "/Patient/p1")).json()
            patch: Any = a_json_patch(chance, before) if kind == "json-patch" else a_merge_patch(chance)
            wanted = computed(before, patch)

            answered = await send(served, "PATCH", "/Patient/p1", patch, f"application/{kind}+json")

            after = (await send(served, "GET", "/Patient/p1")).json()
            if answered.status == 200:
                assert wanted is not None, patch
                assert bare(after) == bare(wanted), patch
                applied += 1
            else:
                assert answered.status in (400, 422), answered.body
                assert after == before, patch
                assert wanted is None or await refused(served, wanted), patch
        assert applied > 5


def computed(before: Resource, patch: Any) -> Resource | None:
    """What the patch makes of a resource, by another implementation; None where it can't be applied."""
    try:
        found: Resource = merged(before, patch) if isinstance(patch, dict) else jsonpatch.apply_patch(before, patch)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError):
        return None
    without: Resource = without_empty(found)
    return without


def without_empty(value: Any) -> Any:
    """FHIR has no empty lists and objects: what a patch emptied is gone (http://hl7.org/fhir/R4/json.html)."""
    if isinstance(value, dict):
        below = {key: without_empty(each) for key, each in value.items()}
        return {key: each for key, each in below.items() if each not in ([], {})}
    if isinstance(value, list):
        return [each for each in map(without_empty, value) if each not in ([], {})]
    return value


async def refused(served: Served, resource: Resource) -> bool:
    """Whether the content itself is not legal."""
    return (await send(served, "PUT", "/Patient/p1", resource)).status in (400, 422)


async def test_all_references_of_a_transaction_resolve_and_a_failing_one_leaves_nothing(serve: Serve) -> None:
    chance = random.Random(SEED)
    async with serve("intake") as served:
        for round in range(25):
            count = chance.randint(2, 12)
            urns = [f"urn:uuid:00000000-0000-4000-8000-{round:06}{place:06}" for place in range(count)]
            entries = [an_entry(chance, urns, place, f"round-{round}") for place in range(count)]
            fails = chance.random() < 0.4
            if fails:
                entries[chance.randrange(count)]["resource"]["gender"] = "impossible"
            chance.shuffle(entries)

            answered = await send(served, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})

            written = await everyone(served, f"/Patient?identifier=urn:round%7Cround-{round}")
            if fails:
                assert answered.status in (400, 422)
                assert written == []
                continue
            assert answered.status == 200, answered.body
            assert [entry["response"]["status"][:3] for entry in answered.json()["entry"]] == ["201"] * count
            assert len(written) == count
            known = {f"Patient/{patient['id']}" for patient in written}
            for patient in written:
                assert {link["other"]["reference"] for link in patient.get("link", ())} <= known
                assert "urn:uuid" not in json.dumps(patient)


def an_entry(chance: random.Random, urns: list[str], place: int, round: str) -> Resource:
    links = [{"other": {"reference": urn}, "type": "seealso"} for urn in chance.sample(urns, chance.randint(0, len(urns)))]
    narrative = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{chance.choice(urns)}">other</a></div>'
    resource: Resource = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:round", "value": round}],
        "text": {"status": "generated", "div": narrative},
    }
    if links:
        resource["link"] = links
    if chance.random() < 0.3:
        id = f"{round}-{place}"
        return {"fullUrl": urns[place], "resource": {**resource, "id": id}, "request": {"method": "PUT", "url": f"Patient/{id}"}}
    return {"fullUrl": urns[place], "resource": resource, "request": {"method": "POST", "url": "Patient"}}


async def test_conditional_creates_in_any_order_make_one_of_each(serve: Serve) -> None:
    chance = random.Random(SEED)
    async with serve("intake") as served:
        wanted = [chance.randrange(8) for _ in range(80)]

        async def create(number: int) -> int:
            body = {"resourceType": "Patient", "identifier": [{"system": "urn:once", "value": str(number)}]}
            return (await send(served, "POST", "/Patient", body, if_none_exist=f"identifier=urn:once|{number}")).status

        statuses = await asyncio.gather(*map(create, wanted))

        assert sorted(set(statuses)) == [200, 201]
        assert statuses.count(201) == len(set(wanted)) == len(await everyone(served, "/Patient?identifier=urn:once%7C"))


async def test_a_history_has_every_version_once_whatever_happened(serve: Serve) -> None:
    chance = random.Random(SEED)
    async with serve("intake") as served:

        async def change(step: int) -> None:
            id = chance.choice(("h1", "h2"))
            match chance.randrange(5):
                case 0:
                    await send(served, "DELETE", f"/Patient/{id}")
                case 1:
                    await send(
                        served, "PATCH", f"/Patient/{id}", {"active": chance.random() < 0.5}, "application/merge-patch+json"
                    )
                case 2:
                    await send(served, "PUT", f"/Patient/{id}", {"resourceType": "Patient", "id": id}, if_match='W/"3"')
                case _:
                    body = {"resourceType": "Patient", "id": id, "birthDate": f"19{chance.randrange(10, 13)}"}
                    await send(served, "PUT", f"/Patient/{id}", body)

        for start in range(0, 120, 10):
            await asyncio.gather(*(change(step) for step in range(start, start + 10)))

        for id in ("h1", "h2"):
            entries = await every_entry(served, f"/Patient/{id}/_history?_count=7")
            numbers = [int(entry["response"]["etag"][3:-1]) for entry in entries]
            assert numbers == list(range(len(numbers), 0, -1))
            assert len(numbers) > 10


@pytest.mark.parametrize("query", ["", "&_sort=_lastUpdated", "&_sort=-_lastUpdated", "&_sort=birthdate", "&_sort=-_id"])
async def test_pages_miss_and_double_nothing_while_others_write(serve: Serve, query: str) -> None:
    chance = random.Random(SEED)
    async with serve("intake") as served:
        stay = {f"stay-{place}" for place in range(40)}
        for id in sorted(stay):
            await send(served, "PUT", f"/Patient/{id}", a_paged(id, chance))
        page = (await send(served, "GET", f"/Patient?identifier=urn:paged%7C&_count=4{query}")).json()
        seen = ids_on(page)

        while following := next_of(page):
            for _ in range(3):
                await disturb(served, chance, sorted(stay))
            page = (await send(served, "GET", following)).json()
            seen += ids_on(page)

        assert len(seen) == len(set(seen))
        assert stay <= set(seen)


async def disturb(served: Served, chance: random.Random, stay: list[str]) -> None:
    """Others come, go, and are changed; of those that stay something is changed that the pages are not sorted by."""
    match chance.randrange(3):
        case 0:
            id = f"come-{chance.randrange(9)}"
            await send(served, "PUT", f"/Patient/{id}", a_paged(id, chance))
        case 1:
            await send(served, "DELETE", f"/Patient/come-{chance.randrange(9)}")
        case _:
            patch = {"active": chance.random() < 0.5, "telecom": [{"system": "phone", "value": str(chance.random())}]}
            await send(served, "PATCH", f"/Patient/{chance.choice(stay)}", patch, "application/merge-patch+json")


def a_paged(id: str, chance: random.Random) -> Resource:
    birth = {"birthDate": f"19{chance.randrange(50, 60)}"} if chance.random() < 0.7 else {}
    return {"resourceType": "Patient", "id": id, "identifier": [{"system": "urn:paged", "value": id}], **birth}


def ids_on(page: Resource) -> list[str]:
    return [entry["resource"]["id"] for entry in page.get("entry", ())]


def next_of(page: Resource) -> str:
    found = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    return str(found).partition("/fhir")[2]


async def every_entry(served: Served, path: str) -> list[Resource]:
    entries: list[Resource] = []
    while path:
        page = (await send(served, "GET", path)).json()
        entries += page.get("entry", ())
        path = next_of(page)
    return entries


async def everyone(served: Served, path: str) -> list[Resource]:
    return [entry["resource"] for entry in await every_entry(served, path)]
