"""`GET /caseload`: what each case manager carries, and who waits for one and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.fhir.element import code_in, target_of
from shared.fhir.issue import Resource
from shared.rest.beside import Page, page
from shared.service import Deployed
from shared.store.view import View

from .caseload import CARRIED, weight, why_it_waits
from .roster import Load, loads
from .vocabulary import ACUITY, MODEL, PROGRAMME
from .waiting import waiting


def pages(deployed: Deployed) -> Sequence[Page]:
    return (page(deployed, "/caseload", caseload),)


def caseload(view: View) -> dict[str, Any]:
    """`{managers: [{manager, name, weight, capacity, room, credentials, languages, absent, cases}], waiting: [{…, reason}]}`."""
    found = loads(view)
    return {
        "managers": [_manager(load, view) for load in found],
        "waiting": [_case(case) | {"reason": why_it_waits(case, found)} for case in waiting(view)],
    }


def _manager(load: Load, view: View) -> dict[str, Any]:
    cases = view.search(f"EpisodeOfCare?care-manager={load.manager}&status={','.join(sorted(CARRIED))}&_sort=date")
    return {
        "manager": load.manager,
        "name": load.name,
        "weight": load.carried,
        "capacity": load.capacity,
        "room": load.room,
        "credentials": sorted(load.credentials),
        "languages": sorted(load.languages),
        "absent": load.absent,
        "cases": [_case(case) for case in cases],
    }


def _case(case: Resource) -> dict[str, Any]:
    types = case.get("type")
    return {
        "case": f"EpisodeOfCare/{case['id']}",
        "patient": target_of(case["patient"]),
        "status": case["status"],
        "model": code_in(types, MODEL),
        "acuity": code_in(types, ACUITY),
        "programme": code_in(types, PROGRAMME),
        "weight": weight(case),
        "since": case.get("period", {}).get("start"),
    }
