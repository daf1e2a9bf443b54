"""A number finds itself, however many digits it has: http://hl7.org/fhir/R4/search.html#number"""

from __future__ import annotations

import pytest

from shared.fhir.query.amounts import precision


@pytest.mark.parametrize(
    "text", ["178.88023499217553", "-178.88023499217553", "0.1", "100", "1e-300", "12345678901234567890.5", "0"]
)
def test_a_number_lies_within_its_own_precision(text: str) -> None:
    value, low, high = precision(text, "eq")

    assert low <= value < high
