"""Codes, identifiers and uris as rows: each is a function closed over the numbers of its parameter."""

from __future__ import annotations

from typing import Any

from shared.fhir.index.forms import contact, key, number
from shared.fhir.index.references import canonical
from shared.fhir.index.rows import IndexRows, Leaf
from shared.fhir.index.texts import words_leaf
from shared.fhir.parameters import Found, Parameter


def codeable_concept_leaf(parameter: Parameter, found: Found) -> Leaf:
    coding = coding_leaf(parameter, found)
    text = words_leaf(parameter)

    def add(value: Any, rows: IndexRows) -> None:
        for one in value.get("coding", ()):
            coding(one, rows)
        if "text" in value:
            text(value["text"], rows)

    return add


def coding_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit, text = parameter.hash, 1 << parameter.bit, words_leaf(parameter)

    def add(value: Any, rows: IndexRows) -> None:
        code = value.get("code")
        if code is not None:
            rows.token.add((param, key(code), number(value.get("system", ""))))
            rows.shape |= bit
        if "display" in value:
            text(value["display"], rows)

    return add


def identifier_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, of_type, bit, text = parameter.hash, parameter.derived("of-type"), 1 << parameter.bit, words_leaf(parameter)

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


def code_leaf(parameter: Parameter, found: Found) -> Leaf:
    param, bit, system = parameter.hash, 1 << parameter.bit, number(found.system)

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, key(value), system))
        rows.shape |= bit

    return add


def contact_point_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        if "value" in value:
            rows.token.add((param, key(contact(value["value"])), 0))
            rows.shape |= bit

    return add


def boolean_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, "true" if value else "false", 0))
        rows.shape |= bit

    return add


def present_leaf(parameter: Parameter, _: Found) -> Leaf:
    """Whether something is there, of which `false` says that it is not (Patient.deceased). Its absence is told at the end."""
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, "false" if value is False else "true", 0))
        rows.shape |= bit

    return add


def plain_token_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        rows.token.add((param, key(str(value)), 0))
        rows.shape |= bit

    return add


def canonical_uri_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        for one in canonical(value):
            rows.token.add((param, key(one), 0))
        rows.shape |= bit

    return add
