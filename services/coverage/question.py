"""A question to a payer, whoever asks and in whatever language: FHIR, X12 270 and CRD are read into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from .days import Days

Purpose = Literal["validation", "benefits", "auth-requirements", "discovery"]
"""http://hl7.org/fhir/R4/valueset-eligibilityrequest-purpose.html"""

WHOLE_PLAN: Final = "30"
"""X12 service type: health benefit plan coverage."""

Code = tuple[str, str]
"""A code with its system: (system, code)."""


@dataclass(frozen=True, slots=True)
class Party:
    """An organization or a person who provides or insures. `reference` is `Type/id` here, "" for one only named outside."""

    reference: str = ""
    name: str = ""
    identifiers: tuple[Code, ...] = ()

    def identifier(self, system: str) -> str:
        """The first value of a system, "" if there is none."""
        return next((value for named, value in self.identifiers if named == system), "")


@dataclass(frozen=True, slots=True)
class Person:
    """A patient or subscriber. `birth_date` and `gender` as FHIR writes them; "" for what is not known."""

    reference: str = ""
    family: str = ""
    given: tuple[str, ...] = ()
    birth_date: str = ""
    gender: str = ""
    identifiers: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A coverage that is asked about. `number` is the member's, `relationship` a code of subscriber-relationship.

    `subscriber` is None where the patient is the subscriber, or nobody knows. `payor` is who is asked about this one.
    """

    reference: str = ""
    number: str = ""
    group: str = ""
    plan: str = ""
    relationship: str = ""
    order: int | None = None
    subscriber: Person | None = None
    payor: Party = Party()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service that is asked about: an X12 service type, a product code (CPT, HCPCS, …), or both.

    `said` is the request's item: what it names is echoed.
    """

    service_type: str = ""
    products: tuple[Code, ...] = ()
    quantity: int | None = None
    provider: str = ""
    said: Mapping[str, Any] | None = None


PLAN_ITSELF: Final = Wanted(WHOLE_PLAN)


@dataclass(frozen=True, slots=True)
class Question:
    """`trace` is told back with the answer (a request's id, TRN02). `wanted` empty: the plan is asked about.

    `policies` empty: those that the insurer has for the patient.
    """

    trace: str
    purposes: frozenset[Purpose]
    days: Days
    patient: Person
    insurer: Party = Party()
    provider: Party = Party()
    policies: tuple[Policy, ...] = ()
    wanted: tuple[Wanted, ...] = ()

    def asks(self, *purposes: Purpose) -> bool:
        return bool(self.purposes.intersection(purposes))
