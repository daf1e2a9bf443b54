"""Money in whole cents. A float never holds an amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from shared.fhir.issue import Resource

WHOLE: Final = Decimal(1)

_NONE: Final = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
_THREE: Final = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
PLACES: Mapping[str, int] = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3)
"""Decimal places of the currencies that have not two (ISO 4217)."""

USUAL: Final = "USD"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`cents` are the smallest unit of the currency, whatever its name is. Amounts of two currencies don't add up."""

    cents: int
    currency: str = USUAL

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + self._same(other).cents, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - self._same(other).cents, self.currency)

    def __str__(self) -> str:
        """`1,234.50 USD`"""
        return f"{self.amount:,} {self.currency}"

    @property
    def amount(self) -> Decimal:
        return Decimal(self.cents).scaleb(-places_of(self.currency))

    def as_fhir(self) -> Resource:
        """http://hl7.org/fhir/R4/datatypes.html#Money"""
        return {"value": self.amount, "currency": self.currency}

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} don't add up")
        return other


def places_of(currency: str) -> int:
    return PLACES.get(currency, 2)


def money_of(element: Mapping[str, Any] | None, currency: str = USUAL) -> Money | None:
    """A Money, or a Quantity whose code is a currency. What is finer than a cent is rounded, halves away from zero."""
    value = (element or {}).get("value")
    if value is None:
        return None
    named = (element or {}).get("currency") or (element or {}).get("code") or currency
    return Money(rounded(Decimal(str(value)).scaleb(places_of(named))), named)


def rounded(cents: Decimal) -> int:
    """Whole cents, halves away from zero."""
    return int(cents.quantize(WHOLE, ROUND_HALF_UP))
