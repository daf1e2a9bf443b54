"""What agreement and disagreement weigh, and which names are one: the data beside this module, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any, Final

HERE: Final = files("services.intake.matching")


def _read(name: str) -> Any:
    return json.loads(HERE.joinpath(name).read_text())


_WEIGHTS: Final = _read("weights.json")
_NAMES: Final = _read("nicknames.json")

PRIOR: Final[float] = _WEIGHTS["prior"]
CERTAIN: Final[float] = _WEIGHTS["certain"]
PROBABLE: Final[float] = _WEIGHTS["probable"]
POSSIBLE: Final[float] = _WEIGHTS["possible"]

BITS: Final[Mapping[tuple[str, str], float]] = {
    (field, level): log2(m / u) for field, levels in _WEIGHTS["fields"].items() for level, (m, u) in levels.items()
}
"""(field, level) → evidence in bits: https://doi.org/10.1080/01621459.1969.10501049 (Fellegi and Sunter)"""

CALLED: Final = {name: frozenset({name, *called}) for name, called in _NAMES["names"].items()}
KNOWN: Final = frozenset({*_NAMES["others"], *(each for called in CALLED.values() for each in called)})
"""Names that people have: one of them is hardly a slip of the pen for another."""


@cache
def one_name(a: str, b: str) -> bool:
    """Whether one is short for the other, or both for the same name."""
    return any(a in called and b in called for called in CALLED.values())
