"""Query strings: real names of parameters in real combinations, with values that seldom fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, quote_plus

from shared.fhir.parameters import parameters, resource_types
from tests.properties.dice import Dice
from tests.properties.odd import CONTROLS, MODIFIERS, STRINGS

_EMPTY: Final = ("", "", "", "&", "=", "?", "%", "%00", "a=%ff&=", "&&=&", "_id")
_DEEPEST: Final = 12


def query(dice: Dice, type: str, types: Sequence[str], often: float = 1.0) -> str:
    """A query of a type; `types` are those from which it may be referred to. Without luck (`often`) none."""
    if not dice.maybe(often):
        return dice.one(_EMPTY)
    return "&".join(_pair(dice, type, types) for _ in range(dice.upto(3) + 1))


def _pair(dice: Dice, type: str, types: Sequence[str]) -> str:
    if dice.maybe(0.35) or type not in resource_types():
        name = dice.one(list(CONTROLS))
        value = dice.one(CONTROLS[name]) if dice.maybe(0.9) else dice.one(STRINGS)
    else:
        name = _name(dice, type, types)
        value = ",".join(dice.one(STRINGS) for _ in range(1 if dice.maybe(0.8) else dice.one((2, 3, 60))))
    encoded = quote_plus(value) if dice.maybe(0.9) else value.replace("&", "").replace("\r", "")
    return f"{quote(name, safe=':')}={encoded}"


def _name(dice: Dice, type: str, types: Sequence[str], depth: int = 0) -> str:
    known = parameters(type)
    code = dice.one([*known, "_id", "_lastUpdated", "nothing"])
    parameter = known.get(code)
    if parameter and parameter.kind == "reference" and depth < _DEEPEST and dice.maybe(0.4):
        target = dice.one(parameter.targets or ("Patient",))
        typed = f":{target}" if dice.maybe(0.5) else ""
        return f"{code}{typed}.{_name(dice, target, types, depth + 1)}"
    if depth < _DEEPEST and dice.maybe(0.08):
        source = dice.one((*types, "Observation", "Nobody"))
        references = [name for name, one in parameters(source).items() if one.kind == "reference"]
        return f"_has:{source}:{dice.one([*references, 'x'])}:{_name(dice, source, types, depth + 1)}"
    return f"{code}:{dice.one(MODIFIERS)}" if dice.maybe(0.3) else code
