"""A ClaimResponse as the one who asked hears it: a bundle in which everything has the address that he gave it.

https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-response-bundle.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from services.coverage.reasons import FAILURES
from services.coverage.vocabulary import REASON, REJECT_REASON
from shared.fhir import text
from shared.fhir.element import concept, reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.view import View

from .codes import FOLLOW_UP, FOLLOW_UPS
from .received import Received

KIND: Final = "authorization-submitted"
BUNDLE: Final = "authorization-bundle"
ANSWER: Final = "urn:careloom:authorization-answer"
"""System of the identifier of an answer's bundle."""

BUNDLE_ID: Final = "urn:careloom:bundle"
"""System of the identifier of a request that has none of its own: its bundle's."""

_ROLES: Final = (("patient", "patient"), ("insurer", "insurer"), ("requestor", "provider"))
"""References of a ClaimResponse, and what they are in the Claim."""


def keep(claim: str, received: Received, key: str, tx: Transaction) -> None:
    """The whole bundle, by what tells it from others, and the words in which it is answered."""
    body = {"bundle": text.dump(received.bundle).decode()}
    tx.record(BUNDLE, id_from(claim, key), "", {"claim": claim}, body)
    words = _words(received) | {"providers": sorted(received.providers)}
    tx.record(KIND, claim, "", {}, {"words": text.dump(words).decode()})


def was_sent(claim: str, key: str, view: View) -> bool:
    return view.recorded(BUNDLE, id_from(claim, key)) is not None


def providers(claim: str, view: View) -> frozenset[str]:
    """`system|value` of those who asked or treat."""
    return frozenset(_kept(claim, view).get("providers", ()))


def told(answer: Resource, view: View) -> Resource:
    """An answer that is kept here, as a bundle."""
    claim = answer["request"]["reference"].partition("/")[2]
    words = _kept(claim, view)
    said = {name: value for name, value in answer.items() if name != "meta"} | words.get("references", {})
    said |= {"status": "active", "outcome": "partial" if answer["outcome"] == "queued" else answer["outcome"]}
    return _bundle(said, words.get("entries", []), view.now)


def refused(received: Received, code: str, now: datetime) -> Resource:
    """The answer to what can't be decided, with a code of FAILURES and its sentence. Nothing of it is kept."""
    reason = FAILURES[code]
    coding: Resource = {"coding": [{"system": REASON, "code": reason.code}], "text": reason.sentence}
    error: Resource = {"code": coding}
    if reason.reject:
        coding["coding"].append({"system": REJECT_REASON, "code": reason.reject})
        error["extension"] = [{"url": FOLLOW_UP, "valueCodeableConcept": concept(FOLLOW_UPS, reason.follow_up)}]
    words = _words(received)
    claim = received.claim
    said: Resource = {
        "resourceType": "ClaimResponse",
        "id": id_from("authorization-refused", received.identifier, text.dump(claim).decode()),
        "status": "active",
        "type": claim["type"],
        "use": claim["use"],
        "created": text.instant(now),
        **words["references"],
        "outcome": "error",
        "disposition": reason.sentence,
        "error": [error],
    }
    return _bundle(said, words["entries"], now)


def _words(received: Received) -> Resource:
    """References as the sender wrote them, and what they name."""
    claim = received.claim
    named = {name: claim[role] for name, role in _ROLES if role in claim}
    named.setdefault("insurer", {"display": "insurer not named"})
    request: Resource = {"reference": received.url or reference_to(claim)["reference"]} if received.url or "id" in claim else {}
    if received.identifiers:
        request["identifier"] = claim["identifier"][0]
    addresses = {id(resource): address for address, resource in received.entries.items() if ":" in address}
    entries: dict[str, Resource] = {}
    for reference in named.values():
        found = received.find(reference)
        if found is not None and id(found) in addresses:
            entries[addresses[id(found)]] = found
    listed = [{"fullUrl": address, "resource": resource} for address, resource in entries.items()]
    return {"references": named | ({"request": request} if request else {}), "entries": listed}


def _kept(claim: str, view: View) -> dict[str, Any]:
    known = view.recorded(KIND, claim)
    return text.load(str(known.body["words"]).encode()) if known else {}


def _bundle(answer: Resource, entries: list[Resource], now: datetime) -> Resource:
    return {
        "resourceType": "Bundle",
        "identifier": {"system": ANSWER, "value": answer["id"]},
        "type": "collection",
        "timestamp": text.instant(now),
        "entry": [{"fullUrl": f"urn:uuid:{answer['id']}", "resource": answer}, *entries],
    }
