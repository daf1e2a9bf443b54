"""Schemas compiled to machine code's speed: types that are compiled together share their data types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jsonschema_rs import Draft202012Validator, ValidationError

from shared.fhir.gate.keywords import KEYWORDS
from shared.fhir.gate.primitives import Schema
from shared.fhir.gate.schema import schema_of
from shared.fhir.issue import Resource


class Compiled(NamedTuple):
    """`schema` is kept for the words that its comments give to what `validator` refuses."""

    schema: Schema
    validator: Draft202012Validator

    def allows(self, resource: Resource) -> bool:
        """Whether a resource of a type that was compiled is right."""
        return self.validator.is_valid({resource["resourceType"]: resource})

    def errors(self, resource: Resource) -> Iterator[ValidationError]:
        """What is wrong with it; each path begins with the type."""
        return self.validator.iter_errors({resource["resourceType"]: resource})


def compiled(types: Sequence[str]) -> Compiled:
    """About 50 ms and 30 MB for 30 types, 15 ms and 5 MB for one."""
    schema = schema_of(types)
    return Compiled(schema, Draft202012Validator(schema, keywords=KEYWORDS))
