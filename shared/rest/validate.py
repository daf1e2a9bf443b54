"""$validate: what is wrong with a resource, without storing it. http://hl7.org/fhir/R4/resource-operation-validate.html"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from shared.fhir import gate, text
from shared.fhir.change import Change
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Malformed, NotFound, outcome, refuse
from shared.rest.admission import drafted
from shared.rest.answer import Answer
from shared.rest.request import ID, Request
from shared.rest.second_opinion import second_opinion
from shared.rest.site import Site
from shared.service import Call

MODES = frozenset({"create", "update", "delete", "profile"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be judged. `before` is what is stored under the id of the address."""

    type: str
    id: str
    mode: str
    profile: str
    resource: Resource | None
    before: Resource | None


async def perform(site: Site, request: Request) -> Answer:
    """Always 200 with an OperationOutcome, one issue for each defect, unless the request itself is broken."""
    site.may_read(request.type)
    asked = await _asked(site, request)
    issues = list(_of_the_request(asked))
    if asked.resource is not None:
        found = gate.check(asked.resource)
        issues += found
        if not any(issue.severity in ("error", "fatal") for issue in found) and asked.resource["resourceType"] == asked.type:
            issues += _of_the_rules(site, asked, asked.resource)
        issues += await asyncio.to_thread(second_opinion, asked.resource, tuple(found))
    return Answer(200, text.dump(outcome(issues)))


async def _asked(site: Site, request: Request) -> Asked:
    """Raises Malformed, Unprocessable (the Parameters are none), NotFound (nothing is stored there to validate)."""
    body = drafted(request).content if request.draft or request.body.strip() else {}
    wrapped = body.get("resourceType") == "Parameters"
    if wrapped:
        _be_parameters(body)
    parameters = Call(request.type, request.id, body if wrapped else {}, request.pairs)
    mode, profile = (parameters.parameter(name) or "" for name in ("mode", "profile"))
    resource = parameters.parameter("resource") if wrapped else body or None
    before = await site.store.view(lambda view: view.read(request.type, request.id)) if request.id else None
    if mode and mode not in MODES:
        raise Malformed(f"mode is one of {', '.join(sorted(MODES))}, not {mode}")
    if resource is None and mode != "delete":
        if before is None:
            raise (
                NotFound(f"{request.type}/{request.id} is not known") if request.id else Malformed("there is nothing to validate")
            )
        resource = text.draft_of(before).content
    return Asked(request.type, request.id, mode, profile, resource, before)


def _be_parameters(body: Resource) -> None:
    """Raise what is wrong with the Parameters themselves; the resource in them is what is asked about."""
    entries = body.get("parameter", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Malformed(Issue("parameter is a list of objects", "Parameters.parameter", "structure", status=400))
    others = [entry for entry in entries if entry.get("name") != "resource"]
    refuse(gate.check({**body, "parameter": others} if others else {"resourceType": "Parameters"}))
    for entry in entries:
        if entry.get("name") == "resource" and not isinstance(entry.get("resource"), dict):
            raise Malformed(Issue("the parameter resource holds a resource", "Parameters.parameter", "structure", status=400))
        if entry.get("name") in ("mode", "profile") and not all(isinstance(value, str) for value in entry.values()):
            raise Malformed(Issue(f"{entry['name']} is a text", "Parameters.parameter", "value", status=400))


def _of_the_request(asked: Asked) -> Iterator[Issue]:
    """What is wrong with doing what the mode says with this resource at this address."""
    found = (asked.resource or {}).get("resourceType")
    id = (asked.resource or {}).get("id")
    if asked.resource is not None and found != asked.type:
        yield Issue(f"the resource is of type {found}, the address is for {asked.type}", "resourceType", "invalid", status=400)
    if asked.mode == "delete" and not asked.id:
        yield Issue("a deletion is of one resource, and the address names none", code="invalid", status=400)
    if asked.mode == "create" and asked.id:
        yield Issue("a create has no id in its address", code="invalid", status=400)
    if asked.mode == "update" and (not isinstance(id, str) or not ID.fullmatch(id)):
        yield Issue("an update needs an id", f"{asked.type}.id", "required", status=400)
    if asked.mode != "create" and asked.id and asked.resource is not None and id not in (None, asked.id):
        yield Issue(f"the resource has the id {id}, the address {asked.id}", f"{asked.type}.id", "invalid", status=400)
    if asked.mode == "profile" and not asked.profile:
        yield Issue("mode profile needs a profile", code="required", status=400)
    if asked.profile and asked.profile.partition("|")[0] != f"http://hl7.org/fhir/StructureDefinition/{asked.type}":
        yield Issue(f"the profile {asked.profile} is not known here, so nobody can say that it is met", code="not-supported")


def _of_the_rules(site: Site, asked: Asked, resource: Resource) -> Iterator[Issue]:
    owned = site.service.owned(asked.type)
    before = None if asked.mode == "create" else asked.before
    for rule in owned.rules if owned else ():
        yield from rule(Change(before, resource))
