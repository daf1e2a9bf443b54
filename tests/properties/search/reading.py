"""Whether a resource is found, by reading the standard sentence by sentence: http://hl7.org/fhir/R4/search.html

Slow and plain on purpose: every criterion looks at every resource. Nothing of the engine is used here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.properties.search.values import PARAMETERS, TARGETS, Resource

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""When everything is asked."""

BASE = "http://here.example/fhir"
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")

World = dict[str, Resource]
"""The resources by `Type/id`."""


def holds(world: World, resource: Resource, name: str, value: str) -> bool:
    """Whether one `name=value` of a query is true of a resource. `meta.lastUpdated` stands in it only if that is asked for."""
    type = resource["resourceType"]
    if name.startswith("_has:"):
        return _is_referred_to(world, resource, name, value)
    head, dot, rest = name.partition(".")
    code, _, modifier = head.partition(":")
    if dot:
        return any(holds(world, other, rest, value) for other in _targets(world, resource, code, modifier))
    if name in ("_id", "_lastUpdated"):
        return any(_is_itself(resource, name, one) for one in value.split(","))
    kind, read = PARAMETERS[type][code]
    elements = list(read(resource))
    if modifier == "missing":
        return (not any(_says_something(kind, element) for element in elements)) == (value == "true")
    wanted = _split(value, ",")
    if modifier == "not":
        return not any(_TEST[kind](element, one, "", resource, code) for element in elements for one in wanted)
    return any(_TEST[kind](element, one, modifier, resource, code) for element in elements for one in wanted)


def _is_itself(resource: Resource, name: str, value: str) -> bool:
    return bool(resource["id"] == value) if name == "_id" else _date(resource["meta"]["lastUpdated"], value, "", resource, name)


def _is_referred_to(world: World, resource: Resource, name: str, value: str) -> bool:
    _, source, code, rest = name.split(":", 3)
    own = f"{resource['resourceType']}/{resource['id']}"
    return any(
        holds(world, other, rest, value)
        for other in world.values()
        if other["resourceType"] == source and own in {_local(one) for one in _references(other, code)}
    )


def _targets(world: World, resource: Resource, code: str, type: str) -> Iterator[Resource]:
    for reference in _references(resource, code):
        other = world.get(_local(reference))
        if other is not None and type in ("", other["resourceType"]):
            yield other


def _references(resource: Resource, code: str) -> Iterator[str]:
    _, read = PARAMETERS[resource["resourceType"]][code]
    yield from (one["reference"] for one in read(resource) if "reference" in one)


def _local(reference: str) -> str:
    return reference.partition("/_history/")[0]


def _says_something(kind: str, element: Any) -> bool:
    match kind:
        case "token" if isinstance(element, dict) and "coding" in element:
            return any("code" in coding for coding in element["coding"])
        case "quantity":
            return "value" in element
        case "composite":
            return bool(element.get("code", {}).get("coding")) and "value" in element.get("valueQuantity", {})
        case "reference":
            return "reference" in element or "identifier" in element
    return True


# --- one element against one value


def _token(element: Any, value: str, modifier: str, _: Resource, __: str) -> bool:
    if modifier == "text":
        return any(_plain(text).startswith(_plain(_unescaped(value))) for text in _texts(element))
    if modifier == "of-type":
        system, code, wanted = (_unescaped(part) for part in _split(value, "|"))
        types = element.get("type", {}).get("coding", ())
        fits = any(coding.get("system") == system and coding.get("code") == code for coding in types)
        return fits and element.get("value") == wanted
    parts = [_unescaped(part) for part in _split(value, "|")]
    for found, code in _codes(element):
        system = found or ""
        match parts:
            case [wanted] if code == wanted:
                return True
            case [wanted, ""] if system == wanted:
                return True
            case [of, wanted] if code == wanted and system == of:
                return True
    return False


def _codes(element: Any) -> Iterator[tuple[str | None, str]]:
    match element:
        case bool():
            yield None, "true" if element else "false"
        case str():
            yield _BOUND.get(element), element
        case {"coding": codings}:
            yield from ((one.get("system"), one["code"]) for one in codings if "code" in one)
        case {"value": value}:
            yield element.get("system"), value


_BOUND = {
    **dict.fromkeys(("male", "female", "other", "unknown"), "http://hl7.org/fhir/administrative-gender"),
    **dict.fromkeys(("final", "preliminary", "amended"), "http://hl7.org/fhir/observation-status"),
}
"""The system of a plain code is that of its binding."""


