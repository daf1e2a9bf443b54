"""Guidance that was given is kept: it is honoured when the service is adjudicated (`binding`). CRD, "Accuracy"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from services.coverage.binding import KIND
from services.coverage.question import Wanted
from shared.store.transaction import Transaction

from .information import Asserted


@dataclass(frozen=True, slots=True)
class Given:
    """What was asserted of one order. `id` is the coverage-assertion-id, `coverage` the payer's own `Coverage/<id>` ("" if it
    isn't known), `order` the client's `Type/<id>`."""

    id: str
    order: str
    coverage: str
    wanted: Wanted
    said: Asserted
    days: int


def keep(hook: str, instance: str, given: Iterable[Given], tx: Transaction) -> None:
    today = tx.now.date()
    for each in given:
        keys = {"instance": instance, "coverage": each.coverage, "order": each.order}
        body = {
            "hook": hook,
            "service": each.wanted.service_type,
            "products": [list(code) for code in each.wanted.products],
            "quantity": each.wanted.quantity,
            "covered": each.said.covered,
            "authorization": each.said.authorization,
            "satisfied": each.said.satisfied_by,
            "date": today.isoformat(),
            "expires": (today + timedelta(days=each.days)).isoformat(),
        }
        tx.record(KIND, each.id, each.said.covered, keys, body)
