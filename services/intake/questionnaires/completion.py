"""A response that is finished is checked, scored and extracted in the unit of work that stores it."""

from __future__ import annotations

from typing import Any

from shared.fhir.change import Change
from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import refuse
from shared.store.transaction import Transaction

from . import alarms
from .extraction import extracted, leave
from .form import FINISHED, asked_by
from .validation import faults

WITHDRAWN = frozenset({"entered-in-error"})


def response_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of a QuestionnaireResponse. Raises Unprocessable for answers that its Questionnaire does not allow.

    A response to a Questionnaire that is not kept here is kept as it is.
    """
    response = change.after
    if change.deleted or response["status"] in WITHDRAWN:
        leave(response["id"], (), tx)
        _settle_flags(response, tx)
        return
    questionnaire = asked_by(response, tx)
    if questionnaire is None:
        return
    refuse(faults(questionnaire, response))
    if response["status"] in FINISHED:
        found, issues = extracted(questionnaire, response)
        tx.warnings += issues
        leave(response["id"], found, tx)
        _settle_flags(response, tx)


def _settle_flags(response: Resource, tx: Transaction) -> None:
    questionnaire = asked_by(response, tx)
    patient = target_of(response.get("subject"))
    if questionnaire is not None and patient.startswith("Patient/"):
        alarms.settle(questionnaire, patient, tx)
