"""Two records of one person: one survives, the other stays as a pointer to it. And taken apart again.

Whoever refers to the merged one is found by both, here and in every service that follows patients: the engine goes by the
`link` that says so (shared.fhir.merged). A record `patient merge` with the merged one's id is the
log: which versions the merge made, so that an unmerge can give back what was before.
http://hl7.org/fhir/R4/patient.html#merge
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from shared.fhir import text
from shared.fhir.element import reference_to, target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import Conflict, Gone, NotFound, Unprocessable
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

LOG: Final = "patient merge"
"""The kind of record: the id is the merged one's, the state `merged` or `unmerged`, the key `survivor`."""

REPLACES, REPLACED_BY = "replaces", "replaced-by"


def merge(survivor: str, old: str, tx: Transaction, event: str, result: Resource | None = None) -> None:
    """From now on Patient `old` lives on as Patient `survivor`. `event` is what said so, for the log; `result` what the survivor
    is to be like (as it is, if nothing is said).

    Said again, it changes nothing. Said the other way round, the latest word holds: what made the survivor a pointer is taken
    back first. Raises NotFound and Gone for who isn't there, Unprocessable for one and the same, Conflict where `old` already
    lives on as somebody else.
    """
    if survivor == old:
        raise Unprocessable(f"Patient/{old} cannot be merged into itself")
    _known(survivor, tx)
    lives_on_as = successors(old, _known(old, tx), tx)
    above = successors(survivor, _known(survivor, tx), tx)
    if lives_on_as and lives_on_as[-1] in (survivor, *above[-1:]):
        return
    if lives_on_as and old not in above:
        raise Conflict(f"Patient/{old} already lives on as Patient/{lives_on_as[-1]}, so not as Patient/{survivor}")
    if old in above:
        unmerge(above[0], survivor, tx, event)
    _merge(survivor, old, tx, event, result)


def unmerge(survivor: str, old: str, tx: Transaction, event: str) -> None:
    """Take a merge back: both are as they were, save for what has changed since. Taken back already, nothing changes.

    Raises Conflict for two that were never merged, NotFound and Gone where `old` isn't there.
    """
    merged, log = _known(old, tx), tx.recorded(LOG, old)
    if survivor not in linked(merged, REPLACED_BY):
        if log and log.body["survivor"] == survivor:
            return
        raise Conflict(f"Patient/{old} was not merged into Patient/{survivor}")
    tx.save(_as_it_was(merged, "old", log, tx, lambda now: _active_again(_without(now, survivor, REPLACED_BY), log)))
    if kept := tx.read("Patient", survivor):
        tx.save(_as_it_was(kept, "survivor", log, tx, lambda now: _unidentified(_without(now, old, REPLACES), log)))
    tx.record(LOG, old, "unmerged", {"survivor": survivor}, {"survivor": survivor, "event": event})


def successors(id: str, patient: Resource, view: View) -> list[str]:
    """What a patient was merged into, what that one was merged into, and so on: the last is who it is now."""
    found: list[str] = []
    here: Resource | None = patient
    while here and (above := next(iter(linked(here, REPLACED_BY)), "")) and above not in (id, *found):
        found.append(above)
        here = view.read("Patient", above)
    return found


def linked(patient: Resource, type: str) -> list[str]:
    """The ids of the patients that it is linked with in this way."""
    targets = [target_of(link["other"]) for link in patient.get("link", ()) if link["type"] == type]
    return [target.partition("/")[2] for target in targets if target.startswith("Patient/")]


def _merge(survivor: str, old: str, tx: Transaction, event: str, result: Resource | None) -> None:
    merged, kept = _known(old, tx), _known(survivor, tx)
    now_kept = tx.save(_with(result or kept, old, REPLACES))
    now_merged = tx.save(_with(merged, survivor, REPLACED_BY) | {"active": False})
    versions = {"survivor_version": _number(now_kept), "old_version": _number(now_merged)}
    added = [each for each in now_kept.get("identifier", ()) if each not in kept.get("identifier", ())]
    body = {"survivor": survivor, "event": event, "active": merged.get("active"), "identifiers": added, **versions}
    tx.record(LOG, old, "merged", {"survivor": survivor}, body)


def _as_it_was(now: Resource, who: str, log: Record | None, tx: Transaction, undo: Callable[[Resource], Resource]) -> Resource:
    """The content before the merge, if nothing happened to it since; else its own, without what the merge has made of it."""
    number = log and log.state == "merged" and int(str(log.body[f"{who}_version"]))
    if number and number == _number(now):
        before = tx.version("Patient", now["id"], number - 1)
        if before and not before.deleted:
            return text.load(before.text)
    return undo(now)


def _active_again(merged: Resource, log: Record | None) -> Resource:
    """What it was, unless somebody has said otherwise since; somebody else's merge has no log, then it is left unsaid."""
    if merged.get("active") is not False:
        return merged
    was = log.body.get("active") if log else None
    return _less(merged, "active") if was is None else merged | {"active": was}


def _unidentified(kept: Resource, log: Record | None) -> Resource:
    """Without the identifiers that came with the merge."""
    added: Any = log.body.get("identifiers", ()) if log else ()
    identifiers = [each for each in kept.get("identifier", ()) if each not in added]
    return kept | {"identifier": identifiers} if identifiers else _less(kept, "identifier")


def _known(id: str, view: View) -> Resource:
    version = view.current("Patient", id)
    if version is None:
        raise NotFound(f"Patient/{id} is not known")
    if version.deleted:
        raise Gone(f"Patient/{id} was deleted")
    return text.load(version.text)


def _with(patient: Resource, other: str, type: str) -> Resource:
    if other in linked(patient, type):
        return patient
    return patient | {"link": [*patient.get("link", ()), {"other": reference_to(f"Patient/{other}"), "type": type}]}


def _without(patient: Resource, other: str, type: str) -> Resource:
    def stays(link: Any) -> bool:
        return bool(link["type"] != type or target_of(link["other"]) != f"Patient/{other}")

    links = [link for link in patient.get("link", ()) if stays(link)]
    return patient | {"link": links} if links else _less(patient, "link")


def _less(resource: Resource, name: str) -> Resource:
    return {key: value for key, value in resource.items() if key != name}


def _number(patient: Resource) -> int:
    return int(patient["meta"]["versionId"])
