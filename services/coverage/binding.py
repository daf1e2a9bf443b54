"""Guidance that was given binds: a request for authorization that relies on it is decided by it, until it expires.

CRD, "Accuracy". `crd.guidance` keeps what was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from shared.store.version import Record
from shared.store.view import View

KIND: Final = "crd-guidance"
BINDING: Final = frozenset({"no-auth", "satisfied"})
"""Assertions that a later request for authorization finds itself approved by."""


def binding(assertion: str, coverage: str, service_type: str, products: Iterable[str], day: date, view: View) -> Record | None:
    """The guidance with this id, if it says of this coverage and service that no authorization is needed, and still holds."""
    kept = view.recorded(KIND, assertion) if assertion else None
    if kept is None or kept.keys.get("coverage") != coverage or kept.body["authorization"] not in BINDING:
        return None
    listed = kept.body["products"]
    codes = {str(code[1]) for code in listed} if isinstance(listed, list) else set()
    fits = codes.intersection(products) if codes else kept.body["service"] == service_type
    return kept if fits and str(kept.body["expires"]) >= day.isoformat() else None
