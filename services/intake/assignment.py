"""`EpisodeOfCare/$assign`: a case is given to another manager, by hand or to who has most room."""

from __future__ import annotations

from dataclasses import replace

from shared.fhir.element import target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Conflict
from shared.service import Call
from shared.store.transaction import Transaction

from .call import case_of, reference_in
from .caseload import Wanted, least_loaded, wanted
from .roster import Load, loads
from .waiting import given_to

MAY_BE_ASSIGNED = frozenset({"planned", "waitlist", "active", "onhold"})


def assign(call: Call, tx: Transaction) -> Resource:
    """`EpisodeOfCare/<id>/$assign` (manager): the case with that manager; without the parameter, with who has most room.

    Raises Conflict where the manager is none, is absent, lacks the credential or the room.
    """
    case = case_of(call, tx)
    if case["status"] not in MAY_BE_ASSIGNED:
        raise Conflict(f"a case that is {case['status']} is nobody's any more")
    asked, before = replace(wanted(case), manager=reference_in(call, "manager")), target_of(case.get("careManager"))
    if before == asked.manager != "" and case["status"] == "active":
        return case
    chosen = _by_hand(asked, loads(tx)) if asked.manager else _anybody_else(asked, before, case, tx)
    taken = given_to(chosen, case)
    return tx.save(taken | {"status": "onhold"} if case["status"] == "onhold" else taken)


def _by_hand(asked: Wanted, found: list[Load]) -> Load:
    load = next((load for load in found if load.manager == asked.manager), None)
    if load is None:
        raise _refused(f"{asked.manager} is no case manager")
    if load.absent:
        raise _refused(f"{load.manager} can be given no case: {load.absent}")
    if missing := asked.credentials - load.credentials:
        raise _refused(f"{load.manager} is not certified: {', '.join(sorted(missing))}")
    if not load.has_room_for(asked.weight):
        raise _refused(f"{load.manager} carries {load.carried} of {load.capacity}, the case weighs {asked.weight}")
    return load


def _anybody_else(asked: Wanted, before: str, case: Resource, tx: Transaction) -> Load:
    others = [load for load in loads(tx) if load.manager != before or case["status"] not in ("active", "onhold")]
    chosen = least_loaded(others, asked)
    if chosen is None:
        raise _refused(f"nobody else has room for a case that weighs {asked.weight}")
    return chosen


def _refused(sentence: str) -> Conflict:
    return Conflict(Issue(sentence, "EpisodeOfCare.careManager", "conflict", status=409))
