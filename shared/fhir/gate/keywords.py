"""What JSON Schema can't say, as keywords of the gate's own. They are asked rarely: where a schema has found a reason to."""

# ruff: noqa: ARG002
# (jsonschema-rs gives every keyword its parent and its path.)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shared.fhir.gate.invariants.functions import FUNCTIONS
from shared.fhir.gate.narrative import defects


class Broken(ValueError):
    """What a keyword says of a value that it refuses."""


class Holds:
    """`holds: name`: the function of that name says that the object is right."""

    def __init__(self, parent: dict[str, Any], value: Any, path: list[str | int]) -> None:
        self._holds = FUNCTIONS[value]

    def validate(self, instance: Any) -> None:
        try:
            right = self._holds(instance)
        except (KeyError, TypeError, ValueError, AttributeError):
            return  # a malformed element, for which the schema has its own words
        if not right:
            raise Broken("does not hold")


class Pairs:
    """`pairs: given`: a null in `given` has its companion in `_given`, a null in `_given` its value, and both are as long."""

    def __init__(self, parent: dict[str, Any], value: Any, path: list[str | int]) -> None:
        self._name = str(value)

    def validate(self, instance: Any) -> None:
        values, companions = instance.get(self._name), instance.get("_" + self._name)
        for at in range(max(len(values or ()), len(companions or ()))):
            if _at(values, at) is None and not (isinstance(_at(companions, at), dict) and "extension" in companions[at]):
                raise Broken(f"{self._name}[{at}]")


class Whole:
    """`whole: true`: a number written without point or exponent, as far as the parsed value still tells."""

    def __init__(self, parent: dict[str, Any], value: Any, path: list[str | int]) -> None:
        pass

    def validate(self, instance: Any) -> None:
        if isinstance(instance, float) or (not isinstance(instance, int) and "." in str(instance)):
            raise Broken("is not a whole number")


class Narrative:
    """`narrative: true`: XHTML of the tags and attributes that R4 allows."""

    def __init__(self, parent: dict[str, Any], value: Any, path: list[str | int]) -> None:
        pass

    def validate(self, instance: Any) -> None:
        for problem in self.iter_errors(instance):
            raise problem

    def iter_errors(self, instance: Any) -> Iterator[Broken]:
        if isinstance(instance, str):
            yield from map(Broken, defects(instance))


KEYWORDS: Final[dict[str, Any]] = {"holds": Holds, "pairs": Pairs, "whole": Whole, "narrative": Narrative}


def _at(values: Any, index: int) -> Any:
    return values[index] if isinstance(values, list) and index < len(values) else None
