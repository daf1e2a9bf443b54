"""What one value of a search parameter means, by the parameter's kind and the modifier. http://hl7.org/fhir/R4/search.html"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import get_args

from shared.fhir.index import forms
from shared.fhir.index.composites import number_with
from shared.fhir.index.moments import EARLIEST, LATEST, moments
from shared.fhir.index.references import target
from shared.fhir.parameters import Parameter
from shared.fhir.query.amounts import precision
from shared.fhir.query.atoms import (
    AmountIs,
    Asked,
    Atom,
    CodeBegins,
    DateIs,
    Prefix,
    RefersTo,
    TextBegins,
    TextContains,
    TextIs,
    TokenIs,
    TokenOf,
)
from shared.fhir.query.text import plain, split
from shared.fhir.refusal import Malformed

MODIFIERS: Mapping[str, frozenset[str]] = {
    "token": frozenset({"", "not", "text", "of-type"}),
    "reference": frozenset({"", "identifier"}),
    "date": frozenset({""}),
    "string": frozenset({"", "exact", "contains"}),
    "number": frozenset({""}),
    "quantity": frozenset({""}),
    "uri": frozenset({"", "above", "below"}),
    "composite": frozenset({""}),
}
"""Beside `:missing`, and `:<Type>` of references."""

SHORTEST_PART = 3
"""`:contains` goes by trigrams."""

_PREFIXED = re.compile(r"([a-z]{2})(?=[-+\d.])")
_PREFIXES = frozenset(get_args(Prefix))
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LOCAL = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")

Read = Callable[[Parameter, str, str, Asked], tuple[Atom, ...]]
"""(parameter, modifier, value still escaped, asked) → the atoms of which one must hold."""


def atoms(parameter: Parameter, modifier: str, value: str, asked: Asked) -> tuple[Atom, ...]:
    """Raises Malformed, with a sentence that names the parameter, for what is no value of it."""
    if not value.strip():
        raise Malformed(f"{parameter.code} has an empty value")
    try:
        return _READ[parameter.kind](parameter, modifier, value, asked)
    except ValueError as error:
        raise Malformed(f"{parameter.code}={value} is not understood: {error}") from error


def prefixed(value: str) -> tuple[Prefix, str]:
    """The prefix and the rest; `eq` where there is none. Raises ValueError for one that R4 doesn't know."""
    match = _PREFIXED.match(value)
    if match is None:
        return "eq", value
    if match[1] not in _PREFIXES:
        raise ValueError(f"there is no prefix {match[1]}")
    return match[1], value[2:]  # type: ignore[return-value]


