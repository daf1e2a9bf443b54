"""The waiting list: served in order of risk whenever a case ends, a capacity is raised or a manager comes back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.fhir.change import Change
from shared.fhir.element import reference_to, target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.version import Timer
from shared.store.view import View

from .caseload import CARRIED, WEIGHT_OF_ACUITY, carried_by, in_order_of_risk, least_loaded, placed, wanted
from .roster import Load, counter_of, is_case_manager, loads, next_change
from .vocabulary import ACUITY

MOST_FOUND = 1_000
"""A search answers no more (View.search)."""

TURN = "manager-turns"
"""The timer that fires when time alone changes who is there: a credential begins or runs out, an absence ends."""


def waiting(view: View) -> list[Resource]:
    """Who waits, in order of risk; of a list longer than a search answers, those of each acuity who have waited longest."""
    found = view.search("EpisodeOfCare?status=waitlist&_sort=date")
    if len(found) < MOST_FOUND:
        return in_order_of_risk(found)
    of_each = [view.search(f"EpisodeOfCare?status=waitlist&type={ACUITY}|{acuity}&_sort=date") for acuity in WEIGHT_OF_ACUITY]
    return in_order_of_risk({case["id"]: case for listed in (found, *of_each) for case in listed}.values())


def take_turn(case: Resource, tx: Transaction) -> Resource:
    """A case that has its manager, or its place on the waiting list; stored."""
    found = loads(tx)
    fits = least_loaded(found, wanted(case)) is not None
    chosen = placed(in_order_of_risk([*waiting(tx), case]), found).get(case["id"]) if fits else None
    return tx.save(given_to(chosen, case) if chosen else case | {"status": "waitlist"})


def given_to(load: Load, case: Resource) -> Resource:
    """The case in a manager's hands, and in those of whom the manager works for."""
    taken = case | {"status": "active", "careManager": reference_to(load.manager)}
    if load.organization and "managingOrganization" not in case:
        taken["managingOrganization"] = reference_to(load.organization)
    return taken


def serve(tx: Transaction) -> None:
    """Give those who wait what room there is."""
    queue = waiting(tx)
    if not queue:
        return
    found = placed(queue, loads(tx))
    for case in queue:
        if case["id"] in found:
            tx.save(given_to(found[case["id"]], case))


def case_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of a case: weigh it, and serve those who wait where it leaves room."""
    manager, before = carried_by(change.before)
    now_with, after = carried_by(None if change.deleted else change.after)
    if (manager, before) == (now_with, after):
        return
    for who, amount in ((manager, -before), (now_with, after)):
        if who:
            tx.count(counter_of(who), amount)
    if manager and (now_with != manager or after < before):
        serve(tx)


def practitioner_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of a Practitioner: credentials may have come, and may run out."""
    if "qualification" in change.after or (change.before and "qualification" in change.before):
        _turn(change, tx)


def role_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of a PractitionerRole: a capacity may be raised, a manager may be back."""
    if is_case_manager(change.after) or (change.before and is_case_manager(change.before)):
        _turn(change, tx)


def manager_turns(timer: Timer, tx: Transaction) -> None:
    """Time has changed what a Practitioner or a role says."""
    resource = tx.read(*timer.key.split("/"))
    if resource is not None:
        _wait_for_next_turn(resource, tx)
        serve(tx)


def weigh_again(tx: Transaction) -> None:
    """Count every caseload from the cases themselves, as the tables of weights may have changed since it was counted."""
    for load in loads(tx):
        cases = tx.search(f"EpisodeOfCare?care-manager={load.manager}&status={','.join(sorted(CARRIED))}")
        counted = _sum(case for case in cases if target_of(case.get("careManager")) == load.manager)
        if counted != load.carried:
            tx.count(counter_of(load.manager), counted - load.carried)


def _turn(change: Change[Any], tx: Transaction) -> None:
    if change.deleted:
        tx.unschedule(TURN, f"{change.after['resourceType']}/{change.after['id']}")
        return
    _wait_for_next_turn(change.after, tx)
    serve(tx)


def _wait_for_next_turn(resource: Resource, tx: Transaction) -> None:
    key, due = f"{resource['resourceType']}/{resource['id']}", next_change(resource, tx.now)
    if due is None:
        tx.unschedule(TURN, key)
    else:
        tx.schedule(TURN, due, key)


def _sum(cases: Iterable[Resource]) -> int:
    return sum(carried_by(case)[1] for case in cases)
