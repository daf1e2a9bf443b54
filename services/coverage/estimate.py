"""`Coverage/$cost-estimate`: what a care plan will cost the patient, activity by activity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.fhir.element import code_in, sought, target_of, targets_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed, NotFound
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from . import accounts
from .benefits import Benefit, Plan
from .catalogue import plan_of
from .cost import NOTHING, Left, Payer, Share, left_of, terms_in, visits
from .days import Days
from .deciding import LAST, Used, plan_year, why_not_in_force
from .money import USUAL, Money
from .question import Code, Wanted
from .vocabulary import SERVICE_TYPE

PARTS = ("allowed", "deductible", "copay", "coinsurance", "not-covered", "plan", "others", "patient")
"""Of an activity and of the total: Money each. `others` is what payers after the first take over."""

PATIENTS = ("deductible", "copay", "coinsurance", "not covered")
"""Why the patient pays."""


@dataclass(frozen=True, slots=True)
class Insurer:
    """A coverage in force, with its plan and what is used of it."""

    plan: Plan
    used: Used


@dataclass(frozen=True, slots=True)
class Estimated:
    """One activity: how many visits are still to come, and who pays what of them; `share` is None where no price is known."""

    request: Resource
    visits: int
    share: Share | None
    covered: bool

    @property
    def title(self) -> str:
        return str(self.request.get("code", {}).get("text") or self.request.get("description") or "This service")


def estimate(call: Call, tx: Transaction) -> Resource:
    """`plan` (CarePlan) of Parameters, under one Coverage (instance level) or all that the patient has. Answers Parameters."""
    plan = _care_plan(call, tx)
    coverages = _coverages(call, target_of(plan["subject"]), tx)
    insurers = [found for each in coverages if (found := _insurer(each, tx))]
    currency = insurers[0].plan.currency if insurers else USUAL
    activities = list(_activities(_requests(plan, tx), insurers, tx))
    return {"resourceType": "Parameters", "parameter": list(_told(activities, insurers, currency))}


def _activities(requests: Sequence[Resource], insurers: list[Insurer], view: View) -> Iterator[Estimated]:
    """One after the other, as the plan has them: what one uses up is not there for the next."""
    now = insurers
    for request in requests:
        wanted = _wanted(request)
        to_come = _to_come(request, view)
        benefits = [each.plan.benefit_for(wanted) for each in now]
        terms = [terms_in(benefit, "in") for benefit in benefits]
        allowed = next((each.allowed.cents for each in terms if each and each.allowed), None)
        if allowed is None:
            yield Estimated(request, to_come, None, any(benefits))
            continue
        lefts = [left_of(one.plan, one.used, benefit) for one, benefit in zip(now, benefits, strict=True)]
        payers = list(map(Payer, terms, lefts))
        share, after = visits(to_come, allowed, payers)
        now = [_spent(*each) for each in zip(now, payers, after, benefits, strict=True)]
        yield Estimated(request, to_come, share, any(benefits))


def _spent(insurer: Insurer, before: Payer, after: Payer, benefit: Benefit | None) -> Insurer:
    used, type = insurer.used, benefit.service_type if benefit else ""
    taken = used.visits.get(type, 0) + (before.left.visits or 0) - (after.left.visits or 0)
    return replace(
        insurer,
        used=Used(
            used.deductible + before.left.deductible - after.left.deductible,
            used.out_of_pocket + (before.left.out_of_pocket or 0) - (after.left.out_of_pocket or 0),
            {**used.visits, type: taken},
            used.paid,
        ),
    )


def _told(activities: list[Estimated], insurers: list[Insurer], currency: str) -> Iterator[Resource]:
    for each in activities:
        yield {"name": "activity", "part": list(_activity(each, currency))}
    known = [each.share for each in activities if each.share]
    total = sum(known, NOTHING)
    yield {"name": "total", "part": list(_parts(total, currency))}
    if insurers:
        yield {"name": "left", "part": list(_left(left_of(insurers[0].plan, insurers[0].used, None), insurers[0].plan))}
    yield {"name": "sentence", "valueString": _sum(total, len(activities) - len(known), currency)}


def _activity(estimated: Estimated, currency: str) -> Iterator[Resource]:
    yield {"name": "reference", "valueReference": {"reference": f"ServiceRequest/{estimated.request['id']}"}}
    yield {"name": "title", "valueString": estimated.title}
    yield {"name": "visits", "valueUnsignedInt": estimated.visits}
    if estimated.share:
        yield from _parts(estimated.share, currency)
    yield {"name": "sentence", "valueString": sentence(estimated, currency)}


def _parts(share: Share, currency: str) -> Iterator[Resource]:
    for name in PARTS:
        cents = getattr(share, name.replace("-", "_"))
        yield {"name": name, "valueMoney": Money(cents, currency).as_fhir()}


def _left(left: Left, plan: Plan) -> Iterator[Resource]:
    """Of the first payer's plan year, before these visits."""
    if plan.deductible:
        yield {"name": "deductible", "valueMoney": Money(left.deductible, plan.currency).as_fhir()}
    if left.out_of_pocket is not None:
        yield {"name": "out-of-pocket", "valueMoney": Money(left.out_of_pocket, plan.currency).as_fhir()}


