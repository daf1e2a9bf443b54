"""Invariants of Questionnaire and QuestionnaireResponse: http://hl7.org/fhir/R4/questionnaire.html#invs"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.rules import Rule, absent, both, count, either, exists, holds, implies, is_one_of, not_both

_CHOICES: Final = (
    "choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity",
)  # fmt: skip
_TEXTS: Final = ("boolean", "decimal", "integer", "string", "text", "url", "open-choice")

RULES: Final[Mapping[str, Rule]] = {
    "qrs-1": not_both("answer", "item"),
    "que-1": both(implies(is_one_of("type", "group"), exists("item")), implies(is_one_of("type", "display"), absent("item"))),
    "que-2": holds("link_ids_are_unique"),
    "que-3": implies(is_one_of("type", "display"), absent("code")),
    "que-4": not_both("answerOption", "answerValueSet"),
    "que-5": either(is_one_of("type", *_CHOICES), both(absent("answerOption"), absent("answerValueSet"))),
    "que-6": implies(is_one_of("type", "display"), both(absent("required"), absent("repeats"))),
    "que-7": implies(is_one_of("operator", "exists"), lambda _: {"required": ["answerBoolean"]}),
    "que-8": implies(is_one_of("type", "group", "display"), absent("initial")),
    "que-9": implies(is_one_of("type", "display"), absent("readOnly")),
    "que-10": either(is_one_of("type", *_TEXTS), absent("maxLength")),
    "que-11": not_both("answerOption", "initial"),
    "que-12": implies(count("enableWhen", minimum=3), exists("enableBehavior")),
    "que-13": either(is_one_of("repeats", True), count("initial", maximum=1)),
}
