"""Patches of all three kinds, some of which can even be applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.properties.dice import Dice
from tests.properties.resources import Resource
from tests.properties.spoiling import any_value, spoilt

_POINTERS: Final = ("", "/", "/-", "/name/-", "/a/b", "/~", "/~2", "/name/99", "/name/01", "//", "x", "/meta/versionId", "/id")
_OPERATIONS: Final = ("add", "remove", "replace", "move", "copy", "test", "x", 1)
_TYPES: Final = ("add", "insert", "delete", "replace", "move", "x")
_ODD_PATHS: Final = ("", "(", "Nobody.x", "x" * 5000, "'" * 99)
_PATHS: Final = (
    "{type}", "{type}.{name}", "{type}.{name}[0]", "{type}.{name}[99]", "{type}.{name}[-1]", "{type}.{name}['a']",
    "{type}.{name}.",
    "{type}.{name}.where(use='usual')", "{type}.{name}.where(", "{type}.{name}.first()", "{type}.{name}.extension('urn:e')",
    "{type}..x", "{type}.where(1=1)", "{type}.value", "{type}.id", "{type}.name.given[0]",
)  # fmt: skip


def json_patch(dice: Dice, resource: Resource) -> tuple[Any, bytes]:
    """A patch and its media type."""
    paths = [*_pointers(resource), *_POINTERS]
    steps: Any = [
        {"op": dice.one(_OPERATIONS), "path": dice.one(paths), "from": dice.one(paths), "value": any_value(dice)}
        for _ in dice.times(4)
    ]
    return (spoilt(dice, steps) if dice.maybe(0.4) else steps), b"application/json-patch+json"


def fhirpath_patch(dice: Dice, resource: Resource) -> tuple[Any, bytes]:
    patch: Any = {"resourceType": "Parameters", "parameter": [_operation(dice, resource) for _ in dice.times(3)]}
    return (spoilt(dice, patch) if dice.maybe(0.4) else patch), b"application/fhir+json"


def merge_patch(dice: Dice, resource: Resource) -> tuple[Any, bytes]:
    patch: Any = {dice.one([*resource, "x"]): any_value(dice) for _ in dice.times(3)}
    media = dice.one((b"application/json", b"application/merge-patch+json"))
    return (spoilt(dice, patch) if dice.maybe(0.3) else patch), media


def _operation(dice: Dice, resource: Resource) -> Resource:
    name = dice.one(list(resource))
    path = dice.one(_PATHS).format(type=resource["resourceType"], name=name) if dice.maybe(0.9) else dice.one(_ODD_PATHS)
    values: tuple[Resource, ...] = (
        {"valueString": "x"}, {"valueCode": "active"}, {"valueBoolean": 1}, {"valueHumanName": {"family": "F"}}, {"value": 1},
        {"part": [{"name": "family", "valueString": "x"}]}, {"resource": resource}, {},
    )  # fmt: skip
    part = [
        {"name": "type", "valueCode": dice.one(_TYPES)},
        {"name": "path", "valueString": path},
        {"name": "name", "valueString": dice.one((name, "x", "", "value", "extension"))},
        {"name": "value", **dice.one(values)},
        {"name": dice.one(("index", "source")), "valueInteger": dice.one((0, 1, -1, 99, 2**40))},
        {"name": "destination", "valueInteger": dice.one((0, 1, -1))},
    ]
    return {"name": "operation", "part": part}


def _pointers(value: Any, at: str = "") -> Iterator[str]:
    keys = range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else ()
    for key in keys:
        yield f"{at}/{key}"
        yield from _pointers(value[key], f"{at}/{key}")
