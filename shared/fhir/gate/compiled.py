"""Schemas compiled to machine code's speed: types that are compiled together share their data types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jsonschema_rs import Draft202012Validator

from shared.fhir.gate.keywords import KEYWORDS
from shared.fhir.gate.primitives import Schema
from shared.fhir.gate.schema import schema_of


class Compiled(NamedTuple):
    """`schema` is kept for the words that its comments give to what `validator` refuses."""

    schema: Schema
    validator: Draft202012Validator


def compiled(types: Sequence[str]) -> Compiled:
    """About 50 ms and 30 MB for 30 types, 15 ms and 5 MB for one."""
    schema = schema_of(types)
    return Compiled(schema, Draft202012Validator(schema, keywords=KEYWORDS))
