"""An interchange of 270s in, one of 271s out; with a 999 for what is malformed in it, or a TA1 where all is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog

from services.coverage.reasons import FAILURES
from shared.service import Deployed
from shared.store.view import View

from . import acknowledgment, member
from .asked import Asked, Rejected, asked
from .control import ControlNumbers
from .envelope import Address, Sending, printed
from .inquiry import Inquiry, Level, faults, inquiry_of
from .interchange import Group, Interchange, read
from .reply import Answered, lines_271
from .segments import Printer, Separators

log = structlog.get_logger()

ANSWERED, REJECTED, REFUSED = "answered", "rejected", "refused"
"""What became of an interchange: every 270 got its 271; some or all a 999; a TA1."""

UNABLE: Final = Answered(rejected=FAILURES["payer-unable"])


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes
    outcome: str


async def reply_to(data: bytes, deployed: Deployed, numbers: ControlNumbers) -> Reply:
    """Raises Malformed for what is no interchange at all."""
    interchange = read(data)
    say = Printer(interchange.separators) if interchange.note == "000" else Printer()
    now = deployed.clock()
    address, control = _back(interchange), await numbers.next()
    if interchange.note != "000":
        ta1 = acknowledgment.ta1(interchange, say)
        return Reply(printed(address, say.separators, control, now, (), ta1), REFUSED)
    groups: list[Sending] = []
    for group in interchange.groups:
        groups += await _answer(group, say, deployed)
    outcome = REJECTED if any(each.kind == "FA" for each in groups) else ANSWERED
    return Reply(printed(address, say.separators, control, now, groups), outcome)


async def _answer(group: Group, say: Printer, deployed: Deployed) -> list[Sending]:
    """A group of 271s for the sets that are whole; a 999 where one isn't."""
    wrong = [[] if group.faults else faults(found) for found in group.sets]
    good = [] if group.faults else [inquiry_of(found) for found, bad in zip(group.sets, wrong, strict=True) if not bad]
    now = deployed.clock()
    replies = [list(lines_271(each, await _decided(each, say.separators, deployed), now, say)) for each in good]
    sending = [Sending("HB", "271", group.gs[8], replies)] if replies else []
    if group.faults or any(wrong):
        sending.append(Sending("FA", "999", acknowledgment.GUIDE, [list(acknowledgment.lines_999(group, wrong, say))]))
    return sending


async def _decided(inquiry: Inquiry, separators: Separators, deployed: Deployed) -> Mapping[str, Answered]:
    """By HL01: whatever goes wrong here, who asked hears that the payer can't answer now."""
    answers, questions = _read(inquiry, deployed.clock().date(), separators)

    def look(view: View) -> dict[str, Answered]:
        return {hl: Answered(member.answer(each.question, view)) for hl, each in questions.items()}

    try:
        return answers | await deployed.store.view(look)
    except Exception:
        log.exception("a 270 could not be answered", trace=inquiry.bht[3])
        return answers | dict.fromkeys(questions, UNABLE)


def _read(inquiry: Inquiry, today: date, separators: Separators) -> tuple[dict[str, Answered], dict[str, Asked]]:
    answers: dict[str, Answered] = {}
    questions: dict[str, Asked] = {}
    for source in inquiry.sources:
        for receiver in source.children:
            for subscriber in receiver.children:
                for level in (subscriber, *subscriber.children):
                    if level.asks:
                        _sort_in(level, (source, receiver, subscriber), today, separators, answers, questions)
    return answers, questions


def _sort_in(
    level: Level,
    parents: tuple[Level, Level, Level],
    today: date,
    separators: Separators,
    answers: dict[str, Answered],
    questions: dict[str, Asked],
) -> None:
    try:
        questions[level.hl[1]] = asked(level, parents, today, separators)
    except Rejected as rejected:
        answers[level.hl[1]] = Answered(rejected=rejected.reason)


def _back(interchange: Interchange) -> Address:
    """From the receiver to the sender."""
    isa, gs = interchange.isa, interchange.groups[0].gs if interchange.groups else None
    return Address(
        sender=(isa[7], isa[8]),
        receiver=(isa[5], isa[6]),
        sender_code=gs[3] if gs else "",
        receiver_code=gs[2] if gs else "",
        usage=isa[15] if isa[15] in ("P", "T") else "P",
    )
