"""A name and a value of a search as a criterion: parameters with modifiers, chains through references, `_has`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from shared.fhir.parameters import Parameter, parameters, resource_types
from shared.fhir.query.atoms import Asked, Atom, Criterion, IdIs, Linked, Missing, Referred, UpdatedIs, merged
from shared.fhir.query.text import plain, split
from shared.fhir.query.values import MODIFIERS, atoms, date_range
from shared.fhir.refusal import Malformed

DEEPEST = 5
"""Links in a chain, `_has` among them: as many as SQLite's parser can take in any search."""
MOST_WAYS = 400
"""Of chains through references that may lead to any type: `focus.subject.name` has 100, and each further link ten times more."""
MOST_VALUES = 2_000
"""Between the commas of one parameter. No statement has room for many more."""

MOST_ALTERNATIVES = 50
"""Of ranges and beginnings; codes, references and ids may be as many as fit into an address."""

SHORT = 100
"""Characters of codes that are remembered."""

_ANYTIME = Asked(datetime.min.replace(tzinfo=UTC))

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def criterion(type: str, name: str, value: str, asked: Asked, depth: int = 0) -> Criterion | None:
    """None if the type has no such parameter. Raises Malformed for a modifier or value that it can't have."""
    if depth > DEEPEST:
        raise Malformed(f"{name} is a chain of more than {DEEPEST} links")
    if name.startswith("_has:"):
        return _has(type, name, value, asked, depth)
    head, dot, rest = name.partition(".")
    code, _, modifier = head.partition(":")
    if dot:
        return _chain(type, code, modifier, rest, value, asked, depth)
    if code == "_id":
        return _id(name, modifier, value)
    if code == "_lastUpdated":
        return _updated(name, modifier, value, asked)
    parameter = parameters(type).get(code)
    return None if parameter is None else _of(parameter, modifier, value, asked)


def _of(parameter: Parameter, modifier: str, value: str, asked: Asked) -> Criterion:
    if parameter.kind == "token" and parameter.code != "identifier" and len(value) <= SHORT:
        return _of_codes(parameter.type, parameter.code, modifier, value)
    return _plain(parameter, modifier, value, asked)


@lru_cache(maxsize=4096)
def _of_codes(type: str, code: str, modifier: str, value: str) -> Criterion:
    """A status, a kind: the same few are asked for again and again, and what they mean hangs on neither time nor address."""
    return _plain(parameters(type)[code], modifier, value, _ANYTIME)


def _plain(parameter: Parameter, modifier: str, value: str, asked: Asked) -> Criterion:
    if modifier == "missing":
        if value not in ("true", "false"):
            raise Malformed(f"{parameter.code}:missing is true or false, not {value}")
        return Criterion((Missing(parameter.type, parameter.bit, value == "true"),))
    _check_modifier(parameter, modifier)
    found = merged([atom for one in _values(parameter.code, value) for atom in atoms(parameter, modifier, one, asked)])
    if len(found) > MOST_ALTERNATIVES:
        raise Malformed(f"{parameter.code} has more than {MOST_ALTERNATIVES} alternatives")
    return Criterion(found, negated=modifier == "not")


def _values(name: str, value: str, most: int = MOST_VALUES) -> list[str]:
    found = split(value, ",")
    if len(found) > most:
        raise Malformed(f"{name} has up to {most:,} values, this one has {len(found):,}")
    return found


def _check_modifier(parameter: Parameter, modifier: str) -> None:
    if parameter.kind == "reference" and modifier in resource_types():
        return
    if modifier not in MODIFIERS[parameter.kind]:
        raise Malformed(f"{parameter.code} is a {parameter.kind}, for which there is no :{modifier} here")
    if modifier == "of-type" and all(found.type != "Identifier" for found in parameter.found):
        raise Malformed(f"{parameter.code}:of-type is for identifiers only")


def _id(name: str, modifier: str, value: str) -> Criterion:
    if modifier not in ("", "not"):
        raise Malformed(f"there is no {name}")
    ids = [plain(id) for id in _values(name, value)]
    if wrong := [id for id in ids if not _ID.fullmatch(id)]:
        raise Malformed(f"_id={wrong[0]} is no id")
    return Criterion((IdIs(tuple(ids)),), negated=modifier == "not")


def _updated(name: str, modifier: str, value: str, asked: Asked) -> Criterion:
    if modifier:
        raise Malformed(f"there is no {name}")
    try:
        return Criterion(tuple(UpdatedIs(*date_range(plain(one), asked)) for one in _values(name, value, MOST_ALTERNATIVES)))
    except ValueError as error:
        raise Malformed(f"_lastUpdated={value} is not understood: {error}") from error


def _chain(type: str, code: str, modifier: str, rest: str, value: str, asked: Asked, depth: int) -> Criterion | None:
    parameter = parameters(type).get(code)
    if parameter is None:
        return None
    if parameter.kind != "reference":
        raise Malformed(f"{code}.{rest}: {code} is no reference")
    if modifier and modifier not in resource_types():
        raise Malformed(f"{code}:{modifier}.{rest}: there is no type {modifier}")
    links: list[Atom] = []
    ways = 0
    for target in (modifier,) if modifier else parameter.targets:
        inner = _inner(target, rest, value, asked, depth)
        if inner is not None:
            links.append(Linked(parameter.hash, target, (inner,)))
            ways += inner.ways
    if ways > MOST_WAYS:
        raise Malformed(f"{code}.{rest} may mean {ways:,} chains; say which types are meant, as in {code}:{parameter.targets[0]}")
    return Criterion(tuple(links), ways=ways) if links else None


def _inner(type: str, name: str, value: str, asked: Asked, depth: int) -> Criterion | None:
    """The criterion at the other end of a reference."""
    key = type, name, value, depth
    if key not in asked.known:
        asked.known[key] = criterion(type, name, value, asked, depth + 1)
    return asked.known[key]


def _has(type: str, name: str, value: str, asked: Asked, depth: int) -> Criterion | None:
    """`_has:Observation:patient:code`: also followed by a chain, or by another `_has`."""
    parts = name.split(":", 3)
    if len(parts) != 4 or not all(parts):
        raise Malformed(f"{name}: _has:Type:reference:parameter is its form")
    _, source, code, rest = parts
    parameter = parameters(source).get(code) if source in resource_types() else None
    if parameter is None or parameter.kind != "reference":
        return None
    inner = _inner(source, rest, value, asked, depth)
    return None if inner is None else Criterion((Referred(type, parameter.hash, source, (inner,)),), ways=inner.ways)
