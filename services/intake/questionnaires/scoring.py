"""Scores: what the answers count for, added up, and what the sum means. Which ones there are is said by the Questionnaire.

An item with the extension `urn:careloom:score` is a score: `of` names the questions (or groups) that it adds up, all of them
where there is none; each `band` says from which sum on it holds, its code, its meaning, who must act, and whether the chart
is flagged. An answer counts for the ordinal value of its option; a number or a boolean for what the extension
`urn:careloom:points` of its question says (`from`, `points`), else for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.fhir.element import extension

from .form import Item, answers_to, items_of, ordinal_of, same_value, value_of

SCORE, POINTS = "urn:careloom:score", "urn:careloom:points"


@dataclass(frozen=True, slots=True)
class Band:
    """`least`: the lowest sum of the band. `acts`: who must do something, "" for nobody."""

    least: float
    code: str
    meaning: str
    acts: str = ""
    flags: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of one score item, and the band that it is in."""

    item: Item
    value: float
    band: Band | None


def scores(questionnaire: Mapping[str, Any], response: Mapping[str, Any]) -> Iterator[Score]:
    """Each score of which at least one question is answered."""
    questions = {item["linkId"]: item for item in items_of(questionnaire)}
    for item in questions.values():
        rule = next((each for each in item.get("extension", ()) if each.get("url") == SCORE), None)
        counted = list(_counted(rule, questions, response)) if rule else []
        if rule and counted:
            value = sum(counted)
            yield Score(item, value, _band(rule, value))


def is_score(item: Item) -> bool:
    return any(each.get("url") == SCORE for each in item.get("extension", ()))


def points(question: Item, answer: Item) -> float | None:
    """What one answer counts for; None for one that counts nothing, such as a text."""
    _, value = value_of(answer)
    option = next((each for each in question.get("answerOption", ()) if same_value(value_of(each)[1], value)), None)
    if option is not None:
        return ordinal_of(option)
    if isinstance(value, Mapping):
        ordinal = ordinal_of(answer)
        value = value.get("value") if ordinal is None else ordinal
    if not isinstance(value, int | float):
        return None
    table = _table(question)
    return float(value) if not table else max((given for least, given in table if value >= least), default=0.0, key=float)


def _counted(rule: Item, questions: Mapping[str, Item], response: Item) -> Iterator[float]:
    of = [each["valueString"] for each in rule.get("extension", ()) if each["url"] == "of"]
    links = {link for name in of for link in (name, *(item["linkId"] for item in items_of(questions[name])))}
    for link, question in questions.items():
        if (of and link not in links) or is_score(question):
            continue
        for answer in answers_to(link, response):
            counts = points(question, answer)
            if counts is not None and (of or _counts(question)):
                yield counts


def _counts(question: Item) -> bool:
    """Whether a question counts in a score that names none: one with ordinal values or points."""
    return bool(_table(question)) or any(ordinal_of(option) is not None for option in question.get("answerOption", ()))


def _table(question: Item) -> list[tuple[float, float]]:
    found = (each for each in question.get("extension", ()) if each.get("url") == POINTS)
    return [(float(extension(each, "from") or 0), float(extension(each, "points") or 0)) for each in found]


def _band(rule: Item, value: float) -> Band | None:
    bands = [
        Band(
            float(extension(each, "from") or 0),
            extension(each, "code"),
            extension(each, "text") or "",
            extension(each, "acts") or "",
            bool(extension(each, "flags")),
        )
        for each in rule.get("extension", ())
        if each["url"] == "band"
    ]
    reached = [band for band in bands if band.least <= value]
    return max(reached, key=lambda band: band.least, default=None)
