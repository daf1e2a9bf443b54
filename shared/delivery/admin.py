"""What an operator sees and does, from this machine only: dead letters, handovers, copies loaded again or compared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, Final

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.delivery import handover
from shared.delivery.followers import Followers
from shared.delivery.owner import Owners
from shared.delivery.taking import readable
from shared.events.envelope import Message
from shared.fhir.refusal import Conflict, NotFound, Refusal, Unavailable
from shared.service import Deployed
from shared.store import dead_letters, handovers, inbox, outbox
from shared.store.dead_letters import DeadLetter
from shared.store.inbox import Parked
from shared.store.transaction import Transaction

_PAGE: Final = 100
_FORBIDDEN: Final = 403

Handler = Callable[[Request], Awaitable[Any]]


class Admin:
    """The pages under `/admin` that delivery answers; JSON, errors as OperationOutcome."""

    def __init__(self, deployed: Deployed, followers: Followers, owners: Owners) -> None:
        self._store = deployed.store
        self._followers = followers
        self._owners = owners

    def routes(self) -> list[Route]:
        return [
            Route("/admin/dead-letters", _answered(self.dead_letters), methods=["GET"]),
            Route("/admin/dead-letters/{id}/retry", _answered(self.retry), methods=["POST"]),
            Route("/admin/handovers/{id}", _answered(self.handover), methods=["GET"]),
            Route("/admin/resync", _answered(self.resync), methods=["POST"]),
            Route("/admin/reconcile", _answered(self.reconcile), methods=["POST"]),
        ]

    async def dead_letters(self, request: Request) -> Any:
        """Those that stand, oldest first: `{total, letters: […], next}`; `?after=<id>` gives the page behind a letter."""
        after = request.query_params.get("after", "")
        total, letters = await self._store.view(
            lambda view: (
                dead_letters.count(view.connection),
                dead_letters.standing(view.connection, dead_letters.get(view.connection, after), _PAGE),
            )
        )
        next_page = f"/admin/dead-letters?after={letters[-1].id}" if len(letters) == _PAGE else None
        return {"total": total, "letters": [_shown(letter) for letter in letters], "next": next_page}

    async def retry(self, request: Request) -> Any:
        """Take a dead letter up again: its event is published, its reaction run, its proposal made or its timer set anew."""
        id = request.path_params["id"]
        letter = await self._store.view(lambda view: dead_letters.get(view.connection, id))
        body = await _reached(self._body(letter)) if letter else b""
        return _shown(await self._store.unit(lambda tx: take_up(tx, id, body)))

    async def handover(self, request: Request) -> Any:
        """`{id, status: pending|done|failed, entries: [{index, type, id, owner, status, outcome}]}`"""
        id = request.path_params["id"]
        found = await self._store.view(lambda view: handovers.shown(view, id))
        if found is None:
            raise NotFound(f"there is no handover {id}")
        return found

    async def resync(self, request: Request) -> Any:
        """Read all followed types (or `?type=…`) from their owners again. Answers `{type: versions read}` when done."""
        return await _reached(self._followers.resync(request.query_params.getlist("type")))

    async def reconcile(self, request: Request) -> Any:
        """Compare copies with their owners and repair: `{type: {compared, repaired, unknown}}`."""
        return await _reached(self._followers.reconcile(request.query_params.getlist("type")))

    async def _body(self, letter: DeadLetter) -> bytes:
        """The body of what was given up, also where it could not be fetched then."""
        event = readable(Message("", letter.headers, letter.body)).event
        fetched = event and letter.origin == "inbox" and not letter.body and "care-fetch" in event.headers
        return await self._owners.body(event) if event and fetched else letter.body


def take_up(tx: Transaction, id: str, body: bytes = b"") -> DeadLetter:
    """Try again what was given up, with this body if its own is missing. Raises NotFound, and Conflict where there is nothing
    to be tried."""
    letter = dead_letters.get(tx.connection, id)
    if letter is None:
        raise NotFound(f"there is no dead letter {id}")
    if not dead_letters.take_up(tx.connection, id):
        raise Conflict(f"dead letter {id} has been taken up already")
    _TAKE_UP[letter.origin](replace(letter, body=letter.body or body), tx)
    return dead_letters.get(tx.connection, id) or letter


def _publish(letter: DeadLetter, tx: Transaction) -> None:
    if not outbox.send_again(tx.connection, letter.place):
        raise Conflict("its event is not in the outbox any more")
    handovers.note(tx, letter.headers.get("care-handover", ""), {letter.about: (handovers.PENDING, None)})


def _react(letter: DeadLetter, tx: Transaction) -> None:
    incoming = readable(Message("", letter.headers, letter.body, letter.place))
    if incoming.event is None:
        raise Conflict(f"its message is no event: {incoming.error}")
    event = incoming.event
    inbox.park(tx.connection, Parked(event.id, event.type, event.subject, letter.place, letter.headers, letter.body))
    inbox.promote(tx.connection, event.type, event.subject)
    inbox.accept(tx.connection, [(event.id, letter.place)])


def _hand_over(letter: DeadLetter, tx: Transaction) -> None:
    if not letter.body:
        raise Conflict("its proposal is not kept any more")
    handover.propose_again(letter, tx)


def _fire(letter: DeadLetter, tx: Transaction) -> None:
    tx.schedule(letter.name, tx.now, letter.about, orjson.loads(letter.body))


_TAKE_UP: Final = {"outbox": _publish, "inbox": _react, "handover": _hand_over, "timer": _fire}


def _shown(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "origin": letter.origin,
        "about": letter.about,
        "name": letter.name,
        "error": letter.error,
        "attempts": letter.attempts,
        "created": letter.created,
        "retried": letter.retried,
        "headers": dict(letter.headers),
        "body": letter.body.decode(errors="replace"),
    }


async def _reached(reading: Awaitable[Any]) -> Any:
    try:
        return await reading
    except httpx.HTTPError as error:
        raise Unavailable(f"an owner could not be read: {error}") from error


def _answered(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if not _from_here(request):
            return Response(status_code=_FORBIDDEN)
        try:
            _check_characters(request)
            return Response(orjson.dumps(await handler(request)), media_type="application/json")
        except Refusal as refusal:
            return Response(orjson.dumps(refusal.as_fhir()), refusal.status, media_type="application/fhir+json")

    return answer


def _check_characters(request: Request) -> None:
    """Raise NotFound for an address with U+0000, which no id has and PostgreSQL doesn't take."""
    if any("\0" in value for value in (*request.path_params.values(), *request.query_params.values())):
        raise NotFound("there is nothing at this address")


def _from_here(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
