"""A 271 of a payer outside, read as a decision on the question that was asked. 005010X279A1"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from services.coverage.days import ALWAYS, Days
from services.coverage.decision import Decision, Failure, Insured
from services.coverage.payers.payer import Trouble
from services.coverage.question import Policy, Question
from services.coverage.reasons import ADVICE, FAILURES, NOT_IN_FORCE, Reason
from shared.fhir.refusal import Malformed

from .asked import days_of
from .informed import items_of
from .inquiry import DEPENDENT, SUBSCRIBER, Level, levels_of
from .interchange import ANSWERS, Group, Interchange, TransactionSet
from .interchange import read as read_interchange
from .segments import Segment
from .writing import trace

IN_FORCE, NOT_ANY_MORE = frozenset("1234"), frozenset("678")
"""EB01."""

BEGINS, ENDS, LASTS = ("346", "356", "348"), ("347", "357", "349"), ("291", "307")
"""DTP01."""

SAME_AS = {"64": "72", "65": "73", "67": "75"}
"""Reject codes of a dependent, and the subscriber's that mean the same."""


def read(data: bytes, question: Question) -> Decision:
    """Raises Trouble for what is no answer, refuses the question, or is about somebody else."""
    interchange = _interchange(data)
    _be_no_refusal(interchange)
    sets = [found for group in interchange.groups if group.gs[1] == ANSWERS.group for found in group.sets]
    if not sets or any(found.faults for found in sets):
        raise Trouble("payer-broken", "the 271 is not whole")
    policies = question.policies or (Policy(),)
    parts = [_of_policy(policy, place, question, sets, interchange) for place, policy in enumerate(policies)]
    insured = tuple(part for part in parts if isinstance(part, Insured))
    failures = tuple(part for part in parts if isinstance(part, Failure))
    return Decision(insured, failures, tuple(_advice(insured, failures)))


def _interchange(data: bytes) -> Interchange:
    try:
        interchange = read_interchange(data, ANSWERS)
    except Malformed as error:
        raise Trouble("payer-broken", str(error)) from None
    if interchange.note != "000":
        raise Trouble("payer-broken", f"the interchange is broken (TA105 {interchange.note})")
    return interchange


def _be_no_refusal(interchange: Interchange) -> None:
    if interchange.ta1 is not None and interchange.ta1[4] == "R":
        raise Trouble("payer-refused", f"TA1 {interchange.ta1[5]}")
    for group in interchange.groups:
        if group.gs[1] == "FA":
            raise Trouble("payer-refused", f"999: {'; '.join(_said_by_999(group))}"[:500])


def _said_by_999(group: Group) -> Iterator[str]:
    for found in group.sets:
        for each in found.segments:
            if each.id in ("IK3", "IK4", "IK5", "AK9"):
                yield " ".join((each.id, *filter(None, each.elements)))


def _of_policy(
    policy: Policy, place: int, question: Question, sets: Sequence[TransactionSet], interchange: Interchange
) -> Insured | Failure:
    asked = trace(question, place)
    for found in sets:
        above: dict[str, Segment] = {}
        subscriber: Level | None = None
        for level in levels_of(found.segments):
            if level.kind == SUBSCRIBER:
                subscriber = level
            if rejection := level.first("AAA"):
                above[level.kind] = rejection
            if level.kind in (SUBSCRIBER, DEPENDENT) and any(each[2] == asked for each in level.all("TRN")):
                _be_the_same(policy, question, level, subscriber or level)
                rejected = next((above[kind] for kind in (level.kind, SUBSCRIBER, "21", "20") if kind in above), None)
                if rejected is not None and level.first("EB") is None:
                    return _failure(rejected, policy)
                return _insured(policy, question, level, interchange)
            above.pop(DEPENDENT, None)
        if rejection_above := above.get("20") or above.get("21"):
            return _failure(rejection_above, policy)
    raise Trouble("payer-broken", "the 271 answers another question: it has not our trace number")


def _be_the_same(policy: Policy, question: Question, level: Level, subscriber: Level) -> None:
    """Raises Trouble for an answer about another member."""
    born = level.first("DMG")
    said, ours = (born[2] if born else ""), question.patient.birth_date.replace("-", "")
    differs = _bare(subscriber.name[9]) not in ("", _bare(policy.number)) and policy.number
    if differs or (said and ours and said != ours):
        raise Trouble("other-member", "the 271 has another member's number or date of birth")


def _bare(number: str) -> str:
    return "".join(each for each in number.upper() if each.isalnum())


def _failure(rejection: Segment, policy: Policy) -> Failure:
    return Failure(_reason(rejection[3]), policy.reference, f"AAA {rejection[3]} {rejection[4]}".strip())


def _reason(code: str) -> Reason:
    same = SAME_AS.get(code, code)
    known = (each for each in FAILURES.values() if each.reject == same and not each.code.startswith(("payer-", "benefits-")))
    return next(known, FAILURES["payer-unable"])


def _insured(policy: Policy, question: Question, level: Level, interchange: Interchange) -> Insured:
    blocks = list(_blocks(level.segments))
    active = [block[0] for block in blocks if block[0][1] in IN_FORCE]
    ended = [block[0] for block in blocks if block[0][1] in NOT_ANY_MORE]
    days = _lasts([*level.segments])
    in_force = bool(active) or (not ended and bool(blocks))
    return Insured(
        policy=policy,
        in_force=in_force,
        why=None if in_force else NOT_IN_FORCE["not-begun" if days.first > question.days.last else "ended"],
        days=days,
        plan=next((each[5] for each in [*active, *ended] if each[5]), ""),
        items=tuple(items_of(blocks, question.wanted, interchange.separators)) if in_force else (),
    )


def _blocks(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Every EB with what hangs on it."""
    number = 0
    numbered: list[tuple[int, Segment]] = []
    for each in segments:
        number += each.id == "EB"
        numbered.append((number, each))
    for place, block in groupby(numbered, key=lambda pair: pair[0]):
        if place:
            yield [each for _, each in block]


def _lasts(segments: Sequence[Segment]) -> Days:
    days = ALWAYS
    for each in segments:
        found = days_of(each) if each.id == "DTP" else None
        if found is None:
            continue
        if each[1] in BEGINS and days.first == ALWAYS.first:
            days = Days(found.first, days.last)
        elif each[1] in ENDS and days.last == ALWAYS.last:
            days = Days(days.first, found.last)
        elif each[1] in LASTS and days == ALWAYS and not found.is_one:
            days = found
    return days


def _advice(insured: Sequence[Insured], failures: Sequence[Failure]) -> Iterator[Reason]:
    in_force = [each for each in insured if each.in_force]
    if not in_force:
        yield from [each.why for each in insured if each.why][:1] or [each.reason for each in failures][:1]
        return
    items = [item for each in in_force for item in each.items]
    if items and not any(item.covered for item in items):
        yield ADVICE["not-covered"]
    elif any(item.needs_authorization for item in items):
        yield ADVICE["needs-authorization"]
    elif any((balance := item.balance("visit")) and balance.remaining == 0 for item in items):
        yield ADVICE["used-up"]
    else:
        yield ADVICE["covered" if items else "in-force"]
