"""What a body must be before it meets the store: a resource of the type asked for, and legal R4."""

from __future__ import annotations

from shared.fhir import text
from shared.fhir.gate import check
from shared.fhir.issue import Issue
from shared.fhir.refusal import Malformed, refuse
from shared.fhir.text import Draft
from shared.rest import media
from shared.rest.request import Request


def admitted(request: Request) -> Draft:
    """The resource in the body, parsed once and through the gate. Raises Malformed, Unprocessable or TooLarge."""
    draft = drafted(request)
    be_of_type(draft, request.type)
    admit(draft)
    return draft


def drafted(request: Request) -> Draft:
    """The resource in the body, parsed once. Raises UnsupportedMedia or Malformed."""
    if request.draft is None:
        media.body_type(request.media)
        request.draft = text.parse(request.body)
    return request.draft


def admit(draft: Draft) -> None:
    """Raise what the gate has against a resource."""
    issues = objections(draft)
    if issues:
        refuse(issues)


def objections(draft: Draft) -> list[Issue]:
    """What the gate has against a resource."""
    return check(draft.content)


def be_of_type(draft: Draft, type: str) -> None:
    found = draft.content.get("resourceType")
    if found != type:
        raise Malformed(Issue(f"the body is of type {found}, the address is for {type}", "resourceType", "invalid", status=400))


def be_named(draft: Draft, id: str) -> None:
    """Raise Malformed unless the body has the id of the address."""
    found = draft.content.get("id")
    if found != id:
        said = f"the body has the id {found}" if found else "the body has no id"
        raise Malformed(Issue(f"{said}, the address has {id}", f"{draft.content['resourceType']}.id", "invalid", status=400))
