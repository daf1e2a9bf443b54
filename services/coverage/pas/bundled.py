"""A Claim of ours as a PAS bundle for a payer outside: only what it needs to know, and nothing that refers to anything else.

https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-request-bundle.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.coverage.vocabulary import TRACE
from shared.fhir import text
from shared.fhir.element import concept, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.view import View

from .codes import CANCEL, CERTIFICATION, CERTIFICATIONS
from .inquiring import ANY
from .requested import coverage_of
from .sent import Step

SENT: Final = "urn:careloom:bundle-sent"
"""System of the identifier of a bundle: the Claim and its version, so that what is sent again is known."""

_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "Patient": ("identifier", "name", "gender", "birthDate", "address"),
    "Coverage": (
        "identifier", "status", "type", "subscriberId", "relationship", "period", "class", "order", "beneficiary", "payor",
    ),
    "Organization": ("identifier", "name", "address"),
    "Practitioner": ("identifier", "name"),
    "PractitionerRole": ("identifier", "practitioner", "organization", "specialty"),
    "ServiceRequest": (
        "status", "intent", "category", "code", "quantityQuantity", "occurrenceTiming", "occurrencePeriod", "occurrenceDateTime",
        "performerType", "reasonCode", "subject", "requester", "extension",
    ),
}  # fmt: skip
"""What is told of each."""

_CLAIM: Final = (
    "type", "subType", "use", "patient", "billablePeriod", "created", "insurer", "provider", "priority", "referral", "careTeam",
    "diagnosis", "item", "extension",
)  # fmt: skip


def bundle_for(claim: Resource, step: Step, view: View) -> Resource:
    """What the payer is sent: the request, an update or cancellation of it, or an inquiry about it."""
    found = _found(claim, view)
    addresses = {target: f"urn:uuid:{id_from('sent', target)}" for target in found}
    asked = _asked(claim, step)
    entries = [{"fullUrl": f"urn:uuid:{id_from('sent', 'Claim', claim['id'])}", "resource": _at(addresses, asked)}]
    for target, resource in found.items():
        bare = {name: resource[name] for name in _TOLD[resource["resourceType"]] if name in resource}
        told = {"resourceType": resource["resourceType"], "id": resource["id"]} | bare
        entries.append({"fullUrl": addresses[target], "resource": _at(addresses, told)})
    version = f"{claim['id']}/{claim['meta']['versionId']}/{step}"
    return {
        "resourceType": "Bundle",
        "identifier": {"system": SENT, "value": version},
        "type": "collection",
        "timestamp": text.instant(view.now),
        "entry": entries,
    }


def _asked(claim: Resource, step: Step) -> Resource:
    trace = {"system": TRACE, "value": claim["id"]}
    insurance = {"sequence": 1, "focal": True, "coverage": {"reference": coverage_of(claim)}}
    told: Resource = {"resourceType": "Claim", "id": claim["id"], "identifier": [trace], "status": "active"}
    told |= {name: claim[name] for name in _CLAIM if name in claim} | {"insurance": [insurance]}
    if step in ("update", "cancel"):
        told["related"] = [{"claim": {"identifier": trace}}]
    if step == "cancel":
        cancelled = {"url": CERTIFICATION, "valueCodeableConcept": concept(CERTIFICATIONS, CANCEL)}
        told["extension"] = [*(each for each in told.get("extension", ()) if each["url"] != CERTIFICATION), cancelled]
    if step == "inquire":
        reason = concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", ANY)
        told["item"] = [{"sequence": 1, "productOrService": reason}]
        for name in ("referral", "diagnosis", "extension", "careTeam"):
            told.pop(name, None)
    return told


def _found(claim: Resource, view: View) -> dict[str, Resource]:
    """By `Type/id` what the Claim names, as far as it is known here, and what that names."""
    found: dict[str, Resource] = {}
    open_ = [target_of(claim[name]) for name in ("patient", "insurer", "provider", "referral") if name in claim]
    open_ += [coverage_of(claim), *(target_of(each["provider"]) for each in claim.get("careTeam", ()))]
    while open_:
        target = open_.pop(0)
        type, _, id = target.partition("/")
        if target in found or type not in _TOLD:
            continue
        found[target] = view.read(type, id) or _unknown(type, id)
        if type == "Coverage":
            open_ += [target_of(each) for each in found[target]["payor"]]
        if type in ("ServiceRequest", "PractitionerRole"):
            open_ += [target_of(found[target].get(name)) for name in ("requester", "practitioner", "organization")]
    return {target: each for target, each in found.items() if each}


def _unknown(type: str, id: str) -> Resource:
    """Somebody of whom only the id is known. Nothing, for what that does not help."""
    return {"resourceType": type, "id": id, "identifier": [{"value": id}]} if type == "Organization" else {}


def _at(addresses: Mapping[str, str], value: Any) -> Any:
    """The same with the bundle's addresses for what is in it, and names for what is not."""
    if isinstance(value, Mapping):
        if isinstance(value.get("reference"), str):
            address = addresses.get(target_of(value))
            named = {name: each for name, each in value.items() if name != "reference"}
            return {"reference": address} if address else named or {"display": target_of(value) or "not said"}
        return {name: _at(addresses, each) for name, each in value.items()}
    return [_at(addresses, each) for each in value] if isinstance(value, list) else value
