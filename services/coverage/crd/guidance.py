"""Guidance that was given is kept, and binds: a request for authorization that relies on it is decided by it.

CRD, "Accuracy": what was said is retained, and honoured when the service is adjudicated, until it expires.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.coverage.question import Wanted
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

from .information import Asserted

KIND: Final = "crd-guidance"
BINDING: Final = frozenset({"no-auth", "satisfied"})
"""Assertions that a later request for authorization finds itself approved by."""


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


def binding(assertion: str, coverage: str, service_type: str, products: Iterable[str], day: date, view: View) -> Record | None:
    """The guidance with this id, if it says of this coverage and service that no authorization is needed, and still holds."""
    kept = view.recorded(KIND, assertion) if assertion else None
    if kept is None or kept.keys.get("coverage") != coverage or kept.body["authorization"] not in BINDING:
        return None
    listed = kept.body["products"]
    codes = {str(code[1]) for code in listed} if isinstance(listed, list) else set()
    fits = codes.intersection(products) if codes else kept.body["service"] == service_type
    return kept if fits and str(kept.body["expires"]) >= day.isoformat() else None