def _texts(element: Any) -> Iterator[str]:
    if "coding" in element:
        yield from (one["display"] for one in element["coding"] if "display" in one)
    if "text" in element:
        yield element["text"]
    if "type" in element:
        yield from _texts({"text": element["type"]["text"]} if "text" in element["type"] else {})


def _string(element: str, value: str, modifier: str, _: Resource, __: str) -> bool:
    wanted = _unescaped(value)
    match modifier:
        case "exact":
            return element == wanted
        case "contains":
            return _plain(wanted) in _plain(element)
    return _plain(element).startswith(_plain(wanted))


def _plain(text: str) -> str:
    """Without case and accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)).casefold()


def _reference(element: Any, value: str, modifier: str, resource: Resource, code: str) -> bool:
    if modifier == "identifier":
        return "identifier" in element and _token(element["identifier"], value, "", resource, code)
    if "reference" not in element:
        return False
    found = _local(element["reference"]).removeprefix(f"{BASE}/")
    wanted = _local(_unescaped(value)).removeprefix(f"{BASE}/")
    if "/" in wanted or ":" in wanted:
        of_type = not modifier or f"{modifier}/" in wanted
        return found == wanted and of_type
    types = (modifier,) if modifier else TARGETS[resource["resourceType"], code]
    return found in {f"{type}/{wanted}" for type in types}


def _uri(element: str, value: str, modifier: str, _: Resource, __: str) -> bool:
    wanted = _unescaped(value)
    match modifier:
        case "below":
            return element == wanted or element.startswith(wanted.rstrip("/") + "/")
        case "above":
            return element == wanted or wanted.startswith(element.rstrip("/") + "/")
    return element == wanted


def _number(element: Any, value: str, _: str, __: Resource, ___: str) -> bool:
    prefix, wanted = _prefixed(value)
    low, high = (element, element) if not isinstance(element, dict) else _ends(element)
    return _compared_numbers(prefix, wanted, low, high)


def _ends(range: Any) -> tuple[Any, Any]:
    return range.get("low", {}).get("value", -(10**300)), range.get("high", {}).get("value", 10**300)


def _quantity(element: Any, value: str, _: str, __: Resource, ___: str) -> bool:
    text, *unit = (_unescaped(part) for part in _split(value, "|"))
    if "value" not in element or (unit and not _is_in(element, *unit)):
        return False
    prefix, wanted = _prefixed(text)
    low = high = element["value"]
    match element.get("comparator", "")[:1]:
        case "<":
            low = -(10**300)
        case ">":
            high = 10**300
    return _compared_numbers(prefix, wanted, low, high)


def _is_in(quantity: Any, system: str, code: str) -> bool:
    if system:
        return bool(quantity.get("system") == system and quantity.get("code") == code)
    return not code or code in (quantity.get("code"), quantity.get("unit"))


def _compared_numbers(prefix: str, wanted: str, low: Any, high: Any) -> bool:
    """Orders take the value as exact, equality means its precision: `100` is 99.5 up to, but not, 100.5."""
    value, low, high = Decimal(wanted), Decimal(str(low)), Decimal(str(high))
    half = Decimal(5).scaleb(value.as_tuple().exponent - 1)  # type: ignore[operator]
    near = abs(value) / 10
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value - half <= low and high < value + half,
        "ne": lambda: not (value - half <= low and high < value + half),
        "gt": lambda: high > value,
        "lt": lambda: low < value,
        "ge": lambda: high >= value,
        "le": lambda: low <= value,
        "sa": lambda: low > value,
        "eb": lambda: high < value,
        "ap": lambda: low <= value + near and high >= value - near,
    }
    return tests[prefix]()


def _date(element: Any, value: str, _: str, __: Resource, ___: str) -> bool:
    """http://hl7.org/fhir/R4/search.html#prefix, with the value and the element as the ranges of time that they are."""
    prefix, wanted = _prefixed(value)
    low, high = covered(element) if isinstance(element, str) else _period(element)
    begin, end = covered(wanted)
    if prefix == "ap":
        near = abs(NOW.timestamp() - (begin + end) / 2) / 10
        return low < end + near and high > begin - near
    contains = begin <= low and high <= end
    return {
        "eq": contains,
        "ne": not contains,
        "gt": high > end,
        "lt": low < begin,
        "ge": high > end or contains,
        "le": low < begin or contains,
        "sa": low >= end,
        "eb": high <= begin,
    }[prefix]


