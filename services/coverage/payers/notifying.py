"""Delivers decisions to those who have subscribed to them: a POST for each, tried again, until the subscription is in error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from pydantic import ValidationError

from services.coverage.pas import notifying
from shared.fhir import text
from shared.fhir.caller import Caller
from shared.fhir.issue import Resource
from shared.fhir.refusal import Refusal
from shared.service import Deployed
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View
from shared.store.worker import Worker, at_work

from .addresses import Address, Credentials
from .exchange import Line, accepted
from .payer import Trouble

NOTIFIER: Final = Caller("notifier", kind="service")
LOOK_SECONDS: Final = 1.0
ATTEMPT_SECONDS: Final = 10.0
AT_ONCE: Final = 20
_FHIR: Final = "application/fhir+json"

_log = structlog.get_logger()


@asynccontextmanager
async def notifying_at(deployed: Deployed) -> AsyncIterator[None]:
    """Deliver, until it is left."""
    send = partial(_send, deployed=deployed)
    worker = Worker(notifying.QUEUE, send, deployed.store, NOTIFIER, at_once=AT_ONCE, hold=timedelta(seconds=ATTEMPT_SECONDS * 3))
    async with at_work([worker]), asyncio.TaskGroup() as group:
        task = group.create_task(_receive(deployed))
        yield
        task.cancel()


async def _receive(deployed: Deployed) -> None:
    while True:
        try:
            await _welcome(deployed)
        except Refusal as refusal:
            _log.warning("subscriptions wait", reason=str(refusal)[:200])
        except Exception as error:  # noqa: BLE001 (the others are served; this one is tried again)
            _log.exception("a subscription was not tried", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def _welcome(deployed: Deployed) -> None:
    """Subscriptions that are new are tried, and served from then on; or they are in error."""
    for subscription in await deployed.store.view(lambda view: view.search("Subscription?status=requested")):
        why = await deployed.store.view(lambda view, one=subscription: notifying.why_not(one, view))  # type: ignore[misc]
        if not why:
            why = await _shaken(subscription, deployed)
        said = {"status": "error", "error": why} if why else {"status": "active"}
        await deployed.store.unit(lambda tx, one=subscription, said=said: _turned(one, said, tx), caller=NOTIFIER)  # type: ignore[misc]


def _turned(subscription: Resource, said: Resource, tx: Transaction) -> None:
    current = tx.read("Subscription", subscription["id"])
    if current and current["status"] == "requested":
        tx.save({name: value for name, value in current.items() if name != "error"} | said)


async def _shaken(subscription: Resource, deployed: Deployed) -> str:
    """Why its endpoint can't be used; "" if it answers. Only the topic has a handshake."""
    message = await deployed.store.view(lambda view: notifying.notification(subscription, 0, None, view))
    try:
        await _posted(subscription, message)
    except Trouble as trouble:
        return f"the endpoint does not take notifications ({trouble.code})"
    return ""


async def _send(record: Record, deployed: Deployed) -> None:
    subscription, message = await deployed.store.view(lambda view: _message(record, view))
    why = ""
    if subscription and message:
        try:
            await _posted(subscription, message)
        except Trouble as trouble:
            why = f"a notification was not taken ({trouble.code})"
    if why:
        await deployed.store.unit(lambda tx: notifying.failed(record, why, tx), caller=NOTIFIER)
    else:
        await deployed.store.unit(lambda tx: notifying.sent(record, tx), caller=NOTIFIER)


def _message(record: Record, view: View) -> tuple[Resource | None, Resource | None]:
    """Nothing for a subscription that is gone or off."""
    subscription = view.read("Subscription", str(record.body["subscription"]))
    answer = view.read("ClaimResponse", str(record.body["answer"]))
    if subscription is None or answer is None or subscription["status"] not in ("requested", "active"):
        return None, None
    return subscription, notifying.notification(subscription, int(str(record.body["number"])), answer, view)


async def _posted(subscription: Resource, message: Resource) -> None:
    """Raises Trouble; for an endpoint that is neither https nor on this machine too."""
    channel = subscription["channel"]
    try:
        address = Address(kind="fhir", insurers=("subscriber",), address=channel["endpoint"], attempt_seconds=ATTEMPT_SECONDS)
    except ValidationError:
        raise Trouble("payer-refused", "an endpoint begins with https://, or is of this machine") from None
    headers = dict(each.split(": ", 1) for each in channel.get("header", ()) if ": " in each)
    line = Line(address, Credentials())
    try:
        if message:
            accepted(await line.post(address.address, headers | {"Content-Type": _FHIR}, text.dump(message)))
    finally:
        await line.close()
