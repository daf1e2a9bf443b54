"""Flags on a patient's chart: raised and lowered by rules, once for each patient and reason."""

from __future__ import annotations

from shared.fhir.element import concept, reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction

FLAG = "urn:careloom:flag"
"""Flag.code: the band of a score, or the rule, that raised it; `opted-out` for who may not be told of outside."""

_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"


def raise_flag(patient: str, reason: str, code: str, sentence: str, tx: Transaction, category: str = "clinical") -> None:
    """Active, and with this sentence."""
    flag: Resource = {
        "resourceType": "Flag",
        "id": flag_id(patient, reason),
        "status": "active",
        "category": [concept(_CATEGORY, category)],
        "code": concept(FLAG, code, sentence),
        "subject": reference_to(patient),
    }
    tx.save(flag)


def lower_flag(patient: str, reason: str, tx: Transaction) -> None:
    """Active no more, if there is one."""
    flag = tx.read("Flag", flag_id(patient, reason))
    if flag is not None and flag["status"] == "active":
        tx.save(flag | {"status": "inactive"})


def flag_id(patient: str, reason: str) -> str:
    return id_from("flag", patient, reason)
