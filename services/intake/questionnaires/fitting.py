"""A value that was found as an answer of the type that a question takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.fhir.element import target_of
from shared.fhir.issue import Resource

from .form import Item, value_of


def answer_of(question: Item, value: Any) -> Resource | None:
    """None for a value that is no answer to this question."""
    if question["type"] in ("choice", "open-choice"):
        return _choice(question, value)
    name, fit = _FITS.get(question["type"], ("", lambda _: None))
    found = fit(value)
    return None if found is None else {name: found}


def _choice(question: Item, value: Any) -> Resource | None:
    """The option that has the value's code, or says what it says; what is no option only where none is listed."""
    said = {str(each) for each in _said(value)}
    options = question.get("answerOption", ())
    for option in options:
        name, offered = value_of(option)
        words = {str(each) for each in _said(offered)}
        if said & words:
            return {name: offered}
    codings = list(_codings(value))
    if codings and not options:
        return {"valueCoding": codings[0]}
    return {"valueString": value} if question["type"] == "open-choice" and isinstance(value, str) else None


def _said(value: Any) -> Iterable[Any]:
    """Codes with their systems, displays; anything else is what it is."""
    if not isinstance(value, Mapping):
        return [value]
    codings = list(_codings(value))
    return [*(f"{each.get('system', '')}|{each.get('code', '')}" for each in codings), *(each.get("code") for each in codings)]


def _codings(value: Any) -> Iterable[Mapping[str, Any]]:
    if not isinstance(value, Mapping):
        return []
    found: Iterable[Mapping[str, Any]] = value.get("coding", [value] if "code" in value else [])
    return found


def _whole(value: Any) -> int | None:
    value = value.get("value") if isinstance(value, Mapping) else value
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer() else None


def _number(value: Any) -> Any:
    value = value.get("value") if isinstance(value, Mapping) else value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _string(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("text") or next((each.get("display") for each in _codings(value)), None)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _reference(value: Any) -> Resource | None:
    if not isinstance(value, Mapping):
        return None
    if "resourceType" in value and "id" in value:
        return {"reference": f"{value['resourceType']}/{value['id']}"}
    return dict(value) if target_of(value) else None


def _quantity(value: Any) -> Resource | None:
    number = _number(value)
    return dict(value) if isinstance(value, Mapping) and number is not None else None if number is None else {"value": number}


_FITS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "boolean": ("valueBoolean", lambda value: value if isinstance(value, bool) else None),
    "integer": ("valueInteger", _whole),
    "decimal": ("valueDecimal", _number),
    "string": ("valueString", _string),
    "text": ("valueString", _string),
    "date": ("valueDate", lambda value: value[:10] if isinstance(value, str) else None),
    "dateTime": ("valueDateTime", _text),
    "time": ("valueTime", _text),
    "url": ("valueUri", _text),
    "quantity": ("valueQuantity", _quantity),
    "reference": ("valueReference", _reference),
}
