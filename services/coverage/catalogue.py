"""Which plans a payor offers, and what they pay for: found by two point reads, compiled once for each text of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import sought, target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.version import Version
from shared.store.view import View

from .benefits import Plan, plan_from, plans_named

_KIND: Final = "plans"


def keep(change: Change[Any], tx: Transaction) -> None:
    """With every write of an InsurancePlan: what its payor offers, and what the one before offers now."""
    for payor in sorted({target_of(each.get("ownedBy")) for each in (change.before or {}, change.after)} - {""}):
        tx.record(_KIND, payor, "", {}, {"plans": _offered(payor, tx)})


def plan_of(coverage: Resource, view: View) -> Plan | None:
    """The plan of a Coverage; None where no benefits of its payor are held here."""
    found = version_of(coverage, view)
    return _compiled(found.text, plans_named(coverage)) if found else None


def offers_others(coverage: Resource, view: View) -> bool:
    """Whether its payor has plans here, for a Coverage that has none of them: nobody is taken to have another plan than the
    one that the card names, be it the only one."""
    payors = filter(None, map(target_of, coverage.get("payor", ())))
    return any(known.body["plans"] for payor in payors if (known := view.recorded(_KIND, payor)))


def version_of(coverage: Resource, view: View) -> Version | None:
    """The InsurancePlan of a Coverage: of its payor, and the one that its class `plan` names if there are several."""
    named = plans_named(coverage)
    for payor in filter(None, map(target_of, coverage.get("payor", ()))):
        known = view.recorded(_KIND, payor)
        plans: Any = known.body["plans"] if known else _offered(payor, view)
        for id, names in plans:
            if not named or named & set(names):
                return view.current("InsurancePlan", id)
    return None


def _offered(payor: str, view: View) -> list[list[Any]]:
    """Ids of the active plans, each with the values of its identifiers and of its variants'."""
    found = view.search(f"InsurancePlan?owned-by={sought(payor)}&status=active")
    return [[plan["id"], sorted(_names(plan))] for plan in sorted(found, key=lambda plan: str(plan["id"]))]


def _names(plan: Resource) -> Iterator[str]:
    for each in (plan, *plan.get("plan", ())):
        yield from (found["value"] for found in each.get("identifier", ()) if "value" in found)


@lru_cache(maxsize=1024)
def _compiled(plan: bytes, named: frozenset[str]) -> Plan:
    return plan_from(text.load(plan), named)
