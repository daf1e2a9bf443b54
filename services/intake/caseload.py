"""How much a case weighs, how much a manager carries, and who has room for one more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.fhir.change import Change
from shared.fhir.element import code_in, codes_in, extension, reference_to, target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from .vocabulary import ACUITY, CAPACITY, CREDENTIAL, MODEL, ROLE

WEIGHT_OF_ACUITY: Mapping[str, int] = {"low": 1, "medium": 2, "high": 3}
FACTOR_OF_MODEL: Mapping[str, int] = {"brokerage": 1, "strengths-based": 2, "clinical": 2, "intensive": 4}
USUAL_CAPACITY = 60
"""Ten clinical cases of high acuity."""

CARRIED = "planned,active,onhold"


@dataclass(frozen=True, slots=True)
class Load:
    """What one manager (`Practitioner/…`) carries, in weights, and can carry; `organization` is whom they work for."""

    manager: str
    carried: int
    capacity: int
    organization: str = ""

    def has_room_for(self, weight: int) -> bool:
        return self.carried + weight <= self.capacity


def weight(case: Mapping[str, Any]) -> int:
    """What a case counts; one whose model or acuity is unknown counts like a clinical one of medium acuity."""
    acuity = code_in(case.get("type"), ACUITY) or ""
    model = code_in(case.get("type"), MODEL) or ""
    return WEIGHT_OF_ACUITY.get(acuity, 2) * FACTOR_OF_MODEL.get(model, 2)


def least_loaded(loads: Iterable[Load], weight: int) -> Load | None:
    """Of those with room, the one with the most room left (in parts of the capacity); None if all are full."""
    free = [load for load in loads if load.has_room_for(weight)]
    return min(free, key=lambda load: ((load.carried + weight) / load.capacity, load.manager), default=None)


def in_order_of_risk(waiting: Iterable[Resource]) -> list[Resource]:
    """Highest acuity first, then who has waited longest."""
    return sorted(waiting, key=lambda case: (-_acuity(case), case.get("period", {}).get("start", ""), case["id"]))


def loads(view: View) -> list[Load]:
    """The load of every certified case manager in an active role."""
    roles = view.search(f"PractitionerRole?role={ROLE}|case-manager&active=true")
    return [
        Load(
            manager,
            _carried(view, manager),
            int(extension(role, CAPACITY) or USUAL_CAPACITY),
            target_of(role.get("organization")),
        )
        for role in roles
        if _is_certified(view, manager := target_of(role.get("practitioner")))
    ]


def fill_the_room(change: Change[Any], tx: Transaction) -> None:
    """When a case ends, those on the waiting list are assigned in order of risk, as far as there is room."""
    if not (change.deleted or change.became("status", "finished", "cancelled", "entered-in-error")):
        return
    for case in in_order_of_risk(tx.search("EpisodeOfCare?status=waitlist")):
        assign(case, tx)


def assign(case: Resource, tx: Transaction) -> Resource:
    """The case with the manager who has most room for it, or on the waiting list; stored."""
    wanted = target_of(case.get("careManager"))
    able = [load for load in loads(tx) if wanted in ("", load.manager)]
    chosen = least_loaded(able, weight(case))
    if chosen is None:
        return tx.save(case | {"status": "waitlist"})
    taken = case | {"status": "active", "careManager": reference_to(chosen.manager)}
    if chosen.organization and "managingOrganization" not in case:
        taken["managingOrganization"] = reference_to(chosen.organization)
    return tx.save(taken)


def _carried(view: View, manager: str) -> int:
    return sum(map(weight, view.search(f"EpisodeOfCare?care-manager={manager}&status={CARRIED}")))


def _is_certified(view: View, manager: str) -> bool:
    practitioner = view.read(*manager.split("/")) if manager else None
    qualifications = (practitioner or {}).get("qualification", ())
    return any("CCM" in codes_in(each.get("code"), CREDENTIAL) for each in qualifications)


def _acuity(case: Resource) -> int:
    return WEIGHT_OF_ACUITY.get(code_in(case.get("type"), ACUITY) or "", 2)
