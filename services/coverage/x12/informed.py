"""What a 271's EB segments say of each service that was asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from services.coverage.benefits import Network
from services.coverage.decision import Balance, Item, Kind
from services.coverage.money import Money, money_of, rounded
from services.coverage.question import WHOLE_PLAN, Wanted
from services.coverage.vocabulary import SERVICE_TYPE

from .segments import Segment, Separators

Block = Sequence[Segment]
"""An EB with what hangs on it."""

COVERED, NOT_COVERED, REMAINING = frozenset("12345"), frozenset("I678"), "29"
VISITS: Final = frozenset({"VS", "P6", "99", "DY", "FL"})
"""EB09 of what is counted."""

KINDS: dict[str, Kind] = {"A": "copay-percent", "B": "copay", "C": "deductible", "G": "maxoutofpocket"}
"""EB01 of a balance; F is a limit on visits or on money."""

OF_THE_PLAN = frozenset("CG")
"""EB01 of what is one for all services."""

NETWORKS: dict[str, Network] = {"Y": "in", "N": "out"}
"""EB12."""


def items_of(blocks: Sequence[Block], wanted: Sequence[Wanted], separators: Separators) -> Iterator[Item]:
    """One for each service that was asked about and each network that is spoken of; all that are named, where none was."""
    for each in wanted or tuple(_named(blocks, separators)):
        about = [block for block in blocks if _is_about(block[0], each, separators)]
        networks = dict.fromkeys(NETWORKS.get(block[0][12], "") for block in about) or {"": None}
        if len(networks) > 1:
            networks.pop("", None)
        for network in networks:
            yield _item(each, network, [block for block in about if NETWORKS.get(block[0][12], network) == network])


def _named(blocks: Sequence[Block], separators: Separators) -> Iterator[Wanted]:
    codes = dict.fromkeys(code for block in blocks for code in block[0][3].split(separators.repetition) if code)
    for code in codes:
        if code != WHOLE_PLAN:
            yield Wanted(code, said={"category": {"coding": [{"system": SERVICE_TYPE, "code": code}]}})


def _is_about(eb: Segment, wanted: Wanted, separators: Separators) -> bool:
    products = {code for _, code in wanted.products}
    named = eb[13].split(separators.component)
    if len(named) > 1 and named[1]:
        return named[1] in products
    codes = eb[3].split(separators.repetition)
    return (wanted.service_type or WHOLE_PLAN) in codes or (eb[1] in OF_THE_PLAN and WHOLE_PLAN in codes)


def _item(wanted: Wanted, network: Network, about: Sequence[Block]) -> Item:
    verdicts = {block[0][1] for block in about} - OF_THE_PLAN
    needs = {block[0][11] for block in about} - {""}
    said = [each[1] for block in about for each in block if each.id == "MSG"]
    return Item(
        wanted=wanted,
        covered=bool(verdicts & COVERED) or (bool(verdicts) and not verdicts & NOT_COVERED),
        network=network,
        needs_authorization="Y" in needs if needs - {"U"} else None,
        requirement=" ".join(dict.fromkeys(said)),
        balances=tuple(_balances([block[0] for block in about])),
    )


def _balances(segments: Sequence[Segment]) -> Iterator[Balance]:
    found: dict[Kind, dict[bool, int | Money]] = {}
    for eb in segments:
        kind = _kind(eb)
        amount = _amount(eb, kind) if kind else None
        if kind and amount is not None:
            found.setdefault(kind, {}).setdefault(eb[6] == REMAINING, amount)
    for kind, amounts in found.items():
        left = amounts.get(True)
        allowed = amounts.get(False, left)
        assert allowed is not None
        yield Balance(kind, allowed, None if left is None else _difference(allowed, left))


def _kind(eb: Segment) -> Kind | None:
    if eb[1] == "F":
        return "benefit" if eb[7] else "visit" if eb[9] in VISITS else None
    return KINDS.get(eb[1])


def _amount(eb: Segment, kind: Kind) -> int | Money | None:
    try:
        if kind == "visit":
            return int(Decimal(eb[10]))
        if kind == "copay-percent":
            return rounded(Decimal(eb[8]) * 10_000)
        return money_of({"value": Decimal(eb[7])})
    except InvalidOperation:
        return None


def _difference(allowed: int | Money, left: int | Money) -> int | Money | None:
    if isinstance(allowed, Money) and isinstance(left, Money):
        return allowed - left
    return allowed - left if isinstance(allowed, int) and isinstance(left, int) else None
