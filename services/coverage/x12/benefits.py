"""A decision in EB segments and what hangs on them: 2110C and 2110D of a 271. 005010X279A1"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from services.coverage.days import FIRST_DAY, LAST_DAY, Days
from services.coverage.decision import Balance, Decision, Insured, Item, Kind
from services.coverage.money import Money
from services.coverage.question import WHOLE_PLAN

from .segments import Printer

ACTIVE, INACTIVE, NOT_COVERED, OTHER_PAYER = "1", "6", "I", "R"
"""EB01."""

INFORMATION: Mapping[Kind, str] = {
    "visit": "F",
    "benefit": "F",
    "copay": "B",
    "copay-percent": "A",
    "deductible": "C",
    "maxoutofpocket": "G",
}
"""EB01 of a balance: limitation, co-payment, co-insurance, deductible, out of pocket."""

A_VISIT, A_YEAR, LEFT = "27", "23", "29"
"""EB06: for a visit, for a calendar (or plan) year, remaining."""

VISITS: Final = "VS"
WITHIN: Mapping[str, str] = {"in": "Y", "out": "N", "": ""}
"""EB12: in the plan's network."""

LONGEST_MESSAGE: Final = 264
OF_THE_PLAN: Final = frozenset({"deductible", "maxoutofpocket"})
"""Balances that are one for all services: they are said once, of the plan."""

PLACE_OF_PAYER: Final = ("PRP", "SEP", "TTP")
"""NM101 of the payer who pays first, second, third."""


def lines_of(decision: Decision, say: Printer) -> Iterator[str]:
    """What is said of the coverages; only of those in force, where one is. Nothing is said twice."""
    in_force = [each for each in decision.insured if each.in_force]
    shown = in_force or list(decision.insured)
    blocks: dict[tuple[str, ...], None] = {}
    for place, insured in enumerate(shown):
        sentence = insured.why.sentence if insured.why else decision.sentence if place == 0 else ""
        blocks[tuple(_of_coverage(insured, sentence, say))] = None
        if len(shown) > 1:
            blocks[tuple(_of_payer(insured, place, say))] = None
        if insured.in_force:
            blocks |= dict.fromkeys(_of_items(insured, say))
    for block in blocks:
        yield from block


def _of_coverage(insured: Insured, sentence: str, say: Printer) -> Iterator[str]:
    yield say("EB", ACTIVE if insured.in_force else INACTIVE, "", WHOLE_PLAN, "", say.text(insured.plan, 50))
    yield from _dates(insured.days, say)
    if sentence:
        yield say("MSG", say.text(sentence, LONGEST_MESSAGE))


def _of_payer(insured: Insured, place: int, say: Printer) -> Iterator[str]:
    """Who pays, and in which place."""
    payor = insured.policy.payor
    number = next((value for _, value in payor.identifiers), "")
    name = say.text(payor.name or insured.plan, 60)
    identified = ("PI", say.text(number, 80)) if number else ()
    yield say("EB", OTHER_PAYER, "", WHOLE_PLAN)
    yield say("LS", "2120")
    yield say("NM1", PLACE_OF_PAYER[min(place, 2)], "2", name, "", "", "", "", *identified)
    yield say("LE", "2120")


def _of_items(insured: Insured, say: Printer) -> Iterator[tuple[str, ...]]:
    for item in insured.items:
        if item.wanted.service_type != WHOLE_PLAN or item.wanted.products:
            yield tuple(_of_item(item, say))
        for balance in item.balances:
            yield from ((line,) for line in _of_balance(balance, item, say))


def _dates(days: Days, say: Printer) -> Iterator[str]:
    for qualifier, day, is_open in (("346", days.first, days.first == FIRST_DAY), ("347", days.last, days.last == LAST_DAY)):
        if not is_open:
            yield say("DTP", qualifier, "D8", day.strftime("%Y%m%d").zfill(8))


def _of_item(item: Item, say: Printer) -> Iterator[str]:
    code = ACTIVE if item.covered else NOT_COVERED
    needs = {True: "Y", False: "N", None: ""}[item.needs_authorization]
    yield say("EB", code, *_service(item), "", "", "", "", "", "", "", needs, WITHIN[item.network], _product(item, say))
    if item.granted:
        yield say("REF", "G1", say.text(item.granted.number or item.granted.reference, 50))
        if item.granted.until:
            yield say("DTP", "349", "D8", item.granted.until[:10].replace("-", ""))
    if item.requirement:
        yield say("MSG", say.text(item.requirement, LONGEST_MESSAGE))


def _of_balance(balance: Balance, item: Item, say: Printer) -> Iterator[str]:
    code = INFORMATION[balance.kind]
    tail = ("", WITHIN[item.network])
    period = A_VISIT if balance.kind in ("copay", "copay-percent") else A_YEAR
    service = ("", WHOLE_PLAN) if balance.kind in OF_THE_PLAN else _service(item)
    yield say("EB", code, *service, "", "", period, *_amount(balance, balance.allowed), *tail)
    if (left := balance.remaining) is not None:
        yield say("EB", code, *service, "", "", LEFT, *_amount(balance, left), *tail)


def _service(item: Item) -> tuple[str, str]:
    """EB02 (nobody's level in particular) and EB03."""
    return "", item.wanted.service_type


def _amount(balance: Balance, value: int | Money) -> tuple[str, str, str, str]:
    """EB07 money, EB08 percentage (as a fraction), EB09 and EB10 a quantity."""
    if isinstance(value, Money):
        return _number(value.amount), "", "", ""
    if balance.kind == "copay-percent":
        return "", _number(Decimal(value) / 10_000), "", ""
    return "", "", VISITS, str(value)


def _product(item: Item, say: Printer) -> str:
    """EB13: the code as it was asked about."""
    code = next((code for _, code in item.wanted.products), "")
    return say.composite("HC", code) if code else ""


def _number(value: Decimal) -> str:
    """X12's R: no trailing zeros, no zero before the point."""
    said = f"{value.normalize():f}"
    return said.removeprefix("0") if said.startswith("0.") else said
