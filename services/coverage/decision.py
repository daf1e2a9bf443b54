"""The answer to a question, before it is printed as FHIR, X12 271 or CRD's coverage-information."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .benefits import Network
from .days import ALWAYS, Days
from .money import Money
from .question import Policy, Wanted
from .reasons import Reason

Kind = Literal["visit", "benefit", "deductible", "maxoutofpocket", "copay", "copay-percent"]
"""Codes of benefit-type, and of coverage-copay-type what that has not (`maxoutofpocket`)."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One limit or share. Counts are int, money is Money; `copay-percent` is in hundredths of a percent.

    `used` is None where nothing is used up (a copay).
    """

    kind: Kind
    allowed: int | Money
    used: int | Money | None = None

    @property
    def remaining(self) -> int | Money | None:
        """Never below nothing."""
        if isinstance(self.allowed, Money):
            return None if not isinstance(self.used, Money) else max(self.allowed - self.used, Money(0, self.allowed.currency))
        return None if not isinstance(self.used, int) else max(self.allowed - self.used, 0)


@dataclass(frozen=True, slots=True)
class Granted:
    """An authorization that is on file: its ClaimResponse, the payer's number, visits left and until when."""

    reference: str
    number: str
    left: int
    until: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What is said of one service in one network. `needs_authorization` is None where nobody asked.

    `verbatim` is a foreign payer's own CoverageEligibilityResponse.insurance.item, printed as it came.
    """

    wanted: Wanted
    covered: bool
    network: Network = ""
    needs_authorization: bool | None = None
    granted: Granted | None = None
    supporting: tuple[Mapping[str, Any], ...] = ()
    requirement: str = ""
    balances: tuple[Balance, ...] = ()
    verbatim: Mapping[str, Any] | None = None

    def balance(self, kind: Kind) -> Balance | None:
        return next((each for each in self.balances if each.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Insured:
    """What is said of one coverage. `in_force`: on all the days that are asked about; else `why` it isn't.

    `days` is when the coverage lasts, `term` the plan year that the balances are of. `plan` is its name.
    """

    policy: Policy
    in_force: bool
    why: Reason | None = None
    days: Days = ALWAYS
    term: Days = ALWAYS
    plan: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be answered; `about` is the coverage (`Type/id`) or "". `detail` is for those who run this."""

    reason: Reason
    about: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`insured` in the order in which they pay. `advice` is what comes of it all, first what matters most."""

    insured: tuple[Insured, ...] = ()
    failures: tuple[Failure, ...] = ()
    advice: tuple[Reason, ...] = ()
    disposition: str = ""
    """A foreign payer's own sentence; else the advice says it."""

    @property
    def outcome(self) -> Literal["complete", "partial", "error"]:
        """http://hl7.org/fhir/R4/valueset-remittance-outcome.html"""
        if not self.failures:
            return "complete"
        return "partial" if self.insured else "error"

    @property
    def sentence(self) -> str:
        return self.disposition or " ".join(reason.sentence for reason in self.advice)


def failed(reason: Reason, about: str = "", detail: str = "") -> Decision:
    """The decision that there is none."""
    return Decision(failures=(Failure(reason, about, detail),), advice=(reason,))
