"""Strings, names and addresses as rows, and the words that go with codes."""

from __future__ import annotations

from typing import Any

from shared.fhir.index.forms import key, normal, number, sound
from shared.fhir.index.rows import IndexRows, Leaf
from shared.fhir.parameters import Found, Parameter

NAME_PARTS = ("family", "text")
NAME_LISTS = ("given", "prefix", "suffix")
ADDRESS_PARTS = ("city", "district", "state", "postalCode", "country", "text")


def string_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        plain = normal(value)
        short = key(plain)
        rows.string.add((param, short, number(value)))
        rows.phrases[short] = plain
        rows.shape |= bit

    return add


def human_name_leaf(parameter: Parameter, found: Found) -> Leaf:
    string = string_leaf(parameter, found)

    def add(value: Any, rows: IndexRows) -> None:
        for part in NAME_PARTS:
            if part in value:
                string(value[part], rows)
        for part in NAME_LISTS:
            for one in value.get(part, ()):
                if one is not None:
                    string(one, rows)

    return add


def address_leaf(parameter: Parameter, found: Found) -> Leaf:
    string = string_leaf(parameter, found)

    def add(value: Any, rows: IndexRows) -> None:
        for part in ADDRESS_PARTS:
            if part in value:
                string(value[part], rows)
        for line in value.get("line", ()):
            if line is not None:
                string(line, rows)

    return add


def phonetic_leaf(parameter: Parameter) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        parts = (value,) if isinstance(value, str) else (value.get("family"), *value.get("given", ()))
        for part in parts:
            for word in (part or "").split():
                rows.string.add((param, sound(word), 0))
                rows.shape |= bit

    return add


def words_leaf(parameter: Parameter) -> Leaf:
    """The words that go with a code, for `:text`."""
    param = parameter.derived("text")

    def add(value: Any, rows: IndexRows) -> None:
        rows.string.add((param, key(normal(value)), 0))

    return add
