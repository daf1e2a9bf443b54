"""A visit is what its events make of it, in the order in which they happened: pure.

Every event that is known of a visit is kept; status, class, places and period are folded from all of them again whenever one
comes in. So the order of arrival does not matter, and what undoes something undoes it even if it comes first.
docs/decisions/visits.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.fhir.element import reference_to
from shared.fhir.issue import Resource

from . import tables

Time = Sequence[Any]
"""A dateTime and its microseconds; empty for none."""

Event = dict[str, Any]
"""One message about a visit, as it is kept: `event` (A01), `at` (microseconds, when it happened), `when` (the same as a
dateTime), `patient`; and what it says of `class`, `place`, `prior`, `temporary`, `prior_temporary` (Location/…), `pending`
(several), `start` and `end` (each a Time). `n` counts the arrivals."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does: `status` holds from now on, `implies` where no event has said the status."""

    status: str = ""
    implies: str = ""
    undoes: str = ""


_UNDER_WAY: Final = "in-progress"

EFFECTS: Final[Mapping[str, Effect]] = {
    "A01": Effect(_UNDER_WAY),
    "A04": Effect(_UNDER_WAY),
    "A05": Effect("planned"),
    "A14": Effect("planned"),
    "A02": Effect(_UNDER_WAY),
    "A03": Effect("finished"),
    "A06": Effect(implies=_UNDER_WAY),
    "A07": Effect(implies=_UNDER_WAY),
    "A09": Effect(implies=_UNDER_WAY),
    "A10": Effect(implies=_UNDER_WAY),
    "A11": Effect("cancelled"),
    "A12": Effect(implies=_UNDER_WAY, undoes="A02"),
    "A13": Effect(_UNDER_WAY, undoes="A03"),
    "A15": Effect(implies=_UNDER_WAY),
    "A16": Effect(implies=_UNDER_WAY),
    "A25": Effect(implies=_UNDER_WAY, undoes="A16"),
    "A26": Effect(implies=_UNDER_WAY, undoes="A15"),
    "A27": Effect(undoes="A14"),
}
"""Any other event says how the visit is, and changes nothing else."""

MOVES_THE_VISIT: Final = "A45"

TEMPORARY: Final = "http://hl7.org/fhir/StructureDefinition/subject-locationClassification"
_STATUS_OF_PLACE: Final[Mapping[str, str]] = {"planned": "planned", "in-progress": "active", "finished": "completed"}
_MANY_EVENTS: Final = 100
_MOST_EVENTS: Final = 1000
_SETTLED: Final = 7 * 24 * 3600 * 1_000_000
"""Microseconds (a week) after which no message is late any more."""


@dataclass(slots=True)
class Stay:
    """Being at one place. `by` is the event that led there."""

    place: str
    start: Time = ()
    end: Time = ()
    by: str = ""


@dataclass(slots=True)
class Visit:
    """How a visit is after some of its events. `plans` are those that planned it and have not been undone."""

    status: str = ""
    implied: str = ""
    kind: Resource = field(default_factory=dict)
    kind_since: str = ""
    kinds: list[Resource] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)
    prior: str = ""
    pending: Sequence[str] = ()
    temporary: str = ""
    prior_temporary: str = ""
    start: Time = ()
    end: Time = ()
    began: Time = ()


def with_event(events: Sequence[Event], event: Event) -> list[Event]:
    """All of them in the order in which they happened; at the same instant, in which they arrived."""
    place = next((at for at in range(len(events), 0, -1) if events[at - 1]["at"] <= event["at"]), 0)
    return _thinned([*events[:place], event, *events[place:]])[-_MOST_EVENTS:]


def visit(events: Sequence[Event]) -> Visit:
    """How the visit is after these events, which stand in their order."""
    found = Visit()
    for event in events:
        _happen(found, event)
    return found


def patient_of(events: Sequence[Event]) -> str:
    """Whose visit it is: of the patient that it was last moved to, else of the first who was told of."""
    moved = [event["patient"] for event in events if event["event"] == MOVES_THE_VISIT]
    return str(moved[-1] if moved else min(events, key=lambda event: event["n"])["patient"])


def elements(visit: Visit) -> Resource:
    """status, class, classHistory, location and period of the Encounter."""
    status = _status(visit)
    found: Resource = {"status": status, "class": visit.kind or {"system": tables.NULL_FLAVOR, "code": "UNK"}}
    if visit.kinds:
        found["classHistory"] = visit.kinds
    if places := _places(visit, status):
        found["location"] = places
    if period := _period(visit, status):
        found["period"] = period
    return found


def _thinned(events: list[Event]) -> list[Event]:
    """Where there are many: of several in a row that say how the visit is and say the same, the first and the last will do.

    Only where nothing is expected to come in between any more: before that, the one in the middle may become the first.
    """
    if len(events) <= _MANY_EVENTS:
        return events
    settled = events[-1]["at"] - _SETTLED
    middle = zip(events, events[1:], events[2:], strict=False)
    idle = [
        each["at"] < settled and _says_the_same(before, each) and _says_the_same(each, after) for before, each, after in middle
    ]
    return [each for each, is_idle in zip(events, (False, *idle, False), strict=True) if not is_idle]


