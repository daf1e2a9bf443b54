"""The Flag that says whether parties outside may be told of a patient: it follows the patient's Consents, and time."""

from __future__ import annotations

from typing import Any

from shared.fhir.change import Change
from shared.fhir.element import target_of
from shared.store.transaction import Transaction
from shared.store.version import Timer

from .consent import is_denial, may_be_told
from .flags import lower_flag, raise_flag
from .period import next_turn

OPTED_OUT = "opted-out"
TURN = "consent-turns"
"""The timer that fires when a denial begins or runs out."""


def consent_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of a Consent."""
    for patient in {target_of((each or {}).get("patient")) for each in (change.before, change.after)}:
        if patient.startswith("Patient/"):
            _settle(patient, tx)


def consent_turns(timer: Timer, tx: Transaction) -> None:
    _settle(timer.key, tx)


def _settle(patient: str, tx: Transaction) -> None:
    consents = [each for each in tx.search(f"Consent?patient={patient}&status=active") if is_denial(each)]
    if may_be_told(consents, "", tx.now):
        lower_flag(patient, OPTED_OUT, tx)
    else:
        raise_flag(patient, OPTED_OUT, OPTED_OUT, "Parties outside are not to be told of this patient", tx, "admin")
    due = next_turn([each.get("provision", {}).get("period") for each in consents], tx.now)
    if due is None:
        tx.unschedule(TURN, patient)
    else:
        tx.schedule(TURN, due, patient)
