"""Invariants of people, organizations and how they meet: Patient, Organization, Appointment, Consent, Group …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.rules import Rule, absent, both, either, exists, has_coding, implies, is_one_of, no, some

_NOT_HOME: Final = no(is_one_of("use", "home"))


def _known_patient_for(code: str) -> Rule:
    return either(exists("patient"), no(has_coding("scope", "something", code)))


RULES: Final[Mapping[str, Rule]] = {
    "app-1": some("type", "actor"),
    "app-2": either(both(exists("start"), exists("end")), both(absent("start"), absent("end"))),
    "app-3": either(both(exists("start"), exists("end")), is_one_of("status", "proposed", "cancelled", "waitlist")),
    "app-4": implies(exists("cancelationReason"), is_one_of("status", "noshow", "cancelled")),
    "apr-1": some("participantType", "actor"),
    "grp-1": implies(exists("member"), is_one_of("actual", True)),
    "org-1": some("identifier", "name"),
    "org-2": _NOT_HOME,
    "org-3": _NOT_HOME,
    "pat-1": some("name", "telecom", "address", "organization"),
    "ppc-1": some("policy", "policyRule"),
    "ppc-2": _known_patient_for("patient-privacy"),
    "ppc-3": _known_patient_for("research"),
    "ppc-4": _known_patient_for("adr"),
    "ppc-5": _known_patient_for("treatment"),
    "sev-1": no(both(exists("name"), exists("query"))),
}
