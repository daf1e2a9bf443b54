"""Which payer a coverage is asked of. The table is a record, so that units of work know it; it is planted at every start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

LOCAL: Final = ""
"""The payer whose benefits are held here."""

_KIND: Final = "payers"
_ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Route:
    """A payer outside: its name among the addresses, the insurers it stands for, its time limit."""

    payer: str
    insurers: tuple[str, ...]
    seconds: float


def plant(routes: Iterable[Route], tx: Transaction) -> None:
    """From now on these are asked outside, and no others."""
    told: dict[str, Any] = {
        "insurers": {insurer: route.payer for route in routes for insurer in route.insurers},
        "seconds": {route.payer: route.seconds for route in routes},
    }
    known = tx.recorded(_KIND, _ALL)
    if (known.body if known else {"insurers": {}, "seconds": {}}) != told:
        tx.record(_KIND, _ALL, "", {}, told)


def routes(view: View) -> Mapping[str, Any]:
    """`insurers`: how an insurer is named → payer; `seconds`: payer → time limit. {} where every payer is local."""
    known = view.recorded(_KIND, _ALL)
    return known.body if known and known.body["insurers"] else {}


def payer_for(request: Resource, coverage: Resource | None, table: Mapping[str, Any], view: View) -> str:
    """Who is asked about one of a request's coverages: its payor, else the request's insurer; LOCAL for who has no route."""
    references = coverage["payor"] if coverage else [request["insurer"]]
    names = (name for reference in references for name in _names(reference, view))
    return next((str(table["insurers"][name]) for name in names if name in table["insurers"]), LOCAL)


def _names(reference: Resource, view: View) -> Iterator[str]:
    target = target_of(reference)
    if target:
        yield target
    if "identifier" in reference:
        yield _name(reference["identifier"])
    if target.startswith("Organization/"):
        for each in (view.read(*target.split("/")) or {}).get("identifier", ()):
            yield _name(each)


def _name(identifier: Resource) -> str:
    return f"{identifier.get('system', '')}|{identifier.get('value', '')}"
