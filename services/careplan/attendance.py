"""Did the visits take place: a service that was given as often as planned is complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from shared.events.event import Event
from shared.fhir.element import targets_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View


def visits(request: str, view: View) -> list[Resource]:
    """The Appointments of a ServiceRequest that this service knows, in the order of time."""
    found = view.search(f"Appointment?based-on=ServiceRequest/{request}")
    return sorted(found, key=lambda visit: visit.get("start", ""))


def tally(found: Iterable[Resource]) -> Counter[str]:
    """How many visits have each status."""
    return Counter(visit["status"] for visit in found)


def to_come(request: Resource, held: int) -> int | None:
    """Visits that a service wants and that have not been held; None where it says no number."""
    wanted = request.get("quantityQuantity", {}).get("value")
    return None if wanted is None else max(0, int(float(wanted)) - held)


def note_visit(event: Event, tx: Transaction) -> None:
    """`Appointment.fulfilled`: the service is complete once all its visits took place."""
    appointment = tx.read("Appointment", event.subject) or event.resource
    for id in targets_of(appointment.get("basedOn"), "ServiceRequest"):
        request = tx.read("ServiceRequest", id)
        if request is not None and request["status"] == "active" and _is_complete(request, tx):
            tx.save(request | {"status": "completed"})


def _is_complete(request: Resource, view: View) -> bool:
    return to_come(request, tally(visits(request["id"], view))["fulfilled"]) == 0
