"""What is held here of the one whom a question is about: coverages, their plans, what is used of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.fhir.element import codes_in, sought, target_of
from shared.fhir.issue import Resource
from shared.store.view import View

from . import accounts
from .asked import identifiers_of, person_of, policy_of
from .benefits import Plan
from .catalogue import offers_others, plan_of
from .deciding import NOTHING_USED, Held, Member, differs, plan_year
from .decision import Granted
from .ledger import APPROVED, USED, visits
from .question import Party, Person, Policy, Question
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


def introduced(question: Question, view: View) -> Question:
    """The same question, saying of everybody in it what is known here: somebody outside knows them by that only."""
    return replace(
        question,
        patient=_introduced(question.patient, view),
        insurer=_party(question.insurer, view),
        provider=_party(question.provider, view),
        policies=tuple(_policy(policy, view) for policy in question.policies),
    )


def by_number(number: str, person: Person, view: View) -> list[Resource] | str:
    """The Coverages of the member with a number, or why (a code of FAILURES) there is no telling.

    Name and date of birth decide among several, and are compared, as far as both sides say them.
    """
    coverages = with_number(number, view)
    patients = {target: view.read(*target.split("/")) for each in coverages if (target := target_of(each["beneficiary"]))}
    differing = {target: why for target, patient in patients.items() if patient and (why := differs(person, person_of(patient)))}
    fitting = set(patients) - set(differing)
    if differing and not fitting:
        return next(iter(differing.values()))
    if len(fitting) > 1:
        return "member-ambiguous"
    return [each for each in coverages if target_of(each["beneficiary"]) not in differing]


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


def with_number(number: str, view: View) -> list[Resource]:
    found = view.search(f"Coverage?subscriberid={sought(number)}") + view.search(f"Coverage?identifier={sought(number)}")
    return list({each["id"]: each for each in found}.values())


def _introduced(person: Person, view: View) -> Person:
    known = _read(person.reference, "Patient", view)
    return person_of(known, person.reference) if known else person


def _party(party: Party, view: View) -> Party:
    """An organization, a practitioner, or the practitioner of a role."""
    known = _read(party.reference, "", view)
    if known and known["resourceType"] == "PractitionerRole":
        known = _read(target_of(known.get("practitioner")), "", view) or known
    if known is None:
        return party
    named = person_of(known) if known["resourceType"] == "Practitioner" else None
    name = " ".join((*named.given, named.family)) if named else known.get("name", "")
    return replace(party, name=party.name or name, identifiers=(*party.identifiers, *identifiers_of(known)))


def _policy(policy: Policy, view: View) -> Policy:
    known = _read(policy.reference, "Coverage", view)
    if known is None:
        return policy
    subscriber = _read(target_of(known.get("subscriber")), "Patient", view)
    other = subscriber and target_of(known["beneficiary"]) != f"Patient/{subscriber['id']}"
    found = policy_of(known)
    return replace(found, payor=_party(found.payor, view), subscriber=person_of(subscriber) if subscriber and other else None)


def _read(reference: str, type: str, view: View) -> Resource | None:
    """What a reference (to this type, "": to any) names."""
    return view.read(*reference.split("/")) if reference.startswith(type) and "/" in reference else None


def _held(coverage: Resource, question: Question, view: View) -> Held:
    plan = plan_of(coverage, view)
    held = Held(coverage, policy_of(coverage), target_of(coverage["beneficiary"]), plan)
    if plan is None:
        return replace(held, elsewhere=offers_others(coverage, view))
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
    for answer in view.search(
        f"ClaimResponse?patient={sought(patient)}&status=active&outcome=complete,partial&use=preauthorization"
    ):
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
