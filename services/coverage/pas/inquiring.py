"""`Claim/$inquire`: how authorizations of one member stand, asked for by example.

https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-inquiry.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from services.coverage.vocabulary import SERVICE_TYPE
from shared.fhir.element import codes_in, extension, sought, target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import outcome
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from . import told
from .codes import NUMBER, REFERENCE_NUMBER
from .received import Received, member, received

ANY: Final = "not-applicable"
"""A product that stands for every product: http://terminology.hl7.org/CodeSystem/data-absent-reason"""


def inquire(call: Call, tx: Transaction) -> Resource:
    """Parameters with a bundle (`return`) for each that fits, newest first; nothing about a member who is not known.

    Whoever neither asked for an authorization nor treats under it is not told of it, only that there is more. Raises Malformed,
    Unprocessable for what is no inquiry.
    """
    asked = received(call)
    coverage = member(asked, tx)
    found = [] if isinstance(coverage, str) else list(_matching(asked, coverage, tx))
    shown = [answer for answer, claim in found if _may_hear(asked, claim["id"], tx)]
    parameters: list[Resource] = [{"name": "return", "resource": told.told(answer, tx)} for answer in shown]
    if len(shown) < len(found):
        sentence = "There are authorizations that are not shown to you; call the payer."
        parameters.append({"name": "outcome", "resource": outcome([Issue(sentence, code="suppressed", severity="warning")])})
    return {"resourceType": "Parameters", **({"parameter": parameters} if parameters else {})}


def _matching(asked: Received, coverage: Resource, view: View) -> Iterator[tuple[Resource, Resource]]:
    patient = target_of(coverage["beneficiary"])
    numbers = set(_numbers(asked.claim))
    claims = {each["id"]: each for each in view.search(f"Claim?patient={sought(patient)}&use=preauthorization")}
    named = {id for id, claim in claims.items() if set(asked.identifiers) & _identifiers(claim)}
    answers = view.search(f"ClaimResponse?patient={sought(patient)}&use=preauthorization&_sort=-created")
    for answer in answers:
        claim = claims.get(target_of(answer.get("request")).partition("/")[2])
        if claim is None or (named and claim["id"] not in named):
            continue
        if numbers and answer.get("preAuthRef") not in numbers:
            continue
        if _fits(asked.claim, claim):
            yield answer, claim


def _numbers(element: Any) -> Iterator[str]:
    """Authorization and reference numbers that are asked about, of the whole or of an item."""
    for each in (element, *element.get("item", ())):
        for url in (NUMBER, REFERENCE_NUMBER):
            if said := extension(each, url):
                yield str(said)


def _identifiers(claim: Resource) -> set[tuple[str, str]]:
    return {(each.get("system", ""), each["value"]) for each in claim.get("identifier", ()) if "value" in each}


def _fits(example: Resource, claim: Resource) -> bool:
    """Each service of the example is one that was asked for."""
    items = claim.get("item", ())
    return all(any(_is_like(wanted, item) for item in items) for wanted in example.get("item", ()))


def _is_like(wanted: Resource, item: Resource) -> bool:
    products, asked = _products(wanted) - {ANY}, set(codes_in(wanted.get("category"), SERVICE_TYPE))
    if asked and not asked & set(codes_in(item.get("category"), SERVICE_TYPE)):
        return False
    return not products or bool(products & _products(item))


def _products(item: Resource) -> set[str]:
    return {coding["code"] for coding in item.get("productOrService", {}).get("coding", ()) if "code" in coding}


def _may_hear(asked: Received, claim: str, view: View) -> bool:
    known = told.providers(claim, view)
    return not known or bool(known & asked.providers)