def sentence(estimated: Estimated, currency: str) -> str:
    """What a patient reads of one activity."""
    head, share = f"{estimated.title}: {estimated.visits} visit{'' if estimated.visits == 1 else 's'} to come.", estimated.share
    if share is None:
        asks = "Your plan pays for it, but has no price here" if estimated.covered else "Your plan does not pay for it"
        return f"{head} {asks}; ask the provider what a visit costs."
    if not share.patient:
        return f"{head} You pay nothing."
    shares = ((name, getattr(share, name.replace(" ", "_"))) for name in PATIENTS)
    parts = ", ".join(f"{Money(cents, currency)} {name}" for name, cents in shares if cents)
    others = f"; another insurer takes over {Money(share.others, currency)}" if share.others else ""
    return (
        f"{head} You pay about {Money(share.patient, currency)} ({parts}{others}); your plan pays {Money(share.plan, currency)}."
    )


def _sum(total: Share, unknown: int, currency: str) -> str:
    rest = "" if not unknown else f" {unknown} service{' is' if unknown == 1 else 's are'} not in this sum, as no price is known."
    return f"For all visits of the plan you pay about {Money(total.patient, currency)} of {Money(total.allowed, currency)}.{rest}"


def _care_plan(call: Call, view: View) -> Resource:
    """Raises Malformed, NotFound."""
    said: Any = call.parameter("plan")
    target = target_of(said) if isinstance(said, dict) else str(said or "")
    type, _, id = target.partition("/")
    if type != "CarePlan" or not id:
        raise Malformed("plan names a CarePlan: CarePlan/<id>")
    found = view.read("CarePlan", id)
    if found is None:
        raise NotFound(f"CarePlan/{id} is not known")
    return found


def _coverages(call: Call, patient: str, view: View) -> list[Resource]:
    if call.id:
        return [found for found in (view.read("Coverage", call.id),) if found]
    found = view.search(f"Coverage?beneficiary={sought(patient)}&status=active") if patient else []
    return sorted(found, key=lambda coverage: (coverage.get("order", LAST), coverage["id"]))


def _insurer(coverage: Resource, view: View) -> Insurer | None:
    """None for a coverage that is not in force, or whose benefits are not held here."""
    today = view.now.date()
    plan = plan_of(coverage, view)
    if plan is None or why_not_in_force(coverage, Days(today, today)):
        return None
    return Insurer(plan, accounts.used(f"Coverage/{coverage['id']}", plan_year(plan, today), plan.currency, view))


def _requests(plan: Resource, view: View) -> list[Resource]:
    references = (activity.get("reference", {}) for activity in plan.get("activity", ()))
    found = [request for id in targets_of(references, "ServiceRequest") if (request := view.read("ServiceRequest", id))]
    return [each for each in found if each["status"] in ("draft", "active", "on-hold") and _wanted(each).service_type]


def _wanted(request: Resource) -> Wanted:
    codings = request.get("code", {}).get("coding", ())
    products: tuple[Code, ...] = tuple((each.get("system", ""), each["code"]) for each in codings if "code" in each)
    return Wanted(code_in(request.get("category"), SERVICE_TYPE) or "", products)


def _to_come(request: Resource, view: View) -> int:
    """Visits that the plan asks for and that have not taken place."""
    wanted = int(float(request.get("quantityQuantity", {}).get("value", 1)))
    held = view.search(f"Appointment?based-on=ServiceRequest/{request['id']}&status=fulfilled")
    return max(wanted - len(held), 0)
