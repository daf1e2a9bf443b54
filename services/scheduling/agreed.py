"""How many visits of a service the payers have agreed to."""

from __future__ import annotations

from collections.abc import Iterable

from shared.fhir.element import code_in
from shared.fhir.issue import Resource
from shared.store.view import View

from .vocabulary import ADJUDICATION, SERVICE


def agreed_visits(request: Resource, view: View) -> int:
    """0 while no payer has answered, or where none covers the service; at most what the plan asks for."""
    about = f"identifier={SERVICE}|{request['id']}&status=active"
    answers = view.search(f"CoverageEligibilityResponse?{about}")
    wanted = int(float(request.get("quantityQuantity", {}).get("value", 1)))
    return agreed(wanted, answers, view.search(f"ClaimResponse?{about}"))


def agreed(wanted: int, answers: Iterable[Resource], authorizations: Iterable[Resource]) -> int:
    covering = [
        item
        for answer in answers
        for insurance in answer.get("insurance", ())
        for item in insurance.get("item", ())
        if insurance.get("inforce") and not item.get("excluded")
    ]
    if not covering:
        return 0
    if any(not item.get("authorizationRequired") for item in covering):
        return wanted
    return min(wanted, sum(map(_approved, authorizations)))


def _approved(answer: Resource) -> int:
    adjudications = (each for item in answer.get("item", ()) for each in item.get("adjudication", ()))
    return sum(
        int(float(each.get("value", 0))) for each in adjudications if code_in(each["category"], ADJUDICATION) == "approved-visits"
    )
