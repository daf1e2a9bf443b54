"""The models of case management: shipped as PlanDefinitions, replaceable, applied to a case."""

from __future__ import annotations

from pathlib import Path

from shared.events.event import Event
from shared.fhir import text
from shared.fhir.element import code_in, sought, target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed, NotFound
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from . import transition
from .drafting import Occasion, draft
from .vocabulary import MODEL

SHIPPED = Path(__file__).parent / "models"
STANDING = frozenset({"active", "recurrence", "relapse"})
"""Condition.clinicalStatus of what the plan is for."""


def ship(tx: Transaction) -> None:
    """Create the models that we bring and this store has not seen. What an organization changed is never overwritten."""
    for path in sorted(SHIPPED.glob("*.json")):
        model = text.load(path.read_bytes())
        id = f"{path.stem}-{model['version']}"
        if tx.current("PlanDefinition", id) is None and not _known(model["url"], model["version"], tx):
            tx.create(model | {"id": id})


def draft_for_case(event: Event, tx: Transaction) -> None:
    """`EpisodeOfCare.opened`: the plan is drafted once; a discharge that came before starts its clock now."""
    case = tx.read("EpisodeOfCare", event.subject)
    if case is None or case["status"] not in ("active", "onhold"):
        return
    model = _newest(f"{MODEL}:{code_in(case.get('type'), MODEL)}", tx)
    if model is not None:
        apply_once(model, _occasion_of(case, tx), tx)
    transition.settle_patient(target_of(case["patient"]), tx)


def apply(call: Call, tx: Transaction) -> Resource:
    """`PlanDefinition/<id>/$apply` (subject; practitioner, encounter, episode): the CarePlan, with all its parts stored."""
    model = tx.read("PlanDefinition", call.id)
    if model is None:
        raise NotFound(f"PlanDefinition/{call.id} is not known")
    patient = _reference(call, "subject")
    if not patient.startswith("Patient/"):
        raise Malformed("$apply needs the parameter subject, a reference to a Patient")
    case = _reference(call, "episode")
    occasion = Occasion(
        key=case.rpartition("/")[2] or tx.new_id(),
        patient=patient,
        now=tx.now,
        manager=_reference(call, "practitioner"),
        case=case,
        encounter=_reference(call, "encounter"),
        conditions=_conditions(patient, tx),
    )
    return apply_once(model, occasion, tx)


def apply_once(model: Resource, occasion: Occasion, tx: Transaction) -> Resource:
    """The plan of this occasion: the one that is there, else all of it made now."""
    known = tx.read("CarePlan", occasion.plan)
    if known is not None:
        return known
    made = [tx.create(resource) for resource in draft(model, occasion)]
    return made[-1]


def _newest(url: str, view: View) -> Resource | None:
    found = view.search(f"PlanDefinition?url={sought(url)}&status=active")
    return max(found, key=lambda model: (model.get("date", ""), model.get("version", "")), default=None)


def _known(url: str, version: str, view: View) -> bool:
    return bool(view.search(f"PlanDefinition?url={sought(url)}&version={sought(version)}"))


def _occasion_of(case: Resource, tx: Transaction) -> Occasion:
    patient = target_of(case["patient"])
    return Occasion(
        key=case["id"],
        patient=patient,
        now=tx.now,
        manager=target_of(case.get("careManager")),
        case=f"EpisodeOfCare/{case['id']}",
        conditions=_conditions(patient, tx),
    )


def _conditions(patient: str, view: View) -> tuple[str, ...]:
    found = view.search(f"Condition?patient={patient}&clinical-status={','.join(sorted(STANDING))}")
    return tuple(sorted(f"Condition/{condition['id']}" for condition in found))


def _reference(call: Call, name: str) -> str:
    value = call.parameter(name)
    return target_of(value) if isinstance(value, dict) else str(value or "")
