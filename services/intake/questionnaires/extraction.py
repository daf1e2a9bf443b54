"""`QuestionnaireResponse/$extract`, and what a finished response leaves on file by itself.

http://hl7.org/fhir/uv/sdc/OperationDefinition-QuestionnaireResponse-extract.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from shared.fhir.element import concept
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Malformed, NotFound, Refusal, Unprocessable
from shared.service import Call
from shared.store.transaction import Transaction

from .definitions import defined
from .form import FINISHED, asked_by
from .observations import observations

LOG = "extracted"
"""The kind of record that holds which resources a response has left: its id is the response's."""


def extract(call: Call, tx: Transaction) -> Resource:
    """`$extract` of a response that is kept (instance) or sent (`questionnaire-response`; `questionnaire` where it is not kept).

    Answers the transaction Bundle. With `store=true` what is in it is stored too, as it is by itself when a response is
    completed here; each entry has the id that it always gets from this answer, so nothing is there twice.
    """
    response = _response(call, tx)
    questionnaire = call.parameter("questionnaire") or asked_by(response, tx)
    if questionnaire is None:
        raise Unprocessable(Issue("its Questionnaire is not kept here", "QuestionnaireResponse.questionnaire", "not-found"))
    found, issues = extracted(questionnaire, response)
    tx.warnings += issues
    if str(call.parameter("store")).lower() == "true":
        if tx.read("QuestionnaireResponse", response["id"]) is None:
            raise Unprocessable("only what was answered in a QuestionnaireResponse that is kept here is stored")
        leave(response["id"], found, tx)
    return bundle(found)


def extracted(questionnaire: Resource, response: Resource) -> tuple[list[Resource], list[Issue]]:
    """Observations and defined resources of a finished response, none of any other; and what could not be followed."""
    if response["status"] not in FINISHED:
        return [], []
    made = defined(questionnaire, response)
    return [*observations(questionnaire, response), *made.resources], made.issues


def bundle(resources: Iterable[Resource]) -> Resource:
    """A transaction that puts each in its place."""
    entries = [
        {
            "fullUrl": f"urn:uuid:{resource['id']}",
            "resource": resource,
            "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
        }
        for resource in resources
    ]
    made: Resource = {"resourceType": "Bundle", "type": "transaction"}
    return made | {"entry": entries} if entries else made


def leave(response: str, resources: Iterable[Resource], tx: Transaction) -> None:
    """What the response (by its id) says is on file; what it said before and says no more is withdrawn.

    A resource that is not legal is left out with a warning: the answers are kept in any case. One of a type that another
    service owns is handed to it.
    """
    left = [reference for resource in resources if (reference := _kept(resource, tx))]
    log = tx.recorded(LOG, response)
    before = log.body["left"] if log else []
    assert isinstance(before, list)
    for reference in before:
        if reference not in left:
            _withdraw(reference, tx)
    if left != before:
        tx.record(LOG, response, "left" if left else "withdrawn", {}, {"left": left})


def _kept(resource: Resource, tx: Transaction) -> str:
    if not tx.tells(resource["resourceType"]):
        tx.propose(resource)
        return ""
    try:
        tx.attempt(partial(tx.save, resource))
    except Refusal as refusal:
        said = (Issue(f"not extracted: {each.message}", each.expression, each.code, "warning") for each in refusal.issues)
        tx.warnings += said
        return ""
    return f"{resource['resourceType']}/{resource['id']}"


def _withdraw(reference: str, tx: Transaction) -> None:
    resource = tx.read(*reference.split("/"))
    if resource is not None:
        withdrawn = _as_mistake(resource)
        if withdrawn is not None:
            tx.save(withdrawn)


def _as_mistake(resource: Resource) -> Resource | None:
    """Entered in error, in the words of its type; None for a type that has no such word."""
    verification = _VERIFICATION.get(resource["resourceType"])
    if verification:
        rest: dict[str, Any] = {name: value for name, value in resource.items() if name != "clinicalStatus"}
        return rest | {"verificationStatus": concept(verification, "entered-in-error")}
    return resource | {"status": "entered-in-error"} if "status" in resource else None


_VERIFICATION: Mapping[str, str] = {
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
}


def _response(call: Call, tx: Transaction) -> Resource:
    if call.id:
        kept = tx.read("QuestionnaireResponse", call.id)
        if kept is None:
            raise NotFound(f"QuestionnaireResponse/{call.id} is not known")
        return kept
    sent = call.body if call.body.get("resourceType") == "QuestionnaireResponse" else call.parameter("questionnaire-response")
    if not isinstance(sent, Mapping):
        raise Malformed("$extract needs a QuestionnaireResponse")
    return dict(sent) if "id" in sent else {**sent, "id": tx.new_id()}
