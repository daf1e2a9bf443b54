"""The payer's decision on one item: pure, from the rules and what is known of the coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .codes import Action
from .criteria import RULES, Rule, Rules, rule_for
from .requested import Facts, Item

By = Literal["rules", "guidance", "person", "time", "payer"]


@dataclass(frozen=True, slots=True)
class Known:
    """`refusal` is why the coverage pays for nothing of the kind ("" if it does), `free` whether it pays without being asked,
    `guided` whether the payer's own guidance (CRD) has said so."""

    facts: Facts
    refusal: str = ""
    free: bool = False
    guided: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`visits` are granted for `days` from now; of a pended item those that stay granted until it is decided."""

    action: Action
    visits: int
    days: int
    reason: str
    by: By = "rules"
    rule: Rule | None = None


def decide(item: Item, known: Known, granted: int = 0, rules: Rules = RULES) -> Verdict:
    """`granted` are visits of the same service that were approved before: nobody loses them by asking for more."""
    if item.cancelled:
        return Verdict("C", 0, 0, "Cancelled by who asked.")
    if known.refusal:
        return Verdict("A3", 0, 0, known.refusal)
    if known.free:
        return approved(item, None, 365, "The plan pays for this without an authorization.")
    if known.guided:
        return approved(item, None, 90, "Approved as the guidance has said.", by="guidance")
    return by_rule(item, rule_for(item, known.facts, rules), granted)


def appealed(item: Item, granted: int) -> Verdict:
    """What was refused and is contested is looked at by somebody else than the rules."""
    return (
        Verdict("C", 0, 0, "Cancelled by who asked.")
        if item.cancelled
        else Verdict("A4", granted, 0, "A reviewer looks at the appeal.")
    )


def by_rule(item: Item, rule: Rule, granted: int = 0, by: By = "rules") -> Verdict:
    if rule.decision == "pend":
        return Verdict("A4", min(granted, item.visits), 0, rule.reason, by, rule)
    if rule.decision == "deny":
        return denied(item, rule.reason, granted, by)
    return approved(item, rule.visits, rule.days, rule.reason, granted, by)


def approved(item: Item, visits: int | None, days: int, reason: str, granted: int = 0, by: By = "rules") -> Verdict:
    """In total, or modified: fewer visits than were asked for. None: all of them."""
    number = item.visits if visits is None else min(item.visits, max(visits, granted))
    return Verdict("A1" if number == item.visits else "A6" if number else "A3", number, days, reason, by)


def denied(item: Item, reason: str, granted: int = 0, by: By = "rules") -> Verdict:
    kept = min(granted, item.visits)
    if kept == item.visits and kept:
        return Verdict("A1", kept, 0, reason, by)
    return Verdict("A6" if kept else "A3", kept, 0, reason, by)
