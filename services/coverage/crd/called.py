"""A call of a hook, read and checked. CDS Hooks 2.0, "Calling a CDS Service"

400: no JSON, not this hook, or resources that are no legal R4. 412: what has to come as prefetch is missing. 422: CRD's own
rules (an order of somebody else, a Coverage without a member's number).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from services.coverage.asked import number_of
from shared.fhir import gate, text
from shared.fhir.element import target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Malformed, PreconditionFailed, Unprocessable

from .hooks import COVERAGE_INFO, INSURANCE, LIMITS, MAX_CARDS, ORDERS, Hook

MOST_RESOURCES = 200
"""In one call."""


@dataclass(frozen=True, slots=True)
class Called:
    """`subjects` are the resources that are asked about. `wanted` are the kinds of answers, `most_cards` how many."""

    hook: Hook
    instance: str
    user: str
    patient: Resource
    coverages: tuple[Resource, ...]
    subjects: tuple[Resource, ...]
    wanted: frozenset[str]
    most_cards: int


def called(hook: Hook, body: bytes) -> Called:
    """Raises Malformed, PreconditionFailed, Unprocessable."""
    plain = _json(body)
    _be_this(hook, plain, _object(plain, "context"))
    inside, found = _held(hook, plain)
    _be_legal([*inside, *(each for several in found.values() for each in several)])
    said = text.load(body)
    context, (inside, found) = said["context"], _held(hook, said)
    patient, coverages = _patient(found, str(context["patientId"])), _coverages(found)
    subjects = tuple(_subjects(hook, context, inside, found))
    _be_of(patient, subjects)
    wanted, most = _configured(said)
    return Called(hook, said["hookInstance"], str(context.get("userId", "")), patient, coverages, subjects, wanted, most)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the call is no JSON: {error}") from None
    if not isinstance(said, dict):
        raise Malformed("a call is an object")
    return said


def _object(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise Malformed(f"{name} is an object, and needed")
    return found


def _be_this(hook: Hook, said: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    if said.get("hook") != hook.name:
        raise Malformed(f"this service is for the hook {hook.name}, not {said.get('hook')}")
    try:
        UUID(str(said.get("hookInstance", "")))
    except ValueError:
        raise Malformed("hookInstance is a UUID, and needed") from None
    missing = [
        name for name in (*hook.needs, hook.holds, hook.chosen) if name and name not in context and not _old(name, context)
    ]
    if missing:
        raise Malformed(*(f"context.{name} is needed" for name in missing))


def _held(hook: Hook, said: Mapping[str, Any]) -> tuple[list[Resource], dict[str, list[Resource]]]:
    """The resources of the context, and those of the prefetch by its keys."""
    prefetch = said.get("prefetch") or {}
    if not isinstance(prefetch, dict):
        raise Malformed("prefetch is an object")
    inside = list(_resources(said["context"].get(hook.holds))) if hook.holds else []
    return inside, {name: list(_resources(each)) for name, each in prefetch.items()}


def _old(name: str, context: Mapping[str, Any]) -> bool:
    """`order` is what order-dispatch 1.0 called its one order."""
    return name == "dispatchedOrders" and "order" in context


def _resources(found: Any) -> Iterator[Resource]:
    """A resource itself, or those in a Bundle."""
    if not isinstance(found, dict):
        return
    if found.get("resourceType") != "Bundle":
        yield found
        return
    entries = found.get("entry", ())
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield entry["resource"]


def _be_legal(resources: Sequence[Resource]) -> None:
    if len(resources) > MOST_RESOURCES:
        raise Malformed(f"a call with more than {MOST_RESOURCES} resources is not taken")
    issues = [issue for each in resources for issue in gate.check(each)]
    if any(issue.severity in ("error", "fatal") for issue in issues):
        raise Malformed(*issues)


def _patient(found: Mapping[str, list[Resource]], id: str) -> Resource:
    patient = next((each for each in found.get("patient", ()) if each["resourceType"] == "Patient"), None)
    if patient is None:
        raise PreconditionFailed("the patient has to come as prefetch.patient")
    if patient.get("id") not in (None, id.rpartition("/")[2]):
        raise Unprocessable(f"prefetch.patient is {patient.get('id')}, context.patientId {id}")
    return patient


def _coverages(found: Mapping[str, list[Resource]]) -> tuple[Resource, ...]:
    if "coverage" not in found:
        raise PreconditionFailed("the coverages have to come as prefetch.coverage")
    coverages = tuple(each for each in found["coverage"] if each["resourceType"] == "Coverage")
    if not coverages:
        raise Malformed("no coverage is given, so there is no payer who could answer")
    numberless = [each.get("id", "") for each in coverages if not number_of(each)]
    if numberless:
        raise Unprocessable(*(Issue("the member's number is needed", f"Coverage/{id}", "required") for id in numberless))
    return coverages


def _subjects(
    hook: Hook, context: Mapping[str, Any], inside: Sequence[Resource], found: Mapping[str, list[Resource]]
) -> Iterator[Resource]:
    """What is in scope: an appointment that is based on orders stands for these."""
    known = {f"{each['resourceType']}/{each.get('id')}": each for several in (*found.values(), inside) for each in several}
    if hook.chosen:
        chosen = context.get(hook.chosen) or [context.get("order")]
        yield from _named(chosen, known)
    elif hook.name == "appointment-book":
        for appointment in inside:
            orders = [target_of(each) for each in appointment.get("basedOn", ())]
            yield from _named(orders, known) if orders else [appointment]
    else:
        yield from (each for each in inside if each["resourceType"] in ORDERS)


def _named(references: Any, known: Mapping[str, Resource]) -> Iterator[Resource]:
    missing = []
    for reference in references if isinstance(references, Iterable) else ():
        target = target_of({"reference": str(reference)}) or str(reference)
        if target in known:
            yield known[target]
        else:
            missing.append(PreconditionFailed(f"{target} has to come as prefetch"))
    if missing:
        raise missing[0]


def _be_of(patient: Resource, subjects: Iterable[Resource]) -> None:
    """Raises Unprocessable for an order of somebody else."""
    for each in subjects:
        said = each.get("subject") or each.get("patient") or {}
        target = said.get("reference", "").rpartition("/")[2]
        if target and patient.get("id") and target != patient["id"]:
            about = f"{each['resourceType']}/{each.get('id', '')}"
            raise Unprocessable(Issue(f"{about} is of another patient than the call", about, "invalid"))


def _configured(said: Mapping[str, Any]) -> tuple[frozenset[str], int]:
    """What the client wants to have; what nobody knows is passed over."""
    extension = said.get("extension")
    options = extension.get("davinci-crd.configuration") if isinstance(extension, dict) else None
    options = options if isinstance(options, dict) else {}
    wanted = frozenset(kind for kind in (COVERAGE_INFO, INSURANCE, LIMITS) if options.get(kind) is not False)
    most = options.get(MAX_CARDS)
    return wanted, max(most, 0) if isinstance(most, int) and not isinstance(most, bool) else 10
