"""What is asked of the doors, by name. Each case is an endless row of requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from bench import documents
from bench.documents import PLANS_OF_A_PATIENT
from bench.wires import HTTP, Wire

UPDATED_PLANS = 500
"""So many of the stored plans are updated again and again."""

MEMBERS = 500
"""So many coverages are stored of which eligibility is asked."""

Requests = Callable[[int, int], Iterator[bytes]]
"""`(first, stored)`: numbers from `first` on are nobody else's; so many plans are stored, from 0 on."""


@dataclass(frozen=True, slots=True)
class Case:
    """`service` is asked; every answer has the `status`."""

    service: str
    status: int
    requests: Requests
    wire: Wire = HTTP


def request(method: str, path: str, body: bytes = b"", headers: str = "", media: str = "application/fhir+json") -> bytes:
    """One HTTP/1.1 request. `headers` end with CRLF each."""
    typed = f"Content-Type: {media}\r\n" if body else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{typed}{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass(frozen=True, slots=True)
class _Creates:
    """A value, as it goes to the process that sends."""

    type: str
    document: Callable[[int], bytes]

    def __call__(self, first: int, _stored: int) -> Iterator[bytes]:
        return (request("POST", f"/fhir/{self.type}", self.document(number)) for number in count(first))


def _conditional_creates(first: int, _stored: int) -> Iterator[bytes]:
    """Of what isn't there yet."""
    for number in count(first):
        condition = f"If-None-Exist: identifier=urn:careloom:plan|plan-{number:09}\r\n"
        yield request("POST", "/fhir/CarePlan", documents.plan(number), condition)


def _updates(first: int, stored: int) -> Iterator[bytes]:
    for revision in count(first):
        number = revision % min(UPDATED_PLANS, stored)
        yield request("PUT", f"/fhir/CarePlan/{documents.plan_id(number)}", documents.named_plan(number, revision))


def _reads(first: int, stored: int) -> Iterator[bytes]:
    return (request("GET", f"/fhir/CarePlan/{documents.plan_id(number)}") for number in _at_random(first, stored))


def _searches(first: int, stored: int) -> Iterator[bytes]:
    for number in _at_random(first, stored // PLANS_OF_A_PATIENT):
        yield request("GET", f"/fhir/CarePlan?patient={documents.patient_id(number)}&status=active")


def _chained_searches(first: int, stored: int) -> Iterator[bytes]:
    for number in _at_random(first, stored // PLANS_OF_A_PATIENT):
        yield request("GET", f"/fhir/CarePlan?patient.family={documents.family_name(number)}")


def _questions(first: int, _stored: int) -> Iterator[bytes]:
    """About one service of one of the members, answered from the benefits that are held here."""
    for number in _at_random(first, MEMBERS):
        yield request("POST", "/fhir/CoverageEligibilityRequest/$submit", documents.eligibility(number))


def _transactions(first: int, _stored: int) -> Iterator[bytes]:
    return (request("POST", "/fhir", documents.transaction(number)) for number in count(first))


def _at_random(seed: int, below: int) -> Iterator[int]:
    choose = random.Random(seed)
    while True:
        yield choose.randrange(below)


def _interchanges(first: int, _stored: int) -> Iterator[bytes]:
    for number in _at_random(first, MEMBERS):
        yield request("POST", "/x12/270", documents.interchange(number), media="application/edi-x12")


CASES: Mapping[str, Case] = {
    "create Patient": Case("intake", 201, _Creates("Patient", documents.patient)),
    "create CarePlan": Case("careplan", 201, _Creates("CarePlan", documents.plan)),
    "create Coverage": Case("coverage", 201, _Creates("Coverage", documents.coverage)),
    "eligibility, local payer": Case("coverage", 200, _questions),
    "X12 270 to 271": Case("coverage", 200, _interchanges),
    "conditional create": Case("careplan", 201, _conditional_creates),
    "update": Case("careplan", 200, _updates),
    "read": Case("careplan", 200, _reads),
    "search, 5 hits": Case("careplan", 200, _searches),
    "chained search, 5 hits": Case("careplan", 200, _chained_searches),
    "transaction of 20": Case("careplan", 200, _transactions),
}

VISITS = Case("intake", 201, _Creates("Encounter", documents.encounter))
"""What the measurements of events are made with."""
