"""`Patient/$match`: who of those that are stored may be the described patient. http://hl7.org/fhir/R4/patient-operation-match.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from services.intake.merging import successors
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Malformed, outcome
from shared.service import Call, Deployed
from shared.store.view import View

from .candidates import candidates
from .person import person
from .scoring import Score, score

MATCH_GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
MATCH_EVIDENCE: Final = "urn:careloom:match-evidence"
"""Extension of Bundle.entry.search (valueString): what agrees and what does not, in bits."""

COUNT, MOST = 20, 1000


@dataclass(frozen=True, slots=True)
class Match:
    """A stored patient, and how sure it is. Who was merged speaks for the survivor."""

    patient: Resource
    score: Score


async def match(call: Call, deployed: Deployed) -> Resource:
    """`Patient/$match` (resource, onlyCertainMatches, count, explain): a searchset of those that may be meant, surest first."""
    described, count = _described(call), _count(call)
    only_certain = _flag(call, "onlyCertainMatches")
    found = await deployed.store.view(lambda view: matches(described, view))
    base = deployed.settings.service_url(deployed.service.name, deployed.service.directory.owns)
    entries = [_entry(each, base, explained=_flag(call, "explain")) for each in (_certain(found) if only_certain else found)]
    return _bundle(entries[:count], len(entries), only_certain)


def matches(described: Resource, view: View) -> list[Match]:
    """Everybody stored who may be the one that is described, surest first."""
    sought = person(described)
    best: dict[str, Match] = {}
    for patient in candidates(described, sought, view):
        found = score(sought, person(patient))
        if found.grade != "certainly-not":
            _keep(Match(patient, found), best, view)
    return sorted(best.values(), key=lambda each: (-each.score.bits, each.patient["id"]))


def _keep(found: Match, best: dict[str, Match], view: View) -> None:
    above = successors(found.patient["id"], found.patient, view)
    living = view.read("Patient", above[-1]) if above else None
    patient = living or found.patient
    known = best.get(patient["id"])
    if known is None or known.score.bits < found.score.bits:
        best[patient["id"]] = Match(patient, found.score)


def _certain(found: list[Match]) -> list[Match]:
    """The one that is certain; none if several are: http://hl7.org/fhir/R4/patient-operation-match.html (onlyCertainMatches)"""
    certain = [each for each in found if each.score.grade == "certain"]
    return certain if len(certain) == 1 else []


def _bundle(entries: list[Resource], total: int, only_certain: bool) -> Resource:
    if only_certain and not entries:
        said = Issue("nobody, or more than one, is certain", code="informational", severity="information", status=200)
        entries = [{"resource": outcome([said]), "search": {"mode": "outcome"}}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": total}
    return bundle | {"entry": entries} if entries else bundle


def _entry(found: Match, base: str, *, explained: bool) -> Resource:
    extensions = [{"url": MATCH_GRADE, "valueCode": found.score.grade}]
    if explained:
        extensions.append({"url": MATCH_EVIDENCE, "valueString": str(found.score)})
    search = {"extension": extensions, "mode": "match", "score": round(found.score.value, 6)}
    return {"fullUrl": f"{base}/fhir/Patient/{found.patient['id']}", "resource": found.patient, "search": search}


def _described(call: Call) -> Resource:
    """The parameter `resource`, or the Patient that is the whole body. Raises Malformed where nothing can be looked for."""
    said: Any = call.body if call.body.get("resourceType") == "Patient" else call.parameter("resource")
    if not isinstance(said, dict) or said.get("resourceType") != "Patient":
        raise Malformed("the parameter resource is a Patient, as far as it is known")
    if not any(said.get(name) for name in ("identifier", "name", "birthDate", "telecom")):
        raise Malformed("a patient is looked for by identifier, name, birthDate or telecom: none is given")
    return said


def _count(call: Call) -> int:
    said = call.parameter("count")
    if said is None:
        return COUNT
    if not str(said).isdigit() or not 0 < int(said) <= MOST:
        raise Malformed(f"the parameter count is a number from 1 to {MOST}")
    return int(said)


def _flag(call: Call, name: str) -> bool:
    return call.parameter(name) in (True, "true")
