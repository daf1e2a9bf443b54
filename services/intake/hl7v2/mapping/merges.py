"""MRG: who was two and is one (A40), what belongs to somebody else (A41, A45), who has another number now (A47)."""

from __future__ import annotations

from typing import Final

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.position import REQUIRED_FIELD_MISSING, Position, Unmappable
from services.intake.hl7v2.segment import Segment
from services.intake.merging import merge
from shared.fhir.issue import Resource

from .datatypes import each, identifier
from .encounters import event_of, find, numbers_of, said_of, tell
from .patients import find as find_patient
from .patients import of_numbers, patient
from .scribe import Scribe

DUPLICATE_KEY: Final = "205"


def patients_merge(scribe: Scribe) -> None:
    """A40: for each pair of PID and MRG, the patients of MRG-1 live on as that of the PID. Who isn't known yet is made."""
    for group, mrg in _pairs(scribe):
        survivor = patient(group, scribe)
        for value in _prior(mrg):
            old = of_numbers([value], scribe)
            if old and old != survivor:
                merge(survivor, old, scribe.tx, f"A40 {scribe.message.control_id}")
                scribe.forget()
                scribe.made.note(f"Patient/{old}")
                scribe.made.note(f"Patient/{survivor}")


def accounts_merge(scribe: Scribe) -> None:
    """A41: visits on the account of MRG-3 are on that of PID-18."""
    for group, mrg in _pairs(scribe):
        who = patient(group, scribe)
        old = identifier(mrg.value(3), scribe.message, scribe.authority)
        pid = scribe.only(group, "PID")
        new = identifier(pid.value(18), scribe.message, scribe.authority)
        if not old or not new:
            scribe.made.warn(mrg.position(3), "no two accounts are named, so none are merged")
            continue
        for visit in scribe.tx.search(f"Encounter?patient=Patient/{who}"):
            _move_account(visit, old, new, scribe)


def visits_move(scribe: Scribe) -> None:
    """A45: each visit of MRG-5 is a visit of the PID's patient, under the number of the PV1 that follows."""
    who = patient(scribe.message, scribe)
    for group in scribe.message.groups("MRG"):
        mrg, pv1 = group.segments[0], group.first("PV1")
        old = identifier(mrg.value(5), scribe.message, scribe.authority)
        numbers = numbers_of(group, pv1, scribe) if pv1 else []
        if not (old or numbers):
            raise Unmappable("which visit moves is not said", mrg.position(5), REQUIRED_FIELD_MISSING)
        id = find(old or numbers[0], scribe)
        event = event_of(group, pv1, who, scribe) if pv1 else _bare_event(who, scribe)
        said = said_of(group, pv1, scribe) if pv1 else {}
        tell(id, [*numbers, *([old] if old else [])], event, said, scribe)


def numbers_change(scribe: Scribe) -> None:
    """A47: the patient of MRG-1 has the numbers of PID-3 from now on; the former ones still find them."""
    for group, mrg in _pairs(scribe):
        pid = scribe.only(group, "PID")
        new = each(lambda value: identifier(value, scribe.message, scribe.authority), pid.values(3))
        old = each(lambda value: identifier(value, scribe.message, scribe.authority), mrg.values(1))
        known, other = find_patient(old, scribe), find_patient(new, scribe)
        if known and other and known != other:
            said = f"the number is that of Patient/{other}; A40 merges two patients"
            raise Unmappable(said, pid.position(3), DUPLICATE_KEY)
        if known:
            _retire_numbers(known, old, new, scribe)
        patient(group, scribe)


def _pairs(scribe: Scribe) -> list[tuple[Group, Segment]]:
    groups = scribe.message.groups("PID")
    if not groups:
        scribe.only(scribe.message, "PID")
    found = [(group, mrg) for group in groups if (mrg := group.first("MRG"))]
    if not found:
        raise Unmappable("there is no MRG segment", Position("MRG"), REQUIRED_FIELD_MISSING)
    return found


def _prior(mrg: Segment) -> list:  # type: ignore[type-arg]
    values = list(mrg.values(1))
    if not values:
        raise Unmappable("who is merged is not said", mrg.position(1), REQUIRED_FIELD_MISSING)
    return values


def _move_account(visit: Resource, old: Resource, new: Resource, scribe: Scribe) -> None:
    def is_old(account: Resource) -> bool:
        known = account.get("identifier", {})
        return bool((known.get("system"), known.get("value")) == (old.get("system"), old["value"]))

    accounts = visit.get("account", [])
    if any(map(is_old, accounts)):
        moved = {"type": "Account", "identifier": new}
        scribe.put(visit | {"account": [moved, *(account for account in accounts if not is_old(account))]})


def _bare_event(who: str, scribe: Scribe) -> dict[str, object]:
    return {"event": scribe.event, "at": scribe.when, "when": scribe.message.happened.as_date_time, "patient": who}


def _retire_numbers(id: str, old: list[Resource], new: list[Resource], scribe: Scribe) -> None:
    """Former numbers become old ones, and the new ones are theirs, so that the PID finds them."""
    current = scribe.read("Patient", id) or {}
    gone = {(each_.get("system"), each_["value"]) for each_ in old} - {(each_.get("system"), each_["value"]) for each_ in new}

    def retired(number: Resource) -> Resource:
        is_gone = (number.get("system"), number.get("value")) in gone
        return {**number, "use": "old"} if is_gone else number

    known = [retired(number) for number in current.get("identifier", ())]
    there = {(number.get("system"), number.get("value")) for number in known}
    added = [number for number in new if (number.get("system"), number["value"]) not in there]
    scribe.put(current | {"identifier": [*added, *known]})
