"""How precise a number of a search is: 100 means [99.5, 100.5), 100.00 means [99.995, 100.005).

http://hl7.org/fhir/R4/search.html#number
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d{1,3})?")


def precision(text: str, prefix: str) -> tuple[float, float, float]:
    """(value, low, high). `ap` is a tenth of the value to both sides. Raises ValueError for what is no number."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no number")
    value = Decimal(text)
    half = abs(value) / 10 if prefix == "ap" else _half_of_last_digit(match)
    # Of more digits than a float has, both ends would be the value itself, and nothing would lie between them.
    return float(value), float(value - half), max(float(value + half), math.nextafter(float(value), math.inf))


def _half_of_last_digit(match: re.Match[str]) -> Decimal:
    """1e2 is [95, 105), as if it were 1.0e2: so the standard's own example has it."""
    digits = len(match[1]) - 1 if match[1] else 0
    exponent = int(match[2][1:]) if match[2] else 0
    if match[2] and not match[1]:
        digits = 1
    return Decimal(5).scaleb(exponent - digits - 1)
