"""What is held here of the one whom a question is about: coverages, their plans, what is used of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from shared.fhir import text
from shared.fhir.element import codes_in, sought, target_of
from shared.fhir.issue import Resource
from shared.store.view import View

from . import accounts
from .asked import person_of, policy_of
from .benefits import Plan, plan_from, plans_named
from .deciding import NOTHING_USED, Held, Member, plan_year
from .decision import Granted
from .ledger import APPROVED, USED, visits
from .question import Person, Policy, Question
from .vocabulary import SERVICE_TYPE


def member_of(question: Question, view: View) -> Member:
    """Who is meant by the coverages that are named; by the patient, where none is or others are asked for."""
    found: dict[str, Resource] = {}
    unknown: list[str] = []
    for policy in question.policies:
        coverages = _named(policy, question.patient, view)
        if isinstance(coverages, str):
            return Member(failure=coverages)
        found |= coverages
        if not coverages:
            unknown.append(policy.reference)
    if not question.policies or question.asks("discovery"):
        found |= _of_patient(question, view)
    return Member(tuple(_held(each, question, view) for each in found.values()), tuple(unknown))


def by_number(number: str, person: Person, view: View) -> list[Resource] | str:
    """The Coverages of the member with a number, or why (a code of FAILURES) there is no telling.

    Name and date of birth decide among several, and are compared, as far as both sides say them.
    """
    coverages = _with_number(number, view)
    patients = {target: view.read(*target.split("/")) for each in coverages if (target := target_of(each["beneficiary"]))}
    differing = {target: why for target, patient in patients.items() if patient and (why := _differs(person, person_of(patient)))}
    fitting = set(patients) - set(differing)
    if differing and not fitting:
        return next(iter(differing.values()))
    if len(fitting) > 1:
        return "member-ambiguous"
    return [each for each in coverages if target_of(each["beneficiary"]) not in differing]


def plan_of(coverage: Resource, view: View) -> Plan | None:
    """The plan of a Coverage, read once for each text of it."""
    found = benefits_of(coverage, view)
    return _compiled(text.dump(found), plans_named(coverage)) if found else None


def benefits_of(coverage: Resource, view: View) -> Resource | None:
    """The InsurancePlan of a Coverage: of its payor, and the one that its class `plan` names if there are several."""
    named = plans_named(coverage)
    for payor in map(target_of, coverage.get("payor", ())):
        plans = view.search(f"InsurancePlan?owned-by={payor}&status=active") if payor else []
        for plan in plans:
            if named & {each.get("value") for each in plan.get("identifier", ())}:
                return plan
        if plans and not named:
            return plans[0]
    return None


def _named(policy: Policy, patient: Person, view: View) -> dict[str, Resource] | str:
    type, _, id = policy.reference.partition("/")
    coverage = view.read("Coverage", id) if type == "Coverage" else None
    if coverage:
        return {policy.reference: coverage}
    coverages = by_number(policy.number, patient, view) if policy.number else []
    return coverages if isinstance(coverages, str) else {f"Coverage/{each['id']}": each for each in coverages}


def _of_patient(question: Question, view: View) -> dict[str, Resource]:
    """Those that are or were in force; of the insurer that is asked, unless others are to be discovered."""
    patient = question.patient.reference
    if not patient.startswith("Patient/"):
        return {}
    insurer = "" if question.asks("discovery") or not question.insurer.reference else f"&payor={question.insurer.reference}"
    coverages = view.search(f"Coverage?beneficiary={sought(patient)}&status=active,cancelled{insurer}")
    return {f"Coverage/{each['id']}": each for each in coverages}


def _with_number(number: str, view: View) -> list[Resource]:
    found = view.search(f"Coverage?subscriberid={sought(number)}") + view.search(f"Coverage?identifier={sought(number)}")
    return list({each["id"]: each for each in found}.values())


def _differs(asked: Person, known: Person) -> str:
    """Why the one who is asked about is another than the one who is known; "" if nothing says so."""
    if asked.birth_date and known.birth_date and asked.birth_date != known.birth_date:
        return "birth-date-differs"
    if asked.family and known.family and asked.family.casefold() != known.family.casefold():
        return "name-differs"
    return ""


def _held(coverage: Resource, question: Question, view: View) -> Held:
    plan = plan_of(coverage, view)
    held = Held(coverage, policy_of(coverage), target_of(coverage["beneficiary"]), plan)
    if plan is None:
        return held
    year = plan_year(plan, question.days.first)
    account = f"Coverage/{coverage['id']}"
    return replace(
        held,
        used=accounts.used(account, year, plan.currency, view) if question.asks("benefits") else NOTHING_USED,
        granted=dict(_granted(coverage, view)) if _may_need_authorization(plan, question) else {},
    )


def _may_need_authorization(plan: Plan, question: Question) -> bool:
    if not question.asks("auth-requirements"):
        return False
    benefits = [plan.benefit_for(each) for each in question.wanted]
    return any(benefit is not None and benefit.needs_authorization for benefit in benefits)


def _granted(coverage: Resource, view: View) -> Iterator[tuple[str, Granted]]:
    """The authorizations of a coverage that still have visits, by X12 service type."""
    patient = target_of(coverage["beneficiary"])
    today = view.now.date().isoformat()
    for answer in view.search(f"ClaimResponse?patient={sought(patient)}&status=active&outcome=complete&use=preauthorization"):
        until = answer.get("preAuthPeriod", {}).get("end", "")
        left = visits(answer, APPROVED) - visits(answer, USED)
        claim: Any = view.read(*target_of(answer.get("request")).split("/")) if target_of(answer.get("request")) else None
        if left <= 0 or (until and until < today) or claim is None or not _is_for(claim, coverage):
            continue
        granted = Granted(f"ClaimResponse/{answer['id']}", answer.get("preAuthRef", ""), left, until)
        for item in claim.get("item", ()):
            for code in codes_in(item.get("category"), SERVICE_TYPE):
                yield code, granted


def _is_for(claim: Resource, coverage: Resource) -> bool:
    return any(target_of(each["coverage"]) == f"Coverage/{coverage['id']}" for each in claim.get("insurance", ()))


@lru_cache(maxsize=1024)
def _compiled(plan: bytes, named: frozenset[str]) -> Plan:
    return plan_from(text.load(plan), named)
