"""Where a case is played: the doors of the four services, and the clock that moves them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, TypeVar

import httpx
import orjson

from services.directory import DIRECTORY

Resource = dict[str, Any]
T = TypeVar("T")

PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.03
_CLOCK_SECONDS = 0.11
"""So long after the file of the clock was written every service has read it."""

_AWAY = frozenset({502, 503, 504})
_FHIR = {"Content-Type": "application/fhir+json"}


class Refused(Exception):
    """A door said no: `status`, and the OperationOutcome."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.outcome: Resource = answer.json() if answer.content else {}
        sentences = [issue.get("diagnostics", issue.get("code", "")) for issue in self.outcome.get("issue", ())]
        super().__init__(f"{self.status} {answer.request.method} {answer.request.url}: {'; '.join(sentences)}")


class Messenger(Protocol):
    """The hospital's line to intake (`deploy.demo.line`)."""

    async def send(self, message: bytes) -> bool:
        """Whether it was taken. Raises NotTaken for what never will be."""
        ...


class Stage:
    """`clients`: service name → a client whose base is `…/fhir/`. `clock`: the file that CARE_CLOCK names.
    `line`: the hospital's, to intake.

    Everything that is asked of a door is safe to ask twice, so a service that is away is simply asked again.
    """

    def __init__(self, clients: Mapping[str, httpx.AsyncClient], clock: Path, line: Messenger) -> None:
        self._clients = clients
        self._line = line
        self._clock = clock
        self._moved_at = 0.0

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self._clock.read_text(encoding="utf-8").strip())

    def move_to(self, moment: datetime) -> None:
        """Time passes, never backwards. What is written after that is written at the new time."""
        if not self._clock.exists() or moment > self.now:
            beside = self._clock.with_suffix(".new")
            beside.write_text(moment.isoformat(), encoding="utf-8")
            beside.replace(self._clock)
            self._moved_at = monotonic()

    async def settle(self) -> None:
        """Let the services work for a moment."""
        await asyncio.sleep(_POLL_SECONDS)

    async def put(self, resource: Resource) -> Resource:
        return await self._ask(resource["resourceType"], "PUT", f"{resource['resourceType']}/{resource['id']}", resource)

    async def change(self, reference: str, **elements: object) -> Resource:
        """Set top-level elements of a resource, by a merge patch."""
        content = orjson.dumps(elements)
        type = reference.partition("/")[0]
        return await self._send(type, "PATCH", reference, content, {"Content-Type": "application/json"})

    async def transaction(self, service: str, bundle: Resource) -> Resource:
        return await self._send_to(service, "POST", "", orjson.dumps(bundle), _FHIR)

    async def operation(self, path: str, body: Resource | None = None, service: str = "") -> Resource:
        """`CarePlan/7/$activate`, at the owner of its type or at `service`."""
        content = orjson.dumps(body or {"resourceType": "Parameters"})
        return await self._send_to(service or _owner(path), "POST", path, content, _FHIR)

    async def tell(self, message: bytes) -> None:
        """A message over the hospital's line, sent again until intake has it. Raises NotTaken."""
        await asyncio.sleep(max(0.0, self._moved_at + _CLOCK_SECONDS - monotonic()))

        async def taken() -> bool:
            return await self._line.send(message)

        await self.until(taken, "acknowledgment")

    async def read(self, reference: str, service: str = "") -> Resource | None:
        try:
            return await self._send_to(service or _owner(reference), "GET", reference)
        except Refused as refused:
            if refused.status in (404, 410):
                return None
            raise

    async def search(self, query: str, service: str = "") -> list[Resource]:
        """All matches of `Type?…`."""
        found = await self._send_to(service or _owner(query), "GET", f"{query}&_count=1000")
        return [entry["resource"] for entry in found.get("entry", ()) if entry.get("search", {}).get("mode", "match") == "match"]

    async def admin(self, service: str, path: str) -> Resource:
        """What stands beside `/fhir`, such as `admin/handovers/7`."""
        return await self._send_to(service, "GET", f"../{path}")

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Look again and again until something is found. Raises TimeoutError that says what was missed."""
        last = monotonic() + PATIENCE_SECONDS
        while True:
            found = await look()
            if found:
                return found
            if monotonic() > last:
                raise TimeoutError(f"within {PATIENCE_SECONDS:.0f} s there was no {what}")
            await self.settle()

    async def _ask(self, type: str, method: str, path: str, body: Resource) -> Resource:
        return await self._send(type, method, path, orjson.dumps(body), _FHIR)

    async def _send(self, type: str, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> Resource:
        return await self._send_to(_owner(type), method, path, content, headers)

    async def _send_to(
        self, service: str, method: str, path: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Resource:
        answer = await self.answer(service, method, path, content, headers)
        found: Resource = answer.json() if answer.content else {}
        return found

    async def answer(
        self, service: str, method: str, path: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The answer of a door that is open, waited for. Raises Refused; TimeoutError when it stays closed."""
        last = monotonic() + PATIENCE_SECONDS
        if method != "GET":
            await asyncio.sleep(max(0.0, self._moved_at + _CLOCK_SECONDS - monotonic()))
        while (answer := await self._try(service, method, path, content, headers or {})) is None:
            if monotonic() > last:
                raise TimeoutError(f"{service} did not answer {method} {path} within {PATIENCE_SECONDS:.0f} s")
            await self.settle()
        if answer.is_error:
            raise Refused(answer)
        return answer

    async def _try(
        self, service: str, method: str, path: str, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        try:
            answer = await self._clients[service].request(method, path, content=content, headers=headers)
        except httpx.TransportError:
            return None
        return None if answer.status_code in _AWAY else answer


def _owner(path: str) -> str:
    type = path.partition("/")[0].partition("?")[0]
    owner = DIRECTORY.owner(type)
    if owner is None:
        raise ValueError(f"nobody owns {type}")
    return owner
