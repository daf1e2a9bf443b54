"""What EpisodeOfCare.type says of a case: model, acuity, complexity, programme. A choice that a person made stays."""

from __future__ import annotations

from typing import Any

from shared.fhir.element import codes_in, concept
from shared.fhir.issue import Resource

from .vocabulary import ACUITY, COMPLEXITY


def chosen(system: str, code: str, text: str = "") -> dict[str, Any]:
    """A type that a person decided on, which no later assessment changes."""
    made = concept(system, code, text)
    made["coding"][0]["userSelected"] = True
    return made


def followed(case: Resource, acuity: str, complexity: str) -> Resource:
    """The case with the acuity and complexity that were found, where nobody has decided on another by hand."""
    return _with(_with(case, ACUITY, acuity), COMPLEXITY, complexity)


def _with(case: Resource, system: str, code: str) -> Resource:
    types = list(case.get("type", ()))
    place = next((place for place, each in enumerate(types) if codes_in(each, system)), None)
    if (
        place is None
        or any(coding.get("userSelected") for coding in types[place]["coding"])
        or codes_in(types[place], system) == [code]
    ):
        return case
    return case | {"type": [*types[:place], concept(system, code), *types[place + 1 :]]}
