"""Codes of HL7 v2 tables and what they are in FHIR: facts of the v2-to-FHIR mapping guide's concept maps, and code systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

V2: Final = "http://terminology.hl7.org/CodeSystem/v2-"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ROLE_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
NULL_FLAVOR: Final = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
MARITAL_STATUS: Final = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
ACT_PRIORITY: Final = "http://terminology.hl7.org/CodeSystem/v3-ActPriority"
PHYSICAL_TYPE: Final = "http://terminology.hl7.org/CodeSystem/location-physical-type"
SSN: Final = "http://hl7.org/fhir/sid/us-ssn"

Coded = tuple[str, str]
"""A system and a code in it."""

SEX: Final[Mapping[str, str]] = {"F": "female", "M": "male", "O": "other", "U": "unknown", "A": "other", "N": "other"}
"""Table 0001 → AdministrativeGender."""

MARITAL: Final[Mapping[str, Coded]] = {
    **{code: (MARITAL_STATUS, code) for code in "DMSWCI"},
    "A": (MARITAL_STATUS, "L"), "E": (MARITAL_STATUS, "L"), "N": (MARITAL_STATUS, "A"), "B": (MARITAL_STATUS, "U"),
    "G": (MARITAL_STATUS, "T"), "P": (MARITAL_STATUS, "T"), "R": (MARITAL_STATUS, "T"),
    "U": (NULL_FLAVOR, "UNK"), "O": (NULL_FLAVOR, "OTH"), "T": (NULL_FLAVOR, "NAVU"),
}  # fmt: skip
"""Table 0002 → Patient.maritalStatus."""

CLASS: Final[Mapping[str, Coded]] = {
    "E": (ACT_CODE, "EMER"), "I": (ACT_CODE, "IMP"), "O": (ACT_CODE, "AMB"), "P": (ACT_CODE, "PRENC"),
    **{code: (f"{V2}0004", code) for code in "RBCNU"},
    **{code: (ACT_CODE, code) for code in (
        "EMER", "IMP", "AMB", "PRENC", "FLD", "HH", "ACUTE", "NONAC", "OBSENC", "SS", "VR",
    )},
}  # fmt: skip
"""Table 0004, and the codes that some write instead → Encounter.class."""

STATUS_OF_CLASS: Final[Mapping[str, str]] = {"PRENC": "planned", "U": "unknown", "UNK": "unknown"}
"""What a visit of this class is, where no event has said it; any other is in progress."""

RELATIONSHIP: Final[Mapping[str, Coded]] = {
    "SEL": (ROLE_CODE, "ONESELF"), "SPO": (ROLE_CODE, "SPS"), "DOM": (ROLE_CODE, "SIGOTHR"), "CHD": (ROLE_CODE, "CHILD"),
    "GCH": (ROLE_CODE, "GRNDCHILD"), "NCH": (ROLE_CODE, "NCHILD"), "SCH": (ROLE_CODE, "STPCHLD"),
    "FCH": (ROLE_CODE, "CHLDFOST"), "PAR": (ROLE_CODE, "PRN"), "MTH": (ROLE_CODE, "MTH"), "FTH": (ROLE_CODE, "FTH"),
    "GRP": (ROLE_CODE, "GRPRN"), "EXF": (ROLE_CODE, "EXT"), "SIB": (ROLE_CODE, "SIB"), "BRO": (ROLE_CODE, "BRO"),
    "SIS": (ROLE_CODE, "SIS"), "FND": (ROLE_CODE, "FRND"),
    "EMR": (f"{V2}0131", "E"), "EMC": (f"{V2}0131", "C"), "UNK": (f"{V2}0131", "U"), "OTH": (f"{V2}0131", "O"),
}  # fmt: skip
"""Table 0063 → RelatedPerson.relationship."""

SUBSCRIBER_RELATIONSHIP: Final[Mapping[str, str]] = {
    "SEL": "self", "18": "self", "SELF": "self", "SPO": "spouse", "01": "spouse", "DOM": "common",
    **dict.fromkeys(("CHD", "NCH", "SCH", "FCH", "19"), "child"),
    **dict.fromkeys(("PAR", "MTH", "FTH", "GRD"), "parent"),
}  # fmt: skip
"""Table 0063 → Coverage.relationship, the insured person's as the patient's; any other is `other`."""

ALLERGY_CATEGORY: Final[Mapping[str, str]] = {
    "DA": "medication", "FA": "food", "EA": "environment", "PA": "environment", "LA": "environment", "AA": "biologic",
}  # fmt: skip
"""Table 0127 → AllergyIntolerance.category."""

CRITICALITY: Final[Mapping[str, str]] = {"SV": "high", "MI": "low", "U": "unable-to-assess"}
SEVERITY: Final[Mapping[str, str]] = {"SV": "severe", "MO": "moderate", "MI": "mild"}
"""Table 0128 → AllergyIntolerance.criticality, .reaction.severity."""

VERIFICATION: Final[Mapping[str, str]] = {
    "U": "unconfirmed", "P": "unconfirmed", "S": "unconfirmed", "C": "confirmed", "I": "refuted", "E": "entered-in-error",
    "D": "refuted",
}  # fmt: skip
"""Table 0438 → AllergyIntolerance.verificationStatus."""

NAME_USE: Final[Mapping[str, str]] = {
    "BAD": "old", "NOUSE": "old", "D": "usual", "L": "official", "R": "official", "M": "maiden", "MSK": "anonymous",
    "S": "anonymous", "N": "nickname", "NAV": "temp", "TEMP": "temp",
}  # fmt: skip
"""Table 0200 → HumanName.use."""

ADDRESS_USE: Final[Mapping[str, str]] = {
    "BA": "old", "BI": "billing", "C": "temp", "V": "temp", "B": "work", "O": "work", "H": "home", "P": "home",
}  # fmt: skip
ADDRESS_TYPE: Final[Mapping[str, str]] = {"M": "postal", "SH": "postal"}
"""Table 0190 → Address.use, Address.type."""

CONTACT_USE: Final[Mapping[str, str]] = {"PRN": "home", "ORN": "home", "VHN": "temp", "WPN": "work", "PRS": "mobile"}
"""Table 0201 → ContactPoint.use."""

CONTACT_SYSTEM: Final[Mapping[str, str]] = {
    "PH": "phone", "CP": "phone", "FX": "fax", "BP": "pager", "INTERNET": "email", "X.400": "email", "MD": "other",
    "SAT": "other", "TDD": "other", "TTY": "other",
}  # fmt: skip
"""Table 0202 → ContactPoint.system."""

DIAGNOSIS_USE: Final[Mapping[str, str]] = {"A": "AD", "F": "DD", "D": "DD"}
DIAGNOSIS_ROLE: Final = "http://terminology.hl7.org/CodeSystem/diagnosis-role"
"""Table 0052 → Encounter.diagnosis.use; a final diagnosis is that of the discharge."""

PRIORITY: Final[Mapping[str, Coded]] = {"1": (ACT_PRIORITY, "EM"), "2": (ACT_PRIORITY, "UR"), "3": (ACT_PRIORITY, "EL")}
"""Table 0217 → Encounter.priority."""

APPOINTMENT_STATUS: Final[Mapping[str, str]] = {
    "PENDING": "pending", "WAITLIST": "waitlist", "BOOKED": "booked", "OVERBOOK": "booked", "STARTED": "checked-in",
    "COMPLETE": "fulfilled",
}  # fmt: skip
"""Table 0278 → Appointment.status, as far as it can say more than the event does."""

PARTICIPANT_STATUS: Final[Mapping[str, str]] = {"PENDING": "needs-action", "WAITLIST": "tentative", "CANCELLED": "declined"}
"""Table 0278 → Appointment.participant.status; any other has accepted."""

MINUTES_OF: Final[Mapping[str, int]] = {"": 1, "M": 1, "MIN": 1, "MINUTE": 1, "MINUTES": 1, "H": 60, "HR": 60, "HOUR": 60}
"""Units of a duration."""

AUTHORITIES: Final[Mapping[str, str]] = {
    "USSSA": SSN, "SSA": SSN, "2.16.840.1.113883.4.1": SSN,
    "NPI": "http://hl7.org/fhir/sid/us-npi", "2.16.840.1.113883.4.6": "http://hl7.org/fhir/sid/us-npi",
    "USMBI": "http://hl7.org/fhir/sid/us-mbi", "2.16.840.1.113883.4.927": "http://hl7.org/fhir/sid/us-mbi",
    "NAIC": "urn:oid:2.16.840.1.113883.6.300",
}  # fmt: skip
"""Assigning authorities that everybody knows, by namespace or OID → Identifier.system."""

IDENTIFYING: Final = frozenset({"MR", "PI", "PT", "MRT"})
"""Table 0203: identifiers that stand for one person at their authority."""

CODE_SYSTEMS: Final[Mapping[str, str]] = {
    "SCT": "http://snomed.info/sct", "SNM": "http://snomed.info/sct", "SNM3": "http://snomed.info/sct",
    "LN": "http://loinc.org", "UCUM": "http://unitsofmeasure.org", "CVX": "http://hl7.org/fhir/sid/cvx",
    "I10": "http://hl7.org/fhir/sid/icd-10", "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm", "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm", "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "C4": "http://www.ama-assn.org/go/cpt", "CPT": "http://www.ama-assn.org/go/cpt", "NDC": "http://hl7.org/fhir/sid/ndc",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm", "ISO3166_1": "urn:iso:std:iso:3166",
    "ISO3166": "urn:iso:std:iso:3166",
    "ISO639": "urn:ietf:bcp:47", "ISO639-1": "urn:ietf:bcp:47", "ISO639-2": "urn:ietf:bcp:47",
    "CDCREC": "urn:oid:2.16.840.1.113883.6.238",
}  # fmt: skip
"""Table 0396, the name of a coding system → its URI."""
