"""How a value of each data type becomes index rows of a parameter: one small function for each, closed over its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.fhir.index.amounts import money, quantity, range_of, single
from shared.fhir.index.forms import contact, key, normal, number, sound
from shared.fhir.index.moments import EARLIEST, LATEST, moments, span
from shared.fhir.index.references import canonical, target
from shared.fhir.index.rows import IndexRows
from shared.fhir.parameters import Found, Parameter

Leaf = Callable[[Any, IndexRows], None]

NAME_PARTS = ("family", "text")
NAME_LISTS = ("given", "prefix", "suffix")
ADDRESS_PARTS = ("city", "district", "state", "postalCode", "country", "text")


def leaf(parameter: Parameter, kind: str, found: Found) -> Leaf:
    """What indexes the values at one place of a parameter (or of a composite's component, where kinds differ)."""
    if parameter.code == "phonetic":
        return _phonetic(parameter)
    return _LEAVES[kind, found.type](parameter, found) if (kind, found.type) in _LEAVES else _OTHERS[kind](parameter, found)


def _codeable_concept(parameter: Parameter, found: Found) -> Leaf:
    coding = _coding(parameter, found)
    text = _text(parameter)

    def add(value: Any, rows: IndexRows) -> None:
        for one in value.get("coding", ()):
            coding(one, rows)
        if "text" in value:
            text(value["text"], rows)

    return add


def _coding(parameter: Parameter, _: Found) -> Leaf:
    param, bit, text = parameter.hash, 1 << parameter.bit, _text(parameter)

    def add(value: Any, rows: IndexRows) -> None:
        code = value.get("code")
        if code is not None:
            rows.token.add((param, key(code), number(value.get("system", ""))))
            rows.shape |= bit
        if "display" in value:
            text(value["display"], rows)

    return add


def _identifier(parameter: Parameter, _: Found) -> Leaf:
    param, of_type, bit, text = parameter.hash, parameter.derived("of-type"), 1 << parameter.bit, _text(parameter)

    def add(value: Any, rows: IndexRows) -> None:
        text_of_type = value.get("type")
        if text_of_type and "text" in text_of_type:
            text(text_of_type["text"], rows)
        if "value" not in value:
            return
        code = key(value["value"])
        rows.token.add((param, code, number(value.get("system", ""))))
        rows.shape |= bit
        if text_of_type:
            for coding in text_of_type.get("coding", ()):
                rows.token.add((of_type, code, number(f"{coding.get('system', '')}|{coding.get('code', '')}")))

    return add


def _code(parameter: Parameter, found: Found) -> Leaf:
    param, bit, system = parameter.hash, 1 << parameter.bit, number(found.system)

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, key(value), system))
        rows.shape |= bit

    return add


def _contact_point(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        if "value" in value:
            rows.token.add((param, key(contact(value["value"])), 0))
            rows.shape |= bit

    return add


def _boolean(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, "true" if value else "false", 0))
        rows.shape |= bit

    return add


def _present(parameter: Parameter, _: Found) -> Leaf:
    """Whether something is there, of which `false` says that it is not (Patient.deceased). Its absence is told at the end."""
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, "false" if value is False else "true", 0))
        rows.shape |= bit

    return add


def _plain_token(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, key(str(value)), 0))
        rows.shape |= bit

    return add


