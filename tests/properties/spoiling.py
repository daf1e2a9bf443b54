"""JSON with something in it that should not be there, and texts that are hardly JSON any more."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

from tests.properties.dice import Dice
from tests.properties.odd import DEEP, STRINGS, VALUES

_INTRUDERS: Final = (*STRINGS, DEEP, "NaN", ",", "}", "\\ud800", "\\u0000", "1e999", "/**/", "\ufeff")
_NAMES: Final = (*STRINGS, "value", "extension", "resourceType", "contained")


def spoilt(dice: Dice, whole: Any) -> Any:
    """A copy with one thing added, missing, repeated, wrapped or exchanged."""
    whole = copy.deepcopy(whole)
    places = list(_places(whole))
    if not places:
        return any_value(dice)
    holder, key = dice.one(places)
    value = holder[key]
    match dice.upto(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [value]
        case 2 if isinstance(value, list) and value:
            holder[key] = value[0]
        case 3 if isinstance(holder, dict):
            holder[dice.one((*_NAMES, f"_{key}"))] = any_value(dice)
        case 4 if isinstance(value, list):
            holder[key] = value * dice.one((2, 3, 50))
        case _:
            holder[key] = any_value(dice)
    return whole


def any_value(dice: Dice) -> Any:
    return copy.deepcopy(dice.one(VALUES)) if dice.maybe(0.5) else dice.one(STRINGS)


def printed(dice: Dice, body: Any) -> tuple[bytes, ...]:
    """The pieces in which a body comes: mostly one, and mostly JSON."""
    text = json.dumps(body, ensure_ascii=dice.maybe(0.5))
    if dice.maybe(0.9):
        whole = text.encode("utf-8", "surrogatepass")
        return _in_pieces(dice, whole) if dice.maybe(0.1) else (whole,)
    at = dice.upto(len(text))
    wrong = text[:at] + dice.one(_INTRUDERS) + text[at:]
    return (wrong.encode(dice.one(("utf-8", "utf-8", "utf-16", "latin-1", "utf-32")), "replace"),)


def _in_pieces(dice: Dice, whole: bytes) -> tuple[bytes, ...]:
    at = sorted(dice.upto(len(whole)) for _ in range(3))
    return tuple(whole[start:end] for start, end in zip([0, *at], [*at, len(whole)], strict=True))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
