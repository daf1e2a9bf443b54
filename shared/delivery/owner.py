"""Reading from the services that own what is followed, over their FHIR door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from shared.events.event import Event
from shared.fhir import text
from shared.fhir.issue import Resource
from shared.kernel.settings import Settings
from shared.service import Directory
from shared.store.following import Mark
from shared.store.instant import micros
from shared.store.version import Version

_PAGE: Final = 500
_SERVER_ERROR: Final = 500
_TIMEOUT: Final = httpx.Timeout(30.0, connect=3.0)
_ACCEPT: Final = {"Accept": "application/fhir+json"}


class Owners:
    """One HTTP client for all owners. Every method raises httpx.HTTPError: TransportError while an owner is away."""

    def __init__(self, settings: Settings, directory: Directory, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._directory = directory
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, headers=_ACCEPT, trust_env=False, transport=transport)

    async def close(self) -> None:
        await self._client.aclose()

    def base(self, type: str) -> str:
        """Where a type is written, with `/fhir`. Raises ValueError if nobody owns it."""
        owner = self._directory.owner(type)
        if owner is None:
            raise ValueError(f"nobody owns {type}")
        return f"{self._settings.service_url(owner, self._directory.owns)}/fhir"

    async def body(self, event: Event) -> bytes:
        """The version that an event without its body tells of, read at the type's owner as the directory has it: whatever
        address the message names, nothing else is asked."""
        return await self.fetch(f"{self.base(event.type)}/{event.reference}/_history/{event.version}")

    async def fetch(self, url: str) -> bytes:
        """The resource at an address, in the owner's own characters. An owner that fails (5xx) counts as away."""
        answer = await self._client.get(url)
        if answer.status_code >= _SERVER_ERROR:
            raise httpx.TransportError(f"{answer.status_code} from {url}")
        return answer.raise_for_status().content

    async def history(self, type: str) -> AsyncIterator[list[Version]]:
        """Every version of a type, deletions too, newest first, page by page: https://hl7.org/fhir/R4/http.html#history"""
        async for page in self._pages(f"{self.base(type)}/{type}/_history?_count={_PAGE}"):
            yield [_version(entry) for entry in page]

    async def newest(self, type: str, id: str) -> Version | None:
        """The current version of a resource, or its deletion; None if the owner never knew it."""
        try:
            page = text.load(await self.fetch(f"{self.base(type)}/{type}/{id}/_history?_count=1"))
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.NOT_FOUND:
                return None
            raise
        return next((_version(entry) for entry in page.get("entry", ())), None)

    async def digest(self, type: str) -> dict[str, Mark]:
        """By what every resource of a type is compared with its copies, by id."""
        found: dict[str, Mark] = {}
        async for page in self._pages(f"{self.base(type)}/{type}?_elements=id&_count={_PAGE}"):
            resources = [entry["resource"] for entry in page if entry.get("search", {}).get("mode") == "match"]
            found |= {resource["id"]: _mark(resource["meta"]) for resource in resources}
        return found

    async def _pages(self, url: str) -> AsyncIterator[list[Resource]]:
        following: str | None = url
        while following:
            bundle = text.load(await self.fetch(following))
            yield bundle.get("entry", [])
            following = next((link["url"] for link in bundle.get("link", ()) if link["relation"] == "next"), None)


def _mark(meta: dict[str, Any]) -> Mark:
    return int(meta["versionId"]), micros(datetime.fromisoformat(meta["lastUpdated"]))


def _version(entry: dict[str, Any]) -> Version:
    """A version out of a history entry; the resource keeps the text of its numbers."""
    resource: Resource | None = entry.get("resource")
    if resource is not None:
        meta = resource["meta"]
        updated = datetime.fromisoformat(meta["lastUpdated"]).astimezone(UTC)
        return Version(resource["resourceType"], resource["id"], int(meta["versionId"]), updated, text.dump(resource))
    type, id = entry["request"]["url"].split("/")[-2:]
    response = entry["response"]
    updated = datetime.fromisoformat(response["lastModified"]).astimezone(UTC)
    return Version(type, id, int(response["etag"].removeprefix("W/").strip('"')), updated, b"", deleted=True)
