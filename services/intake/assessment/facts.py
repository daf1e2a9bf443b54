"""What is known of a patient that risk and programmes are decided by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.intake.announcements import INPATIENT
from services.intake.period import begin_of
from shared.fhir.element import sought
from shared.fhir.issue import Resource
from shared.store.view import View

from .conditions import groups_of, points_of, standing
from .risk import RULES

SIX_MONTHS = timedelta(days=183)
RECENT = timedelta(days=30)
"""So long after its end a stay still counts as the one that the risk is about."""

ARRIVAL = timedelta(hours=24)
"""An emergency visit so shortly before a stay is the way in, not an earlier visit."""

V2 = "http://terminology.hl7.org/CodeSystem/v2-"
EMERGENCY_CODES = frozenset(
    {
        ("http://terminology.hl7.org/CodeSystem/admit-source", "emd"),
        (f"{V2}0023", "7"),
        (f"{V2}0007", "E"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActPriority", "EM"),
    }
)
"""Where an Encounter's admitSource, type or priority says that somebody came in as an emergency."""

NOT_HELD = "planned,cancelled,entered-in-error,unknown"


@dataclass(frozen=True, slots=True)
class Facts:
    """`values`: numbers by the names that rules.json uses. `groups`: of conditions.json. `basis`: what they were read from."""

    values: Mapping[str, float]
    groups: frozenset[str] = frozenset()
    basis: tuple[str, ...] = ()
    stay: str = ""
    age: int | None = None
    coverage_types: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @property
    def for_questionnaires(self) -> dict[str, Any]:
        """As `%known` of a Questionnaire's expressions."""
        return {
            "lengthOfStay": int(self.values["length-of-stay"]),
            "emergency": bool(self.values["emergency"]),
            "comorbidity": int(self.values["comorbidity"]),
            "earlierVisits": int(self.values["earlier-visits"]),
            "age": self.age,
        }


def facts(patient: str, view: View) -> Facts:
    """Of `Patient/…`, as things stand now."""
    visits = [visit for visit in view.search(f"Encounter?patient={patient}&status:not={NOT_HELD}") if _began(visit)]
    stay = _stay(visits, view.now)
    conditions: list[Mapping[str, Any]] = list(standing(view.search(f"Condition?patient={patient}")))
    scored = _scores(patient, view)
    groups = groups_of(conditions)
    counted = [condition for condition in conditions if groups_of([condition])]
    earlier = _earlier(visits, stay, view.now)
    values = {
        "length-of-stay": float(_days(stay, view.now)),
        "emergency": float(_is_emergency(stay, visits)),
        "comorbidity": float(points_of(groups)),
        "earlier-visits": float(len(earlier)),
    }
    known = view.read(*patient.split("/")) or {}
    return Facts(
        values | {name: value for name, (value, _) in scored.items()},
        groups,
        _references([*([stay] if stay else []), *earlier, *counted, *(observation for _, observation in scored.values())]),
        f"Encounter/{stay['id']}" if stay else "",
        _age(known.get("birthDate", ""), view.now),
        frozenset(_types(view.search(f"Coverage?beneficiary={patient}&status=active"))),
    )


def _stay(visits: Iterable[Resource], now: datetime) -> Resource | None:
    """The newest stay that goes on or has just ended."""
    stays = [visit for visit in visits if _kind(visit) in INPATIENT and (_ended(visit) or now) > now - RECENT]
    return max(stays, key=_start, default=None)


def _earlier(visits: Iterable[Resource], stay: Resource | None, now: datetime) -> list[Resource]:
    """Admissions and emergency visits in the six months before the stay (or before now)."""
    until = _start(stay) if stay else now
    return [
        visit
        for visit in visits
        if _kind(visit) in {*INPATIENT, "EMER"} and until - SIX_MONTHS <= _start(visit) < (until - ARRIVAL if stay else until)
    ]


def _is_emergency(stay: Resource | None, visits: Iterable[Resource]) -> bool:
    if stay is None:
        return False
    concepts = [stay.get("priority"), stay.get("hospitalization", {}).get("admitSource"), *stay.get("type", ())]
    codes = {(coding.get("system", ""), coding.get("code", "")) for each in concepts if each for coding in each.get("coding", ())}
    came_through = any(each["class"].get("code") == "EMER" for each in stay.get("classHistory", ()))
    begin = _start(stay)
    return (
        not EMERGENCY_CODES.isdisjoint(codes)
        or came_through
        or any(_kind(visit) == "EMER" and begin - ARRIVAL <= _start(visit) <= begin for visit in visits)
    )


def _days(stay: Resource | None, now: datetime) -> int:
    return max(0, ((_ended(stay) or now) - _start(stay)).days) if stay else 0


def _scores(patient: str, view: View) -> dict[str, tuple[float, Resource]]:
    """The newest of each score that the rules know."""
    wanted = {(system, code): name for name, (system, code) in RULES["scores"].items()}
    codes = ",".join(sought(code, system) for system, code in wanted)
    query = f"Observation?patient={patient}&code={codes}&status=final,amended,corrected&_sort=-date"
    found: dict[str, tuple[float, Resource]] = {}
    for observation in view.search(query):
        value = observation.get("valueInteger", observation.get("valueQuantity", {}).get("value"))
        for coding in observation["code"].get("coding", ()):
            name = wanted.get((coding.get("system", ""), coding.get("code", "")))
            if name and value is not None:
                found.setdefault(name, (float(value), observation))
    return found


def _types(coverages: Iterable[Resource]) -> Iterable[tuple[str, str]]:
    for coverage in coverages:
        for coding in coverage.get("type", {}).get("coding", ()):
            yield coding.get("system", ""), coding.get("code", "")


def _age(birth: str, now: datetime) -> int | None:
    """In whole years; of an imprecise date at most so many."""
    if not birth:
        return None
    born = begin_of(birth)
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def _kind(visit: Resource) -> str:
    return str(visit.get("class", {}).get("code", ""))


def _began(visit: Resource) -> str:
    return str(visit.get("period", {}).get("start", ""))


def _start(visit: Resource) -> datetime:
    return begin_of(visit["period"]["start"])


def _ended(visit: Resource) -> datetime | None:
    end = visit.get("period", {}).get("end")
    return begin_of(end) if end and visit["status"] == "finished" else None


def _references(resources: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{resource['resourceType']}/{resource['id']}" for resource in resources)
