"""What the newest answers of a patient to a questionnaire call for, and no longer call for, as flags on the chart."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.flags import lower_flag, raise_flag
from shared.fhir.element import sought
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from .form import asked_by, items_of
from .scoring import Score, is_score, scores


def settle(questionnaire: Resource, patient: str, tx: Transaction) -> None:
    """Raise and lower the flags of every score, by the newest finished response of the patient."""
    found = {score.item["linkId"]: score for score in _newest_scores(questionnaire, patient, tx)}
    for item in items_of(questionnaire):
        if not is_score(item):
            continue
        score = found.get(item["linkId"])
        reason = f"{questionnaire.get('url', questionnaire['id'])} {item['linkId']}"
        if score and score.band and score.band.flags:
            title = questionnaire.get("title", item.get("text", ""))
            raise_flag(patient, reason, score.band.code, f"{title}: {score.value:g}, {score.band.meaning}", tx)
        else:
            lower_flag(patient, reason, tx)


def _newest_scores(questionnaire: Resource, patient: str, view: View) -> Iterator[Score]:
    if "url" not in questionnaire:
        return
    query = f"QuestionnaireResponse?subject={patient}&questionnaire={sought(questionnaire['url'])}&status=completed,amended"
    for response in view.search(f"{query}&_sort=-authored"):
        asked = asked_by(response, view)
        if asked is not None and asked.get("url") == questionnaire["url"]:
            yield from scores(asked, response)
            return
