"""Which event does what: the table of all that is mapped. Anything else is kept and counted, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from . import encounters, patients
from .allergies import adverse_reactions
from .appointments import STATUS as APPOINTMENT_EVENTS
from .appointments import appointment
from .encounters import encounter
from .insurance import coverages
from .merges import accounts_merge, numbers_change, patients_merge, visits_move
from .patients import patient
from .persons import person
from .repeats import foresee
from .scribe import Scribe


def tell_of_visit(scribe: Scribe, **more: Any) -> None:
    """The patient, the people around them, their allergies, the visit with its diagnoses, the insurers."""
    message = scribe.message
    pid = scribe.only(message, "PID")
    foresee(patients.expected(pid, scribe), encounters.expected(message, scribe), scribe)
    who = person(message, scribe, **more)
    encounter(message, who, scribe)
    coverages(message, who, scribe)


def somebody_is_here(scribe: Scribe) -> None:
    """As before; and whoever is admitted, registered or added is a patient again, whatever was said before."""
    tell_of_visit(scribe, active=True)


def nobody_is_left(scribe: Scribe) -> None:
    """A29: the patient is kept, inactive."""
    tell_of_visit(scribe, active=False)


def allergies_change(scribe: Scribe) -> None:
    """A60."""
    who = patient(scribe.message, scribe)
    adverse_reactions(scribe.message, who, scribe)
    encounter(scribe.message, who, scribe)


Do = Callable[[Scribe], None]

OF_VISITS: Final = (
    "A02", "A03", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A14", "A15", "A16", "A25", "A26", "A27", "A31",
)  # fmt: skip

EVENTS: Final[Mapping[tuple[str, str], Do]] = {
    **{("ADT", event): tell_of_visit for event in OF_VISITS},
    **{("ADT", event): somebody_is_here for event in ("A01", "A04", "A05", "A28")},
    ("ADT", "A29"): nobody_is_left,
    ("ADT", "A40"): patients_merge,
    ("ADT", "A41"): accounts_merge,
    ("ADT", "A45"): visits_move,
    ("ADT", "A47"): numbers_change,
    ("ADT", "A60"): allergies_change,
    **{("SIU", event): appointment for event in APPOINTMENT_EVENTS},
}