def date_range(value: str, asked: Asked) -> tuple[Prefix, int, int]:
    """A date with its prefix as a range, for `ap` widened by a tenth of its distance from now."""
    prefix, rest = prefixed(value)
    low, high = moments(rest.strip())
    if prefix == "ap":
        distance = abs(int(asked.now.timestamp() * 1_000_000) - (low + high) // 2) // 10
        low, high = max(low - distance, EARLIEST + 1), min(high + distance, LATEST - 1)
    return prefix, low, high


def _token(parameter: Parameter, modifier: str, value: str, _: Asked) -> tuple[Atom, ...]:
    if modifier == "text":
        return (TextBegins(parameter.derived("text"), _beginning(plain(value))),)
    if modifier == "of-type":
        return (_of_type(parameter, value),)
    system, bar, code = _two(value)
    if not bar:
        return (TokenIs(parameter.hash, (_code(parameter, plain(value)),)),)
    if not code:
        if not system:
            raise ValueError("neither system nor code")
        return (TokenOf(parameter.hash, forms.number(system)),)
    return (TokenIs(parameter.hash, (_code(parameter, code),), forms.number(system)),)


def _two(value: str) -> tuple[str, str, str]:
    parts = split(value, "|", 1)
    return (plain(parts[0]), "|", plain(parts[1])) if len(parts) > 1 else (plain(value), "", "")


def _code(parameter: Parameter, code: str) -> str:
    types = {found.type for found in parameter.found}
    if types and types <= {"boolean", "present"} and code not in ("true", "false"):
        raise ValueError("true or false are its values")
    return forms.key(forms.contact(code) if types == {"ContactPoint"} else code)


def _of_type(parameter: Parameter, value: str) -> Atom:
    parts = [plain(part) for part in split(value, "|")]
    if len(parts) != 3 or not all(parts[1:]):
        raise ValueError("system|code|value is the form of :of-type")
    return TokenIs(parameter.derived("of-type"), (forms.key(parts[2]),), forms.number(f"{parts[0]}|{parts[1]}"))


def _reference(parameter: Parameter, modifier: str, value: str, asked: Asked) -> tuple[Atom, ...]:
    if modifier == "identifier":
        return _identified(parameter, value)
    text = plain(value).strip()
    if _ID.fullmatch(text):
        types = (modifier,) if modifier else parameter.targets
        return _to(parameter, [f"{type}/{text}" for type in types], asked) if types else ()
    aim, type = target(text, frozenset({asked.base}))
    return () if modifier and type != modifier else _to(parameter, [aim], asked)


def _to(parameter: Parameter, aims: list[str], asked: Asked) -> tuple[Atom, ...]:
    """A reference may also be stored with this server's whole address."""
    whole = [f"{asked.base}/{aim}" for aim in aims if asked.base and _LOCAL.fullmatch(aim)]
    return (RefersTo(parameter.hash, tuple(forms.key(aim) for aim in (*aims, *whole))),)


def _identified(parameter: Parameter, value: str) -> tuple[Atom, ...]:
    system, bar, code = _two(value)
    derived = parameter.derived("identifier")
    if not bar:
        return (TokenIs(derived, (forms.key(system),)),)
    return (TokenIs(derived, (forms.key(code),), forms.number(system)) if code else TokenOf(derived, forms.number(system)),)


def _date(parameter: Parameter, _: str, value: str, asked: Asked) -> tuple[Atom, ...]:
    return (DateIs(parameter.hash, *date_range(plain(value), asked)),)


def _string(parameter: Parameter, modifier: str, value: str, _: Asked) -> tuple[Atom, ...]:
    text = plain(value)
    if parameter.code == "phonetic":
        return tuple(TextIs(parameter.hash, forms.sound(word), 0) for word in text.split())
    if modifier == "exact":
        return (TextIs(parameter.hash, forms.key(forms.normal(text)), forms.number(text)),)
    if modifier == "contains":
        part = forms.normal(text)
        if len(part) < SHORTEST_PART:
            raise ValueError(f":contains needs {SHORTEST_PART} characters")
        return (TextContains(parameter.hash, part),)
    return (TextBegins(parameter.hash, _beginning(text)),)


def _beginning(text: str) -> str:
    beginning = forms.normal(text)[: forms.PREFIX_LENGTH]
    if not beginning:
        raise ValueError("nothing is left of it without accents")
    return beginning


def _number(parameter: Parameter, _: str, value: str, __: Asked) -> tuple[Atom, ...]:
    return (_amount(parameter, plain(value), 0),)


def _quantity(parameter: Parameter, _: str, value: str, __: Asked) -> tuple[Atom, ...]:
    parts = [plain(part) for part in split(value, "|")]
    if len(parts) not in (1, 3):
        raise ValueError("number|system|code is the form of a quantity")
    if len(parts) == 1 or not parts[2]:
        return (_amount(parameter, parts[0], 0),)
    return (_amount(parameter, parts[0], forms.number(f"{parts[1]}|{parts[2]}")),)


def _amount(parameter: Parameter, text: str, form: int) -> Atom:
    prefix, digits = prefixed(text)
    return AmountIs(parameter.hash, prefix, form, *precision(digits, prefix))


def _uri(parameter: Parameter, modifier: str, value: str, _: Asked) -> tuple[Atom, ...]:
    uri = plain(value)
    if modifier == "below":
        return (TokenIs(parameter.hash, (forms.key(uri),), 0), CodeBegins(parameter.hash, _below(uri)))
    if modifier == "above":
        return (TokenIs(parameter.hash, tuple(forms.key(above) for above in _above(uri)), 0),)
    return (TokenIs(parameter.hash, (forms.key(uri),), 0),)


def _below(uri: str) -> str:
    separator = ":" if uri.startswith("urn:") and "/" not in uri else "/"
    return uri if uri.endswith(separator) else uri + separator


def _above(uri: str) -> list[str]:
    start = uri.find("://") + 3 if "://" in uri else 0
    cuts = [match.start() for match in re.finditer(r"/", uri) if match.start() >= start]
    return [uri, *(uri[:cut] for cut in cuts), *(uri[: cut + 1] for cut in cuts if cut + 1 < len(uri))]


def _composite(parameter: Parameter, _: str, value: str, asked: Asked) -> tuple[Atom, ...]:
    parts = split(value, "$")
    if len(parts) != 2 or not all(parts):
        raise ValueError("first$second is its form")
    system, bar, code = _two(parts[0])
    code, form = (code, f"{forms.number(system)}|{forms.key(code)}") if bar else (system, forms.key(system))
    if not code:
        raise ValueError("the first part needs a code")
    second = parameter.contexts[0].parts[1]
    aim = Parameter(parameter.type, parameter.code, second.kind, "", number_with(parameter, form), 0, found=second.found)
    return _READ[second.kind](aim, "", parts[1], asked)


_READ: Mapping[str, Read] = {
    "token": _token,
    "reference": _reference,
    "date": _date,
    "string": _string,
    "number": _number,
    "quantity": _quantity,
    "uri": _uri,
    "composite": _composite,
}
