"""Everything that the owners tell over HTTP: each type's whole history, and what is current everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from services.directory import DIRECTORY
from tests.chaos.book import Resource
from tests.chaos.instance import SERVICES
from tests.chaos.place import Place

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Known:
    """One version; `resource` empty for a deletion."""

    type: str
    id: str
    version: int
    resource: Resource

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


@dataclass
class World:
    """`versions`: by `Type/id` at its owner, oldest first. `copies`: (service, type) → id → version number."""

    versions: dict[str, list[Known]] = field(default_factory=dict)
    copies: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    letters: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    handovers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def current(self, type: str) -> dict[str, Resource]:
        """What is not deleted."""
        newest = {known[-1].id: known[-1].resource for known in self.versions.values() if known[-1].type == type}
        return {id: resource for id, resource in newest.items() if resource}


async def looked_at(place: Place, handovers: Sequence[str]) -> World:
    world, there = World(), place.instances[0]
    async with httpx.AsyncClient(timeout=60) as client:
        for service, types in DIRECTORY.owns.items():
            for type in types:
                async for known in _history(client, f"{there.url(service)}/fhir/{type}/_history?_count={_PAGE}"):
                    world.versions.setdefault(known.reference, []).insert(0, known)
        for service in SERVICES:
            statement = (await client.get(f"{there.url(service)}/fhir/metadata")).json()
            types_there = {each["type"] for each in statement["rest"][0]["resource"]}
            for type in sorted(types_there & {type for types in DIRECTORY.owns.values() for type in types}):
                world.copies[service, type] = await _current(client, f"{there.url(service)}/fhir/{type}?_count={_PAGE}")
            world.letters[service] = await _letters(client, there.url(service))
        for address in handovers:
            told = await _got(client, f"{there.url('intake')}{address}")
            world.handovers[address] = told.json()
    return world


async def _history(client: httpx.AsyncClient, url: str) -> AsyncIterator[Known]:
    async for entry in _entries(client, url):
        type, id = entry["request"]["url"].split("?")[0].split("/")[-2:] if "resource" not in entry else ("", "")
        resource = entry.get("resource", {})
        if resource:
            yield Known(resource["resourceType"], resource["id"], int(resource["meta"]["versionId"]), resource)
        else:
            yield Known(type, id, int(entry["response"]["etag"].removeprefix("W/").strip('"')), {})


async def _current(client: httpx.AsyncClient, url: str) -> dict[str, int]:
    found = [entry["resource"] async for entry in _entries(client, f"{url}&_elements=id")]
    return {resource["id"]: int(resource["meta"]["versionId"]) for resource in found if "id" in resource}


async def _letters(client: httpx.AsyncClient, root: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following: str | None = "/admin/dead-letters"
    while following:
        page = (await client.get(root + following)).json()
        found += page["letters"]
        following = page["next"]
    return found


async def _entries(client: httpx.AsyncClient, url: str) -> AsyncIterator[dict[str, Any]]:
    following: str | None = url
    while following:
        bundle = (await _got(client, following)).json()
        for entry in bundle.get("entry", ()):
            yield entry
        following = next((link["url"] for link in bundle.get("link", ()) if link["relation"] == "next"), None)


async def _got(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """All is quiet now, so whoever doesn't answer is given one more chance only."""
    try:
        answer = await client.get(url)
    except httpx.TransportError:
        await asyncio.sleep(1)
        answer = await client.get(url)
    return answer.raise_for_status()
