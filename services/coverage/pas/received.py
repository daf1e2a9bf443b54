"""A PAS bundle as it came: the Claim first, with everything that it refers to. https://hl7.org/fhir/us/davinci-pas/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.coverage.asked import number_of, person_of
from services.coverage.deciding import LAST
from services.coverage.live import insurer_of
from services.coverage.members import by_number
from services.coverage.question import Code, Person
from services.coverage.vocabulary import ASSERTION
from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed, Unprocessable
from shared.service import Call
from shared.store.view import View

from .answering import PREAUTHORIZATION, asserted
from .codes import MEMBER_TYPES, NPI

_LEFT_OUT: Final = ("id", "meta", "text", "contained", "related", "implicitRules", "language")
_BARE: Final = ("system", "value")


@dataclass(frozen=True, slots=True)
class Received:
    """`entries` by every address that a reference may have; `url` is the Claim's."""

    claim: Resource
    url: str
    entries: Mapping[str, Resource]
    identifier: str
    bundle: Resource

    def find(self, reference: Mapping[str, Any] | None) -> Resource | None:
        said = str((reference or {}).get("reference", ""))
        return self.entries.get(said) or self.entries.get(target_of(reference))

    @property
    def patient(self) -> Person:
        found = self.find(self.claim["patient"])
        return person_of(found) if found else Person()

    @property
    def identifiers(self) -> list[Code]:
        return _codes(self.claim)

    @property
    def replaces(self) -> list[Code]:
        """The identifiers of the request that this one updates."""
        related = [each["claim"] for each in self.claim.get("related", ()) if "claim" in each]
        named = [code for each in related for code in _codes({"identifier": [each.get("identifier", {})]})]
        return [*named, *(code for each in related if (found := self.find(each)) for code in _codes(found))]

    @property
    def providers(self) -> frozenset[str]:
        """`system|value` of whoever asks or treats."""
        references = [self.claim["provider"], *(each["provider"] for each in self.claim.get("careTeam", ()))]
        return frozenset(f"{system}|{value}" for each in references for system, value in self._named(each))

    def number(self) -> str:
        """The member's number, from the card or from the patient; "" if none is said."""
        coverage = self.find(self._insurance())
        patient = self.find(self.claim["patient"]) or {}
        said = (number_of(coverage) if coverage else "") or str(self._insurance().get("identifier", {}).get("value", ""))
        return said or next((value for value in _member_numbers(patient)), "")

    def ours(self, coverage: Resource, id: str, identifiers: list[Code]) -> Resource:
        """The Claim as it is kept here: of our member, and referring to nothing that only its sender has."""
        kept = {name: self._outside(value) for name, value in self.claim.items() if name not in _LEFT_OUT}
        kept |= {
            "id": id,
            "identifier": [_identifier(*each) for each in dict.fromkeys(identifiers)],
            "patient": coverage["beneficiary"],
            "insurer": insurer_of(coverage) or coverage["payor"][0],
            "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/{coverage['id']}"}}],
        }
        assertions = dict.fromkeys(each for found in self.entries.values() for each in asserted(found))
        extensions = [*kept.get("extension", ()), *({"url": ASSERTION, "valueString": each} for each in assertions)]
        return kept | ({"extension": extensions} if extensions else {})

    def _insurance(self) -> Mapping[str, Any]:
        insurances = self.claim["insurance"]
        found: Mapping[str, Any] = next((each for each in insurances if each["focal"]), insurances[0])["coverage"]
        return found

    def _named(self, reference: Mapping[str, Any]) -> list[Code]:
        return [*_codes({"identifier": [reference.get("identifier", {})]}), *_codes(self.find(reference) or {})]

    def _outside(self, value: Any) -> Any:
        """The same with names for references."""
        if isinstance(value, Mapping):
            if isinstance(value.get("reference"), str):
                return self._name(value)
            return {name: self._outside(each) for name, each in value.items()}
        return [self._outside(each) for each in value] if isinstance(value, list) else value

    def _name(self, reference: Mapping[str, Any]) -> Resource:
        found = self.find(reference) or {}
        codes = sorted(self._named(reference), key=lambda code: code[0] != NPI)
        named: Resource = {"type": found["resourceType"]} if found else {}
        if codes:
            named["identifier"] = _identifier(*codes[0])
        return named | {"display": reference.get("display") or _display(found) or "as in the bundle"}


def received(call: Call) -> Received:
    """Raises Malformed, Unprocessable for what is no request for authorization."""
    bundle = call.body if call.body.get("resourceType") == "Bundle" else call.parameter("resource")
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise Malformed("the body is a Bundle, its first entry a Claim")
    entries = [each for each in bundle.get("entry", ()) if "resource" in each]
    claim = entries[0]["resource"] if entries else {}
    if claim.get("resourceType") != "Claim" or claim["use"] != PREAUTHORIZATION:
        raise Unprocessable("the first entry of the bundle is a Claim whose use is preauthorization")
    sequences = [each["sequence"] for each in claim.get("item", ())]
    if len(sequences) != len(set(sequences)):
        raise Unprocessable("items of a Claim have different sequences")
    named = bundle.get("identifier", {})
    identifier = f"{named.get('system', '')}|{named['value']}" if "value" in named else ""
    return Received(claim, _url(entries[0]), dict(_addresses(entries)), identifier, bundle)


def member(received: Received, view: View) -> Resource | str:
    """The Coverage that is asked to pay; or why (a code of FAILURES) there is no telling."""
    number = received.number()
    found = by_number(number, received.patient, view) if number else "data-missing"
    if isinstance(found, str):
        return found
    in_order = sorted(found, key=lambda each: (each["status"] != "active", each.get("order", LAST), each["id"]))
    return next(iter(in_order), "coverage-unknown")


def _url(entry: Resource) -> str:
    """Where the entry is; "" for what is no absolute address, which no Reference could hold."""
    url = str(entry.get("fullUrl", ""))
    return url if ":" in url else ""


def _addresses(entries: list[Resource]) -> Iterator[tuple[str, Resource]]:
    for entry in reversed(entries):
        resource = entry["resource"]
        for inside in resource.get("contained", ()):
            yield f"#{inside.get('id')}", inside
        if "fullUrl" in entry:
            yield entry["fullUrl"], resource
            yield target_of({"reference": entry["fullUrl"]}), resource
        if "id" in resource:
            yield f"{resource['resourceType']}/{resource['id']}", resource


def _codes(resource: Mapping[str, Any]) -> list[Code]:
    found = resource.get("identifier", ())
    listed = [found] if isinstance(found, Mapping) else found
    return [(each.get("system", ""), each["value"]) for each in listed if "value" in each]


def _member_numbers(patient: Mapping[str, Any]) -> Iterator[str]:
    for each in patient.get("identifier", ()):
        codings = each.get("type", {}).get("coding", ())
        if "value" in each and any((coding.get("system"), coding.get("code")) == (MEMBER_TYPES, "MB") for coding in codings):
            yield each["value"]


def _identifier(system: str, value: str) -> Resource:
    return {name: said for name, said in zip(_BARE, (system, value), strict=True) if said}


def _display(found: Mapping[str, Any]) -> str:
    name = found.get("name", "")
    if isinstance(name, str):
        return name
    person = person_of(found)
    return " ".join((*person.given, person.family)).strip()
