"""How much a case weighs, who may carry it, and who gets it: arithmetic over cases and loads, in order of risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.fhir.element import code_in, extension, target_of
from shared.fhir.issue import Resource

from .roster import Load
from .vocabulary import ACUITY, MODEL, NEEDS_CREDENTIAL, NEEDS_LANGUAGE

WEIGHT_OF_ACUITY: Mapping[str, int] = {"low": 1, "medium": 2, "high": 3}
FACTOR_OF_MODEL: Mapping[str, int] = {"brokerage": 1, "strengths-based": 2, "clinical": 2, "intensive": 4}
CREDENTIAL_OF_MODEL: Mapping[str, str] = {"clinical": "CCM", "intensive": "CCM"}
"""What a manager must be certified for where the model asks for it; a programme may ask for more (programmes.json)."""

CARRIED = frozenset({"planned", "active", "onhold"})
"""A case in one of these weighs on its manager."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a case asks of its manager. `manager` is who was asked for by name, "" for anybody."""

    weight: int
    credentials: frozenset[str] = frozenset()
    language: str = ""
    manager: str = ""

    def may_be_carried_by(self, load: Load) -> bool:
        return self.manager in ("", load.manager) and not load.absent and self.credentials <= load.credentials


def weight(case: Mapping[str, Any]) -> int:
    """What a case counts; one whose model or acuity is unknown counts like a clinical one of medium acuity."""
    model = code_in(case.get("type"), MODEL) or ""
    return _acuity(case) * FACTOR_OF_MODEL.get(model, 2)


def wanted(case: Mapping[str, Any]) -> Wanted:
    """What its model and acuity, its programme and its patient's language ask for; and the manager it already names."""
    asked = {extension(case, NEEDS_CREDENTIAL), CREDENTIAL_OF_MODEL.get(code_in(case.get("type"), MODEL) or "")}
    return Wanted(
        weight(case),
        frozenset(str(credential) for credential in asked if credential),
        str(extension(case, NEEDS_LANGUAGE) or ""),
        target_of(case.get("careManager")),
    )


def carried_by(case: Mapping[str, Any] | None) -> tuple[str, int]:
    """On whom a case weighs, and how much; nobody and nothing where it waits or has ended."""
    manager = target_of((case or {}).get("careManager"))
    return (manager, weight(case)) if case and manager and case["status"] in CARRIED else ("", 0)


def in_order_of_risk(waiting: Iterable[Resource]) -> list[Resource]:
    """Highest acuity first, then who has waited longest."""
    return sorted(waiting, key=lambda case: (-_acuity(case), case.get("period", {}).get("start", ""), case["id"]))


def least_loaded(loads: Iterable[Load], case: Wanted) -> Load | None:
    """Of those who may carry the case and have room: who speaks its language, then who has most room left (in parts of the
    capacity); None if there is nobody."""
    free = [load for load in loads if case.may_be_carried_by(load) and load.has_room_for(case.weight)]
    return min(
        free, key=lambda load: (not _speaks(load, case), (load.carried + case.weight) / load.capacity, load.manager), default=None
    )


def placed(queue: Sequence[Resource], loads: Iterable[Load]) -> dict[str, Load]:
    """Who gets which of the waiting cases, by their ids, each in its turn.

    A case that does not fit anywhere keeps the place of whoever is nearest to having room for it: nobody behind it is given
    that, so a heavy case is not passed by light ones for ever, and the others go on.
    """
    free = {load.manager: load for load in loads}
    found: dict[str, Load] = {}
    for case in queue:
        asked = wanted(case)
        chosen = least_loaded(free.values(), asked)
        if chosen:
            found[case["id"]] = chosen
            free[chosen.manager] = replace(chosen, carried=chosen.carried + asked.weight)
        elif kept := _nearest(free.values(), asked):
            del free[kept.manager]
    return found


def why_it_waits(case: Mapping[str, Any], loads: Sequence[Load]) -> str:
    """A sentence for people."""
    asked = wanted(case)
    certified = [load for load in loads if asked.credentials <= load.credentials and asked.manager in ("", load.manager)]
    if not certified:
        return f"there is no case manager with {' and '.join(sorted(asked.credentials)) or 'this name'}"
    there = [load for load in certified if not load.absent]
    if not there:
        return "; ".join(f"{load.name or load.manager}: {load.absent}" for load in certified)
    if all(asked.weight > load.capacity for load in there):
        return f"it weighs {asked.weight}, more than any of them can carry"
    room = max(load.room for load in there)
    if room < asked.weight:
        return f"it weighs {asked.weight}, the most room that anybody has is {max(room, 0)}"
    return "others at higher risk wait for the same room"


def _nearest(loads: Iterable[Load], case: Wanted) -> Load | None:
    able = [load for load in loads if case.may_be_carried_by(load) and case.weight <= load.capacity]
    return max(able, key=lambda load: (load.room, load.manager), default=None)


def _speaks(load: Load, case: Wanted) -> bool:
    return not case.language or case.language in load.languages or case.language.partition("-")[0] in load.languages


def _acuity(case: Mapping[str, Any]) -> int:
    return WEIGHT_OF_ACUITY.get(code_in(case.get("type"), ACUITY) or "", 2)
