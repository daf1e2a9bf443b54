"""The six hooks: what each brings, what of it is asked about, how long its answer may take.

https://cds-hooks.hl7.org/2.0/ and https://hl7.org/fhir/us/davinci-crd/hooks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

VERSIONS: Final = ("2.0", "2.1")
PATIENT: Final = {"patient": "Patient/{{context.patientId}}"}
COVERAGE: Final = {"coverage": "Coverage?patient={{context.patientId}}&status=active"}
ENCOUNTER: Final = {"encounter": "Encounter/{{context.encounterId}}"}

ORDERS: Final = (
    "ServiceRequest",
    "DeviceRequest",
    "MedicationRequest",
    "NutritionOrder",
    "VisionPrescription",
    "CommunicationRequest",
)
"""What is ordered; an Appointment and an Encounter are asked about too."""

COVERAGE_INFO, INSURANCE, LIMITS, MAX_CARDS = "coverage-info", "insurance", "limits", "max-cards"
"""Kinds of answers, by their codes, and how many cards are wanted at most."""


@dataclass(frozen=True, slots=True)
class Hook:
    """`holds` names the element of the context with the resources (a Bundle), `chosen` the one with references to those in
    scope; `primary` hooks are answered about each of them. `seconds` is CRD's limit for the answer.
    """

    name: str
    title: str
    about: str
    holds: str = ""
    chosen: str = ""
    primary: bool = False
    seconds: float = 5.0
    needs: tuple[str, ...] = ("userId", "patientId")
    prefetch: Mapping[str, str] = field(default_factory=lambda: PATIENT | COVERAGE)

    @property
    def id(self) -> str:
        return f"{self.name}-crd"


def _dispatched() -> dict[str, str]:
    one = "{{{{context.dispatchedOrders.resolve().ofType({type}).id}}}}"
    return {f"{type[0].lower()}{type[1:]}s": f"{type}?_id={one.format(type=type)}" for type in ORDERS[:3]}


_BOOKED: Final = {"serviceRequests": "ServiceRequest?_id={{context.appointments.entry.resource.basedOn.resolve().id}}"}

HOOKS: Mapping[str, Hook] = {
    hook.id: hook
    for hook in (
        Hook(
            "appointment-book", "Coverage of an appointment", "Whether what is booked is covered, and what it needs.",
            holds="appointments", primary=True, seconds=10.0, prefetch=PATIENT | COVERAGE | _BOOKED,
        ),
        Hook(
            "order-sign", "Coverage of orders", "Whether what is ordered is covered, needs authorization or papers.",
            holds="draftOrders", primary=True, seconds=10.0,
        ),
        Hook(
            "order-dispatch", "Coverage by a performer", "The same, once it is known who performs the order.",
            chosen="dispatchedOrders", primary=True, seconds=10.0, needs=("patientId",),
            prefetch=PATIENT | COVERAGE | _dispatched(),
        ),
        Hook(
            "order-select", "Coverage while ordering", "An early word on what is being ordered.",
            holds="draftOrders", chosen="selections",
        ),
        Hook(
            "encounter-start", "Insurance at the start of a visit", "Whether the insurance is in force.",
            needs=("userId", "patientId", "encounterId"), prefetch=PATIENT | COVERAGE | ENCOUNTER,
        ),
        Hook(
            "encounter-discharge", "Insurance at discharge", "Whether the insurance lasts for what follows.",
            needs=("userId", "patientId", "encounterId"), prefetch=PATIENT | COVERAGE | ENCOUNTER,
        ),
    )
}  # fmt: skip
"""By the id of the service."""

_OPTIONS: Final = (
    (
        COVERAGE_INFO,
        "boolean",
        "Coverage information",
        "Whether each order is covered, and what it needs, written to the order.",
        True,
    ),
    (INSURANCE, "boolean", "Insurance", "A card where the coverage is not in force, or ends soon.", True),
    (LIMITS, "boolean", "Limits", "A card where fewer visits are left than are ordered.", True),
    (MAX_CARDS, "integer", "Maximum cards", "How many cards are returned at most, the most pressing first.", 10),
)


def discovery() -> dict[str, Any]:
    """What `GET /cds-services` answers: https://cds-hooks.hl7.org/2.0/#discovery"""
    return {"services": [_service(hook) for hook in HOOKS.values()]}


def _service(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "hook": hook.name,
        "title": hook.title,
        "description": hook.about,
        "prefetch": dict(hook.prefetch),
        "usageRequirements": "Patient and Coverage come as prefetch; nothing is fetched from the caller's server.",
        "extension": {
            "davinci-crd.version": list(VERSIONS),
            "davinci-crd.configuration-options": [
                {"code": code, "type": type, "name": name, "description": about, "default": usual}
                for code, type, name, about, usual in _OPTIONS
                if hook.primary or hook.chosen or code != COVERAGE_INFO
            ],
        },
    }
