"""Accounts of what members have used of a plan year: deductible, out of pocket, visits by service type.

Whatever books on an account books as a whole and once: what a source (an ExplanationOfBenefit, a ServiceRequest with its
visits) has booked is kept beside, and taken back when the source is known better. So a correction counts back, and what is
told twice or in another order comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.store.transaction import Transaction
from shared.store.view import View

from .days import Days
from .deciding import NOTHING_USED, Used

ACCOUNT: Final = "account"
BOOKED: Final = "booked"

Amounts = Mapping[str, int]
"""What → how much. `deductible/USD`, `out-of-pocket/USD`, `paid/PT/USD` in cents; `visits/PT/<what for>/<billed or held>`."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Some amounts on the account of a coverage (`Coverage/id`) for the plan year that begins on a day."""

    coverage: str
    year: str
    amounts: Amounts

    @property
    def account(self) -> str:
        return f"{self.coverage}/{self.year}"


def used(coverage: str, year: Days, currency: str, view: View) -> Used:
    """What is used of a plan year."""
    account = view.recorded(ACCOUNT, f"{coverage}/{year.first.isoformat()}")
    return _read(account.body, currency) if account else NOTHING_USED


def book(source: str, postings: Iterable[Posting], tx: Transaction) -> None:
    """From now on a source (`Type/id`) has booked these, and nothing else."""
    wanted = {each.account: dict(each.amounts) for each in postings if each.amounts}
    booked = tx.recorded(BOOKED, source)
    before: Mapping[str, Any] = booked.body if booked else {}
    if wanted == before:
        return
    for account in sorted(before.keys() | wanted.keys()):
        _change(account, before.get(account, {}), wanted.get(account, {}), tx)
    tx.record(BOOKED, source, "", {}, wanted)


def _change(account: str, less: Amounts, more: Amounts, tx: Transaction) -> None:
    known = tx.recorded(ACCOUNT, account)
    amounts: dict[str, Any] = dict(known.body) if known else {}
    for what in less.keys() | more.keys():
        amounts[what] = amounts.get(what, 0) - less.get(what, 0) + more.get(what, 0)
    tx.record(
        ACCOUNT,
        account,
        "",
        {"coverage": account.rpartition("/")[0]},
        {what: amount for what, amount in amounts.items() if amount},
    )


def _read(amounts: Mapping[str, Any], currency: str) -> Used:
    """Of visits that are billed and known to be held, the larger number counts: most visits are first the one, then both."""
    visits: dict[tuple[str, str], dict[str, int]] = {}
    paid: dict[str, int] = {}
    for what, amount in amounts.items():
        kind, *rest = what.split("/")
        if kind == "visits":
            visits.setdefault((rest[0], rest[1]), {})[rest[2]] = int(amount)
        elif kind == "paid" and rest[1] == currency:
            paid[rest[0]] = int(amount)
    counted: dict[str, int] = {}
    for (type, _), numbers in visits.items():
        counted[type] = counted.get(type, 0) + max(numbers.values())
    return Used(
        deductible=int(amounts.get(f"deductible/{currency}", 0)),
        out_of_pocket=int(amounts.get(f"out-of-pocket/{currency}", 0)),
        visits=counted,
        paid=paid,
    )