def covered(text: str) -> tuple[float, float]:
    """A date as seconds since 1970 in UTC, from its beginning up to, but not, its end."""
    if "T" not in text:
        year, month, day = (*map(int, text.split("-")), *(0, 0, 0))[:3]
        begin = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day:
            return begin.timestamp(), (begin + timedelta(days=1)).timestamp()
        following = datetime(year + 1, 1, 1, tzinfo=UTC) if month in (0, 12) else datetime(year, month + 1, 1, tzinfo=UTC)
        return begin.timestamp(), following.timestamp()
    begin = datetime.fromisoformat(text)
    begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
    precision = 0.001 if "." in text else 1.0 if text.count(":") - text[11:].count("+") > 1 or text.endswith("Z") else 60.0
    return begin.timestamp(), begin.timestamp() + precision


def _period(period: Any) -> tuple[float, float]:
    begin = covered(period["start"])[0] if "start" in period else -1e18
    return begin, covered(period["end"])[1] if "end" in period else 1e18


def _composite(element: Any, value: str, _: str, resource: Resource, code: str) -> bool:
    first, second = _split(value, "$")
    return (
        "code" in element
        and "valueQuantity" in element
        and _token(element["code"], first, "", resource, code)
        and _quantity(element["valueQuantity"], second, "", resource, code)
    )


_TEST: dict[str, Callable[[Any, str, str, Resource, str], bool]] = {
    "token": _token,
    "string": _string,
    "reference": _reference,
    "uri": _uri,
    "number": _number,
    "quantity": _quantity,
    "date": _date,
    "composite": _composite,
}


def _prefixed(value: str) -> tuple[str, str]:
    return (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)


def _split(text: str, separator: str) -> list[str]:
    parts, escaped = [""], False
    for letter in text:
        if letter == separator and not escaped:
            parts.append("")
        else:
            parts[-1] += letter
        escaped = letter == "\\" and not escaped
    return parts


def _unescaped(text: str) -> str:
    for letter in ",|$":
        text = text.replace(f"\\{letter}", letter)
    return text.replace("\\\\", "\\")


def included(world: World, matches: Iterable[Resource], wanted: Iterable[tuple[str, str]]) -> set[str]:
    """`Type/id` of what comes with the matches, which are never among it; http://hl7.org/fhir/R4/search.html#include

    `wanted` are pairs such as `_include=Observation:subject`, `_revinclude:iterate=Observation:has-member:Observation`.
    """
    found = {f"{one['resourceType']}/{one['id']}": one for one in matches}
    matched = set(found)
    _gather(world, found, [pair for pair in wanted if not pair[0].endswith(":iterate")])
    while _gather(world, found, [pair for pair in wanted if pair[0].endswith(":iterate")]):
        pass
    return found.keys() - matched


def _gather(world: World, found: World, wanted: Iterable[tuple[str, str]]) -> bool:
    """Add what the resources found so far lead to, by one step of each; whether there was anything."""
    start, before = list(found.values()), len(found)
    for name, value in wanted:
        source, code, target = (*value.split(":"), "")[:3]
        if name.startswith("_include"):
            leading = (_targets(world, one, code, target) for one in start if one["resourceType"] == source)
        else:
            leading = (_referring(world, one, source, code) for one in start if target in ("", one["resourceType"]))
        found.update({f"{one['resourceType']}/{one['id']}": one for several in leading for one in several})
    return len(found) > before


def _referring(world: World, resource: Resource, source: str, code: str) -> Iterator[Resource]:
    own = f"{resource['resourceType']}/{resource['id']}"
    for other in world.values():
        if other["resourceType"] == source and own in {_local(one) for one in _references(other, code)}:
            yield other


def order(resource: Resource, code: str, *, descending: bool) -> Any:
    """What a resource is sorted by: of several values the least, descending the greatest; None for no value."""
    if code == "_id":
        return resource["id"]
    kind, read = PARAMETERS[resource["resourceType"]][code]
    values = list(_sortable(kind, read(resource), descending))
    return (max if descending else min)(values, default=None)


def _sortable(kind: str, elements: Iterable[Any], descending: bool) -> Iterator[Any]:
    for element in elements:
        match kind:
            case "date":
                yield (covered(element) if isinstance(element, str) else _period(element))[descending]
            case "string":
                yield _plain(element)
            case "token":
                yield from (code for _, code in _codes(element))
            case "quantity" if "value" in element:
                open_end = {"<": not descending, ">": descending}.get(element.get("comparator", "")[:1], False)
                yield (1e300 if descending else -1e300) if open_end else float(element["value"])
