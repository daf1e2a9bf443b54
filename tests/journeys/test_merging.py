"""Two records of one person in four real services: merged, looked for everywhere, parted again, while others go on writing."""

from __future__ import annotations

import asyncio
from typing import Any

from deploy.demo.stack import Stack
from deploy.demo.stage import Refused, Stage

Resource = dict[str, Any]

SURVIVOR, OLD = {"reference": "Patient/merged-river"}, {"reference": "Patient/merged-twin"}
HOUR = {"start": "2027-03-01T09:00:00Z", "end": "2027-03-01T10:00:00Z"}
WRITERS, WRITES = 3, 8


def kept_for(patient: Resource, name: str) -> list[Resource]:
    """Something of every owner that names the patient."""
    plan = {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "title": "Mine", "subject": patient}
    visit = {"status": "proposed", **HOUR, "participant": [{"actor": patient, "status": "tentative"}]}
    cover = {"status": "active", "beneficiary": patient, "payor": [{"display": "Northstar"}]}
    flag = {"status": "active", "code": {"text": "Falls"}, "subject": patient}
    return [
        plan | {"id": f"merged-{name}"},
        {"resourceType": "Appointment", "id": f"merged-{name}", **visit},
        {"resourceType": "Coverage", "id": f"merged-{name}", **cover},
        {"resourceType": "Flag", "id": f"merged-{name}", **flag},
    ]


ASKED = (
    ("intake", "Flag?patient="),
    ("intake", "Coverage?beneficiary="),
    ("careplan", "CarePlan?patient="),
    ("careplan", "Coverage?beneficiary="),
    ("scheduling", "Appointment?patient="),
    ("scheduling", "CarePlan?patient="),
    ("coverage", "Coverage?beneficiary="),
    ("coverage", "CarePlan?patient="),
)


async def test_a_merge_reaches_all_four_stores_and_is_taken_back_in_all(stack: Stack) -> None:
    async with stack.stage() as stage:
        for patient in (SURVIVOR, OLD):
            id = patient["reference"].partition("/")[2]
            await stage.put(
                {"resourceType": "Patient", "id": id, "name": [{"family": id, "given": ["River"]}], "birthDate": "1991-04-12"}
            )
        before = [await stage.put(resource) for resource in kept_for(OLD, "old")]
        await everywhere(stage, OLD, ["merged-old"])

        await asyncio.gather(asks(stage, "$merge"), *(goes_on_writing(stage, number) for number in range(WRITERS)))
        written = [f"merged-w{writer}-{number}" for writer in range(WRITERS) for number in range(WRITES)]
        await every_plan(stage, SURVIVOR, sorted(["merged-old", *written]))
        await every_plan(stage, OLD, sorted(["merged-old", *written]))
        await everywhere(stage, SURVIVOR, ["merged-old"])
        for resource in before:
            await names(stage, resource, SURVIVOR)
        assert ((await stage.read(OLD["reference"])) or {})["link"] == [{"other": SURVIVOR, "type": "replaced-by"}]
        assert await taken_for(stage, "merged-twin") == [SURVIVOR["reference"]]
        chained = await stage.search("Coverage?beneficiary.family=merged-twin", "careplan")
        assert [each["id"] for each in chained] == ["merged-old"]

        await asks(stage, "$unmerge")

        for resource in before:
            await names(stage, resource, OLD)
            assert content(await stage.read(reference(resource))) == content(resource)
        await everywhere(stage, OLD, ["merged-old"])
        await every_plan(stage, SURVIVOR, sorted(written))


async def asks(stage: Stage, operation: str) -> None:
    parameters = [{"name": "source-patient", "valueReference": OLD}, {"name": "target-patient", "valueReference": SURVIVOR}]
    await stage.operation(f"Patient/{operation}", {"resourceType": "Parameters", "parameter": parameters})


async def taken_for(stage: Stage, family: str) -> list[str]:
    """Who may be meant by somebody of this name."""
    patient = {"resourceType": "Patient", "name": [{"family": family, "given": ["River"]}], "birthDate": "1991-04-12"}
    body = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": patient}]}
    found = await stage.operation("Patient/$match", body)
    assert all(entry["fullUrl"].endswith(f"/fhir/{reference(entry['resource'])}") for entry in found["entry"])
    return [reference(entry["resource"]) for entry in found["entry"]]


async def goes_on_writing(stage: Stage, writer: int) -> None:
    """Plans of the survivor, one after another, each changed once."""
    for number in range(WRITES):
        plan = kept_for(SURVIVOR, f"w{writer}-{number}")[0]
        await stage.put(plan)
        await stage.put(plan | {"title": "Changed"})


async def everywhere(stage: Stage, patient: Resource, ids: list[str]) -> None:
    """Whoever is asked by this patient finds these (plans that others wrote aside)."""
    for service, query in ASKED:
        wanted = f"{query}{patient['reference'].partition('/')[2]}"

        async def seen(service: str = service, wanted: str = wanted) -> bool:
            found = sorted(each["id"] for each in await ask(stage, wanted, service) if "-w" not in each["id"])
            return found == ids

        await stage.until(seen, f"{wanted} in {service}: {ids}")


async def every_plan(stage: Stage, patient: Resource, ids: list[str]) -> None:
    for service in ("careplan", "scheduling", "coverage"):

        async def seen(service: str = service) -> bool:
            wanted = f"CarePlan?patient={patient['reference'].partition('/')[2]}"
            return sorted(each["id"] for each in await ask(stage, wanted, service)) == ids

        await stage.until(seen, f"every plan in {service}")


async def names(stage: Stage, resource: Resource, patient: Resource) -> None:
    """Waits until the stored JSON says so."""

    async def said() -> bool:
        return patient["reference"] in str(await stage.read(reference(resource)))

    await stage.until(said, f"{reference(resource)} of {patient['reference']}")


async def ask(stage: Stage, query: str, service: str) -> list[Resource]:
    try:
        return await stage.search(query, service)
    except Refused:
        return []


def reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def content(resource: Resource | None) -> Resource:
    return {name: value for name, value in (resource or {}).items() if name != "meta"}