def _says_the_same(event: Event, other: Event) -> bool:
    def said(event: Event) -> Event:
        return {key: value for key, value in event.items() if key not in ("at", "when", "n", "event")}

    return event["event"] not in EFFECTS and other["event"] not in EFFECTS and said(event) == said(other)


def _happen(visit: Visit, event: Event) -> None:
    effect = EFFECTS.get(event["event"], _NO_EFFECT)
    _change_status(visit, effect, event)
    _change_class(visit, event)
    if effect.undoes == "A02":
        _go_back(visit)
    _move(visit, event)
    _change_period(visit, effect, event)
    for name in ("pending", "temporary", "prior_temporary"):
        if name in event:
            setattr(visit, name, event[name])
    if effect.undoes == "A15":
        visit.pending = ()


_NO_EFFECT: Final = Effect()


def _change_status(visit: Visit, effect: Effect, event: Event) -> None:
    name = event["event"]
    if effect.undoes == "A14":
        visit.plans = [plan for plan in visit.plans if plan != "A14"]
        if _status(visit) in ("", "unknown", "planned") and not visit.plans:
            visit.status = "cancelled"
    if effect.status == "planned":
        visit.plans.append(name)
        if name == "A14" and visit.status == _UNDER_WAY:  # somebody who is here, in the emergency room say, will be admitted
            return
    visit.status = effect.status or visit.status
    visit.implied = effect.implies or visit.implied


def _change_class(visit: Visit, event: Event) -> None:
    kind = event.get("class")
    if not kind or kind == visit.kind:
        return
    if visit.kind:
        visit.kinds = [*visit.kinds, {"class": visit.kind, "period": {"start": visit.kind_since, "end": event["when"]}}]
    visit.kind, visit.kind_since = kind, event["when"]


def _go_back(visit: Visit) -> None:
    """The last transfer has not taken place."""
    if len(visit.stays) > 1 and visit.stays[-1].by == "A02":
        visit.stays.pop()
        visit.stays[-1].end = ()


def _move(visit: Visit, event: Event) -> None:
    place, now = event.get("place", ""), (event["when"], event["at"])
    is_planned = _status(visit) == "planned"
    if "prior" in event and event["event"] != "A12":
        visit.prior = event["prior"]
    current = visit.stays[-1] if visit.stays else None
    if current and not is_planned and not current.start and place in ("", current.place):
        current.start = now
    if not place or (current and current.place == place):
        return
    if current and not current.start:  # they never were there
        visit.stays.pop()
    elif current:
        current.end = now
    visit.stays.append(Stay(place, () if is_planned else now, by=event["event"]))


def _change_period(visit: Visit, effect: Effect, event: Event) -> None:
    if effect.status == _UNDER_WAY:
        visit.end = ()
        if not visit.began and effect.undoes == "":
            visit.began = (event["when"], event["at"])
    visit.start = event.get("start", visit.start)
    visit.end = event.get("end", visit.end)
    if effect.status == "finished" and "end" not in event:
        visit.end = (event["when"], event["at"])


def _status(visit: Visit) -> str:
    if visit.status or visit.implied:
        return visit.status or visit.implied
    if visit.end:
        return "finished"
    return tables.STATUS_OF_CLASS.get(visit.kind.get("code", "UNK"), _UNDER_WAY)


def _places(visit: Visit, status: str) -> list[Resource]:
    known = [stay.place for stay in visit.stays]
    stays = [_stay(stay, "completed") for stay in visit.stays[:-1]]
    if visit.prior and visit.prior not in known:
        stays.insert(0, _place(visit.prior, "completed"))
    if visit.prior_temporary:
        stays.append(_temporary(visit.prior_temporary, "completed"))
    if visit.stays:
        last = visit.stays[-1]
        if status == "finished" and last.start and visit.end and visit.end[1] >= last.start[1]:
            last = Stay(last.place, last.start, visit.end)
        stays.append(_stay(last, _STATUS_OF_PLACE.get(status, "")))
    if visit.temporary:
        stays.append(_temporary(visit.temporary, _STATUS_OF_PLACE.get(status, "")))
    if status not in ("finished", "cancelled"):
        stays += [_place(place, "planned") for place in visit.pending if place not in known]
    return stays


def _temporary(place: str, status: str) -> Resource:
    classification = {"coding": [{"system": "http://hl7.org/fhir/subject-location", "code": "temporary"}]}
    return {"extension": [{"url": TEMPORARY, "valueCodeableConcept": classification}], **_place(place, status)}


def _place(place: str, status: str) -> Resource:
    return {"location": reference_to(place)} | ({"status": status} if status else {})


def _stay(stay: Stay, status: str) -> Resource:
    period = {name: value for name, said in (("start", stay.start[:1]), ("end", stay.end[:1])) for value in said}
    return _place(stay.place, status) | ({"period": period} if period else {})


def _period(visit: Visit, status: str) -> Resource:
    start = visit.start or (visit.began if status != "planned" else ())
    found = {"start": start[0]} if start else {}
    if visit.end and not (start and visit.end[1] < start[1]):
        found["end"] = visit.end[0]
    return found
