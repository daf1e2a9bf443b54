"""A 271 as it is printed: the same tree as the 270's, with what was decided below each who was asked about. 005010X279A1"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.coverage.decision import Decision, Failure
from services.coverage.reasons import Reason

from .benefits import lines_of
from .inquiry import DEPENDENT, Inquiry, Level
from .segments import Printer, Segment

AT_A_DEPENDENT: Mapping[str, str] = {"72": "64", "73": "65", "75": "67"}
"""What is said of a subscriber, and how of a dependent who isn't one."""

AT_THE_RECEIVER: Final = frozenset({"43", "44", "45", "46", "47", "48", "50", "51", "97"})
AT_THE_SOURCE: Final = frozenset({"04", "41", "42", "79", "80"})
"""Reject codes (AAA03) that are about the provider, or the payer, and stand there."""

ECHOED_BEFORE_AAA: Final = ("REF", "N3", "N4")
ECHOED_AFTER_AAA: Final = ("PRV", "DMG", "INS", "HI")


@dataclass(frozen=True, slots=True)
class Answered:
    """What was decided about one level (by its HL01): a decision, or the reason why there is none."""

    decision: Decision | None = None
    rejected: Reason | None = None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What the question is rejected with; none where something could be said."""
        if self.rejected:
            return (self.rejected,)
        if self.decision is None or self.decision.insured:
            return ()
        return tuple(dict.fromkeys(map(_reason, self.decision.failures)))


def lines_271(inquiry: Inquiry, answers: Mapping[str, Answered], now: datetime, say: Printer) -> Iterator[str]:
    """Between ST and SE."""
    yield say("BHT", "0022", "11", inquiry.bht[3], now.strftime("%Y%m%d"), now.strftime("%H%M"))
    number = 0

    def level(found: Level, parent: int) -> Iterator[str]:
        nonlocal number
        number += 1
        mine = number
        yield say("HL", str(mine), str(parent) if parent else "", found.kind, "1" if found.children else "0")
        yield from _level(found, answers, say)
        for child in found.children:
            yield from level(child, mine)

    for source in inquiry.sources:
        yield from level(source, 0)


def _level(level: Level, answers: Mapping[str, Answered], say: Printer) -> Iterator[str]:
    answered = answers.get(level.hl[1])
    if level.kind not in ("22", DEPENDENT):
        yield _echo(level.name, say)
        yield from (_echo(each, say) for each in level.segments if each.id in ("REF", "N3", "N4"))
        yield from _rejections(_above(level, answers), say)
        yield from (_echo(each, say) for each in level.segments if each.id == "PRV")
        return
    yield from (say("TRN", "2", each[2], each[3], each[4]) for each in level.all("TRN"))
    yield _echo(level.name, say)
    yield from (_echo(each, say) for each in level.segments if each.id in ECHOED_BEFORE_AAA)
    if answered:
        yield from _rejections(_here(level, answered), say)
    yield from (_echo(each, say) for each in level.segments if each.id in ECHOED_AFTER_AAA)
    if answered and answered.decision and answered.decision.insured:
        yield from lines_of(answered.decision, say)


def _above(level: Level, answers: Mapping[str, Answered]) -> Sequence[tuple[str, Reason]]:
    """What is said at the payer or the provider: where it is so of everybody below them who was asked about."""
    codes = AT_THE_SOURCE if level.kind == "20" else AT_THE_RECEIVER
    below = [answers[each.hl[1]] for each in _descendants(level) if each.hl[1] in answers]
    every = [{reason for reason in each.reasons if reason.reject in codes} for each in below]
    common = set.intersection(*every) if every else set()
    return [(reason.reject, reason) for reason in sorted(common, key=lambda each: each.code)]


def _here(level: Level, answered: Answered) -> Sequence[tuple[str, Reason]]:
    pairs = [(reason.reject, reason) for reason in answered.reasons if reason.reject]
    if level.kind == DEPENDENT:
        return [(AT_A_DEPENDENT.get(code, code), reason) for code, reason in pairs]
    return pairs


def _rejections(reasons: Sequence[tuple[str, Reason]], say: Printer) -> Iterator[str]:
    for code, follow_up in dict.fromkeys((code, reason.follow_up) for code, reason in reasons):
        yield say("AAA", "N", "", code, follow_up)


def _descendants(level: Level) -> Iterator[Level]:
    for child in level.children:
        yield child
        yield from _descendants(child)


def _reason(failure: Failure) -> Reason:
    return failure.reason


def _echo(segment: Segment, say: Printer) -> str:
    return say(segment.id, *segment.elements)
