"""What the operations on a case take as parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed, NotFound
from shared.service import Call
from shared.store.view import View


def reference_in(call: Call, name: str) -> str:
    """`Type/id` of a parameter that is a Reference or a text; "" where it is absent."""
    value = call.parameter(name)
    return target_of(value) if isinstance(value, Mapping) else str(value or "")


def patient_in(call: Call, view: View, name: str = "patient") -> str:
    """`Patient/…` of a parameter. Raises Malformed where it is none, NotFound for one who is not known."""
    patient = reference_in(call, name)
    if not patient.startswith("Patient/"):
        raise Malformed(f"the parameter {name} is a reference to a Patient")
    if view.read(*patient.split("/")) is None:
        raise NotFound(f"{patient} is not known")
    return patient


def code_of(call: Call, name: str, choices: Iterable[str]) -> str:
    """A code of these; "" where the parameter is absent. Raises Malformed."""
    value = call.parameter(name)
    code = value.get("code") if isinstance(value, Mapping) else value
    if code is not None and code not in choices:
        raise Malformed(f"the parameter {name} is one of {', '.join(sorted(choices))}")
    return str(code or "")


def text_of(call: Call, name: str) -> str:
    value = call.parameter(name)
    return "" if value is None else str(value).strip()


def case_of(call: Call, view: View) -> Resource:
    case = view.read("EpisodeOfCare", call.id)
    if case is None:
        raise NotFound(f"EpisodeOfCare/{call.id} is not known")
    return case
