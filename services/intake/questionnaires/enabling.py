"""Whether a question is asked at all, given the other answers. http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .form import Item, answers_to, same_value, value_of

Scope = Sequence[Mapping[str, Any]]
"""Where answers are looked for: the item (or response) around the question, then what is around that, outwards."""

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def is_enabled(question: Item, scope: Scope) -> bool:
    conditions = question.get("enableWhen", ())
    if not conditions:
        return True
    together = any if question.get("enableBehavior") == "any" else all
    return together(_holds(condition, scope) for condition in conditions)


def _holds(condition: Item, scope: Scope) -> bool:
    given = next((found for around in scope if (found := answers_to(condition["question"], around))), [])
    _, expected = value_of(condition, "answer")
    values = [value for answer in given if (value := value_of(answer)[1]) is not None]
    match condition["operator"]:
        case "exists":
            return bool(values) is bool(expected)
        case "=":
            return any(same_value(value, expected) for value in values)
        case "!=":
            return bool(values) and not any(same_value(value, expected) for value in values)
        case order:
            return any(_in_order(_ORDER[order], value, expected) for value in values)


def _in_order(compare: Callable[[Any, Any], bool], value: Any, expected: Any) -> bool:
    one, other = (each.get("value") if isinstance(each, Mapping) else each for each in (value, expected))
    try:
        return compare(one, other)
    except TypeError:
        return False
