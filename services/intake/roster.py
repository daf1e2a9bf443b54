"""Who the case managers are: what each can carry and does carry, what they are certified for, whether they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.fhir.element import codes_in, extension, target_of
from shared.fhir.issue import Resource
from shared.store.view import View

from .period import holds, next_turn, periods_of
from .vocabulary import CAPACITY, CREDENTIAL, LANGUAGE, ROLE

USUAL_CAPACITY = 60
"""Ten clinical cases of high acuity."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one manager (`Practitioner/…`) carries, in weights, and can carry; `organization` is whom they work for.

    `credentials` are those in force; `absent` is why no case can be given now, "" for who is there.
    """

    manager: str
    carried: int
    capacity: int
    organization: str = ""
    name: str = ""
    credentials: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    absent: str = ""

    @property
    def room(self) -> int:
        return self.capacity - self.carried

    def has_room_for(self, weight: int) -> bool:
        return weight <= self.room


def loads(view: View) -> list[Load]:
    """Everybody with the role of a case manager, absent ones too, in the order of their references."""
    by_manager: dict[str, list[Resource]] = {}
    for role in view.search(f"PractitionerRole?role={ROLE}|case-manager"):
        if manager := target_of(role.get("practitioner")):
            by_manager.setdefault(manager, []).append(role)
    found = (_load(manager, roles, view) for manager, roles in sorted(by_manager.items()))
    return [load for load in found if load is not None]


def counter_of(manager: str) -> str:
    """The counter that holds the weight of a manager's cases."""
    return f"caseload {manager}"


def next_change(resource: Mapping[str, Any], now: datetime) -> datetime | None:
    """When time alone next changes what a Practitioner or a PractitionerRole says: a credential runs out, an absence ends."""
    qualifications = periods_of(resource.get("qualification"), "period")
    absences = periods_of(resource.get("notAvailable"), "during")
    return next_turn([*qualifications, *absences, resource.get("period")], now)


def is_case_manager(role: Mapping[str, Any]) -> bool:
    return "case-manager" in codes_in(role.get("code"), ROLE)


def languages(person: Mapping[str, Any]) -> Iterator[str]:
    """Codes of what a Practitioner speaks; `es` of `es-MX` too: who speaks one kind is understood in the other."""
    for code in codes_in(person.get("communication"), LANGUAGE):
        yield from (code, code.partition("-")[0])


def _load(manager: str, roles: list[Resource], view: View) -> Load | None:
    """Of the roles that are filled now, capacities add up: who works for two employers carries the cases of both."""
    person = view.read(*manager.split("/")) if manager.startswith("Practitioner/") else None
    if person is None:
        return None
    reasons = [_absence(role, view.now) for role in roles]
    filled = [role for role, reason in zip(roles, reasons, strict=True) if not reason]
    inactive = "" if person.get("active", True) else "no longer active"
    return Load(
        manager,
        view.counted(counter_of(manager)),
        sum(_capacity(role) for role in filled or roles),
        next((found for role in filled or roles if (found := target_of(role.get("organization")))), ""),
        _name(person),
        frozenset(_credentials(person, view.now)),
        frozenset(languages(person)),
        inactive or ("" if filled else reasons[0]),
    )


def _absence(role: Mapping[str, Any], now: datetime) -> str:
    if not role.get("active", True):
        return "the role is not active"
    if not holds(role.get("period"), now):
        return "outside the period of the role"
    absences = (each for each in role.get("notAvailable", ()) if "during" in each)
    return next((str(each["description"]) for each in absences if holds(each["during"], now)), "")


def _capacity(role: Mapping[str, Any]) -> int:
    said = extension(role, CAPACITY)
    return USUAL_CAPACITY if said is None else int(said)


def _credentials(person: Mapping[str, Any], now: datetime) -> Iterator[str]:
    for qualification in person.get("qualification", ()):
        if holds(qualification.get("period"), now):
            yield from codes_in(qualification.get("code"), CREDENTIAL)


def _name(person: Mapping[str, Any]) -> str:
    name: Mapping[str, Any] = next(iter(person.get("name", ())), {})
    return str(name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")]).strip())