def _canonical_uri(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        for one in canonical(value):
            rows.token.add((param, key(one), 0))
        rows.shape |= bit

    return add


def _reference(parameter: Parameter, found: Found) -> Leaf:
    """A logical reference need not say its type; then it is found by its identifier through every parameter of the element."""
    param, identifier, bit, only = parameter.hash, parameter.derived("identifier"), 1 << parameter.bit, found.only

    def add(value: Any, rows: IndexRows) -> None:
        reference = value.get("reference")
        aim, type = target(reference) if reference else ("", "")
        type = type or value.get("type", "")
        if only and type != only and (type or aim):
            return
        if aim and aim[0] != "#":
            rows.reference.add((param, key(aim)))
            rows.shape |= bit
        if "identifier" in value and "value" in value["identifier"]:
            known = value["identifier"]
            rows.token.add((identifier, key(known["value"]), number(known.get("system", ""))))
            rows.shape |= bit

    return add


def _canonical(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        aim, type = target(value)
        for one in (aim,) if type and "|" not in value else canonical(value):
            rows.reference.add((param, key(one)))
        rows.shape |= bit

    return add


def _resource(parameter: Parameter, _: Found) -> Leaf:
    param, bit, targets = parameter.hash, 1 << parameter.bit, parameter.targets

    def add(value: Any, rows: IndexRows) -> None:
        if value.get("resourceType") in targets and "id" in value:
            rows.reference.add((param, f"{value['resourceType']}/{value['id']}"))
            rows.shape |= bit

    return add


def _date(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        low, high = moments(value)
        rows.date.add((param, span(low, high), low, high))
        rows.shape |= bit

    return add


def _period(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        low = moments(value["start"])[0] if "start" in value else EARLIEST
        high = moments(value["end"])[1] if "end" in value else LATEST
        if (low, high) != (EARLIEST, LATEST):
            rows.date.add((param, span(low, high), low, high))
            rows.shape |= bit

    return add


def _timing(parameter: Parameter, found: Found) -> Leaf:
    """From the first event to the end of the last, or the bounds of what repeats: the outer limits."""
    param, bit, period = parameter.hash, 1 << parameter.bit, _period(parameter, found)

    def add(value: Any, rows: IndexRows) -> None:
        events = [moments(event) for event in value.get("event", ()) if event is not None]
        if events:
            low, high = min(event[0] for event in events), max(event[1] for event in events)
            rows.date.add((param, span(low, high), low, high))
            rows.shape |= bit
        bounds = value.get("repeat", {}).get("boundsPeriod")
        if bounds:
            period(bounds, rows)

    return add


def _string(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        plain = normal(value)
        short = key(plain)
        rows.string.add((param, short, number(value)))
        rows.phrases[short] = plain
        rows.shape |= bit

    return add


def _human_name(parameter: Parameter, found: Found) -> Leaf:
    string = _string(parameter, found)

    def add(value: Any, rows: IndexRows) -> None:
        for part in NAME_PARTS:
            if part in value:
                string(value[part], rows)
        for part in NAME_LISTS:
            for one in value.get(part, ()):
                if one is not None:
                    string(one, rows)

    return add


def _address(parameter: Parameter, found: Found) -> Leaf:
    string = _string(parameter, found)

    def add(value: Any, rows: IndexRows) -> None:
        for part in ADDRESS_PARTS:
            if part in value:
                string(value[part], rows)
        for line in value.get("line", ()):
            if line is not None:
                string(line, rows)

    return add


def _phonetic(parameter: Parameter) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        parts = (value,) if isinstance(value, str) else (value.get("family"), *value.get("given", ()))
        for part in parts:
            for word in (part or "").split():
                rows.string.add((param, sound(word), 0))
                rows.shape |= bit

    return add


def _text(parameter: Parameter) -> Leaf:
    """The words that go with a code, for `:text`."""
    param = parameter.derived("text")

    def add(value: Any, rows: IndexRows) -> None:
        rows.string.add((param, key(normal(value)), 0))

    return add


def _amount(read: Callable[[Any], Any]) -> Callable[[Parameter, Found], Leaf]:
    def of(parameter: Parameter, _: Found) -> Leaf:
        param, bit = parameter.hash, 1 << parameter.bit

        def add(value: Any, rows: IndexRows) -> None:
            for amount in read(value):
                rows.quantity.add((param, *amount))
                rows.shape |= bit

        return add

    return of


_LEAVES: Mapping[tuple[str, str], Callable[[Parameter, Found], Leaf]] = {
    ("token", "CodeableConcept"): _codeable_concept,
    ("token", "Coding"): _coding,
    ("token", "Identifier"): _identifier,
    ("token", "ContactPoint"): _contact_point,
    ("token", "code"): _code,
    ("token", "boolean"): _boolean,
    ("token", "present"): _present,
    ("token", "canonical"): _canonical_uri,
    ("reference", "Reference"): _reference,
    ("reference", "Resource"): _resource,
    ("date", "Period"): _period,
    ("date", "Timing"): _timing,
    ("string", "HumanName"): _human_name,
    ("string", "Address"): _address,
    ("number", "Range"): _amount(range_of),
    ("quantity", "Range"): _amount(range_of),
    ("quantity", "Money"): _amount(money),
    ("uri", "canonical"): _canonical_uri,
}

_OTHERS: Mapping[str, Callable[[Parameter, Found], Leaf]] = {
    "token": _plain_token,
    "reference": _canonical,
    "date": _date,
    "string": _string,
    "number": _amount(single),
    "quantity": _amount(quantity),
    "uri": _plain_token,
}
