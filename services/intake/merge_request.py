"""`Patient/$merge` and `Patient/$unmerge`, as R5 has the one: https://hl7.org/fhir/R5/patient-operation-merge.html

`target-patient` survives, `source-patient` is merged into it; each is said by a reference, by identifiers, or both. Without a
`result-patient` the survivor takes over the identifiers, as old ones. Searches find both when the answer is given, so there is
no Task to wait for; what is stored follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal

from shared.fhir.element import sought, target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.merged import replaced_by
from shared.fhir.refusal import Malformed, NotFound, Unprocessable, outcome
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .merging import REPLACES, linked, merge, unmerge

Role = Literal["source", "target"]


class _Previewed(Exception):
    """What was done is to be undone: only the answer counts."""


def merge_patients(call: Call, tx: Transaction) -> Resource:
    """`Patient/$merge` (source-patient, target-patient; result-patient, preview): the request, how it went, the survivor."""
    source, target = _patient(call, "source", tx), _patient(call, "target", tx)
    result = _result(call, source, target)
    if call.parameter("preview") not in (True, "true"):
        merge(target, source, tx, f"$merge {tx.cause.id}", result or _identified(source, target, tx))
        return _answer(call, f"Patient/{source} lives on as Patient/{target}", tx.read("Patient", target))
    seen: list[Resource | None] = []

    def preview() -> None:
        merge(target, source, tx, "preview", result or _identified(source, target, tx))
        seen.append(tx.read("Patient", target))
        raise _Previewed

    with suppress(_Previewed):
        tx.attempt(preview)
    return _answer(call, f"Patient/{source} would live on as Patient/{target}; nothing was changed", seen[-1])


def unmerge_patients(call: Call, tx: Transaction) -> Resource:
    """`Patient/$unmerge` (source-patient, target-patient): the two as they were, save for what has changed since."""
    source, target = _patient(call, "source", tx), _patient(call, "target", tx)
    unmerge(target, source, tx, f"$unmerge {tx.cause.id}")
    return _answer(call, f"Patient/{source} and Patient/{target} are two again", tx.read("Patient", source))


def _patient(call: Call, role: Role, view: View) -> str:
    """The id of the one patient that the parameters of a role say. Raises Malformed, NotFound, Unprocessable."""
    said = call.parameter(f"{role}-patient") or {}
    reference = target_of(said) if isinstance(said, dict) else str(said)
    identifiers = [*_values(call, f"{role}-patient-identifier"), *([said["identifier"]] if "identifier" in said else ())]
    if not reference and not identifiers:
        raise Malformed(f"{role}-patient or {role}-patient-identifier says who is meant")
    if reference and not reference.startswith("Patient/"):
        raise Malformed(f"{role}-patient is a reference to a Patient")
    id = reference.partition("/")[2] or _identified_by(identifiers, role, view)
    known = (view.read("Patient", id) or {}).get("identifier", ())
    if not all(any(_same(each, one) for one in known) for each in identifiers):
        raise Unprocessable(f"Patient/{id} does not have every {role}-patient-identifier")
    return id


def _identified_by(identifiers: list[Resource], role: Role, view: View) -> str:
    value = identifiers[0].get("value", "")
    if not value:
        raise Malformed(f"{role}-patient-identifier has a value")
    found = view.search(f"Patient?identifier={sought(value, identifiers[0].get('system'))}")
    fitting = [each for each in found if all(any(_same(one, known) for known in each["identifier"]) for one in identifiers)]
    ids = {each["id"] for each in fitting}
    living = [each["id"] for each in fitting if replaced_by(each) not in ids]
    if not living:
        raise NotFound(f"no patient has the {role}-patient-identifier")
    if len(living) > 1:
        raise Unprocessable(f"{len(living)} patients have the {role}-patient-identifier")
    return str(living[0])


def _result(call: Call, source: str, target: str) -> Resource | None:
    """What the survivor is to be like, as it was said. Raises Unprocessable where it is not the survivor of this merge."""
    result: Resource | None = call.parameter("result-patient")
    if result is None:
        return None
    if result.get("resourceType") != "Patient" or result.get("id") != target:
        raise Unprocessable(f"result-patient is Patient/{target}")
    if source not in linked(result, REPLACES):
        raise Unprocessable(f"result-patient has a link to Patient/{source}, of type replaces")
    needed = _values(call, "target-patient-identifier")
    if not all(any(_same(each, one) for one in result.get("identifier", ())) for each in needed):
        raise Unprocessable("result-patient has the identifiers that were given")
    return result


def _identified(source: str, target: str, view: View) -> Resource | None:
    """The survivor with the other's identifiers, as old ones."""
    merged, kept = view.read("Patient", source), view.read("Patient", target)
    if merged is None or kept is None:
        return None
    known = kept.get("identifier", [])
    more = [each | {"use": "old"} for each in merged.get("identifier", ()) if not any(_same(each, one) for one in known)]
    return kept | {"identifier": [*known, *more]} if more else kept


def _same(one: Any, other: Any) -> bool:
    return bool(one.get("value") == other.get("value") and one.get("system", other.get("system")) == other.get("system"))


def _values(call: Call, name: str) -> Iterator[Resource]:
    for entry in call.body.get("parameter", ()):
        if entry.get("name") == name and "valueIdentifier" in entry:
            yield entry["valueIdentifier"]


def _answer(call: Call, sentence: str, result: Resource | None) -> Resource:
    said = outcome([Issue(sentence, code="informational", severity="information", status=200)])
    parameters = [{"name": "input", "resource": call.body}] if call.body else []
    parameters.append({"name": "outcome", "resource": said})
    if result:
        parameters.append({"name": "result", "resource": result})
    return {"resourceType": "Parameters", "parameter": parameters}
