"""What a visit costs the patient: deductible, copay, coinsurance, and never more than the out-of-pocket limit. Whole cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from .benefits import Benefit, Network, Plan, Terms
from .deciding import Used
from .money import rounded

_HUNDRED_PERCENT: Final = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a member's limits, in cents and visits; None where there is no limit."""

    deductible: int = 0
    out_of_pocket: int | None = None
    visits: int | None = None

    def after(self, share: Share) -> Left:
        """What is not covered counts on no limit."""
        spent = max(share.patient - share.not_covered, 0)
        return Left(
            self.deductible - share.deductible,
            None if self.out_of_pocket is None else self.out_of_pocket - spent,
            None if self.visits is None else max(self.visits - 1, 0),
        )


@dataclass(frozen=True, slots=True)
class Share:
    """Who pays what of an allowed amount: deductible, copay and coinsurance are the patient's; `not_covered` is too."""

    allowed: int = 0
    deductible: int = 0
    copay: int = 0
    coinsurance: int = 0
    not_covered: int = 0
    others: int = 0
    """What payers who come later take of the patient's part."""

    @property
    def patient(self) -> int:
        return self.deductible + self.copay + self.coinsurance + self.not_covered - self.others

    @property
    def plan(self) -> int:
        return self.allowed - self.patient - self.others

    def __add__(self, other: Share) -> Share:
        return Share(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


NOTHING: Final = Share()


@dataclass(frozen=True, slots=True)
class Payer:
    """One plan on the way of a bill, with what is left of it."""

    terms: Terms | None
    left: Left


def left_of(plan: Plan, used: Used, benefit: Benefit | None) -> Left:
    """What is left of a plan year for one of its services."""
    limit = benefit.visits if benefit else None
    seen = used.visits.get(benefit.service_type, 0) if benefit else 0
    return Left(
        deductible=max((plan.deductible.cents if plan.deductible else 0) - used.deductible, 0),
        out_of_pocket=max(plan.out_of_pocket.cents - used.out_of_pocket, 0) if plan.out_of_pocket else None,
        visits=None if limit is None else max(limit - seen, 0),
    )


def terms_in(benefit: Benefit | None, network: Network) -> Terms | None:
    """The terms of a network; those of the plan's own where the plan makes a difference and nobody says which."""
    if benefit is None:
        return None
    return benefit.terms.get(network) or benefit.terms.get("in") or benefit.terms.get("") or Terms()


def visit(allowed: int, terms: Terms | None, left: Left) -> Share:
    """One visit under one plan. Without terms, or without visits left, the patient pays it all."""
    if terms is None or left.visits == 0:
        return Share(allowed, not_covered=allowed)
    deductible = min(allowed, left.deductible) if terms.deductible else 0
    rest = allowed - deductible
    copay = min(terms.copay.cents if terms.copay else 0, rest)
    coinsurance = rounded(Decimal((rest - copay) * terms.coinsurance) / _HUNDRED_PERCENT)
    return _capped(Share(allowed, deductible, copay, coinsurance), left.out_of_pocket)


def visits(number: int, allowed: int, payers: Sequence[Payer]) -> tuple[Share, tuple[Payer, ...]]:
    """So many visits, one after the other, under plans in the order in which they pay; and what is left then.

    A later payer pays what it would pay alone, but not more than the patient still has to.
    """
    total, now = NOTHING, list(payers)
    for _ in range(number):
        share = visit(allowed, None, Left()) if not now else visit(allowed, now[0].terms, now[0].left)
        if now:
            now[0] = replace(now[0], left=now[0].left.after(share))
        for place, payer in enumerate(now[1:], 1):
            alone = visit(allowed, payer.terms, payer.left)
            share = replace(share, others=share.others + min(alone.plan, share.patient))
            mine = replace(alone, others=max(alone.patient - share.patient, 0))
            now[place] = replace(payer, left=payer.left.after(mine))
        total += share
    return total, tuple(now)


def _capped(share: Share, most: int | None) -> Share:
    """Coinsurance goes first, then copay, then deductible."""
    over = 0 if most is None else max(share.patient - most, 0)
    coinsurance = min(over, share.coinsurance)
    copay = min(over - coinsurance, share.copay)
    deductible = over - coinsurance - copay
    return replace(
        share,
        coinsurance=share.coinsurance - coinsurance,
        copay=share.copay - copay,
        deductible=share.deductible - deductible,
    )
