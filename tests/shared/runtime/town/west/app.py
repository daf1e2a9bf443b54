"""west: greets every patient of the east with a task."""

from __future__ import annotations

from typing import TypedDict

from shared.events.event import Event
from shared.runtime.app import build_app
from shared.service import Owned, Service
from shared.store.transaction import Transaction
from tests.shared.runtime.town.directory import DIRECTORY


class Task(TypedDict, total=False): ...


def greet(event: Event, tx: Transaction) -> None:
    tx.create({"resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": event.reference}})


service = Service(name="west", directory=DIRECTORY, owns=(Owned(Task),), follows=("Patient",), reacts={"Patient.created": greet})
app = build_app(service)
