"""How precise a number of a search is: 100 means [99.5, 100.5), 100.00 means [99.995, 100.005).

http://hl7.org/fhir/R4/search.html#number
"""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d{1,3})?")


def precision(text: str, prefix: str) -> tuple[float, float, float]:
    """(value, low, high). `ap` is a tenth of the value to both sides. Raises ValueError for what is no number."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no number")
    value = Decimal(text)
    half = abs(value) / 10 if prefix == "ap" else _half_of_last_digit(value, match)
    return float(value), float(value - half), float(value + half)


def _half_of_last_digit(value: Decimal, match: re.Match[str]) -> Decimal:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    whole_with_exponent = match[2] is not None and match[1] is None
    return Decimal(5).scaleb(exponent - (2 if whole_with_exponent else 1))
