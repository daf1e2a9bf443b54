"""How a service stands with the payers: a word, the visits that are left and until when, and a sentence for the plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from shared.fhir.issue import Resource

from .authorizations import NO_LAST_DAY, Authorization, authorizations, last_of

UNKNOWN: Final = "unknown"
COVERED: Final = "covered"
NOT_COVERED: Final = "not covered"
NEEDED: Final = "authorization needed"
PENDING: Final = "authorization pending"
DENIED: Final = "authorization denied"
APPROVED: Final = "approved"


@dataclass(frozen=True, slots=True)
class Standing:
    """`visits` and `used` are of all that was approved; `left` of what can still take place, `until` then. None: not limited."""

    word: str
    visits: int | None = None
    used: int | None = None
    left: int | None = None
    until: date | None = None

    @property
    def sentence(self) -> str:
        """In the plan's words: `Approved: 4 of 6 visits left, until 9 September 2026`."""
        said = self.word.capitalize()
        if self.word in (APPROVED, NEEDED) and self.visits:
            said += f": {self.left or 'none'} of {self.visits} visits left"
        elif self.left is not None:
            said += f": {self.left} {'visit' if self.left == 1 else 'visits'} to come"
        return said + (f", until {self.until.day} {self.until:%B %Y}" if self.until else "")


def standing(answers: Iterable[Resource], decisions: Iterable[Resource], today: date, to_come: int | None = None) -> Standing:
    """From CoverageEligibilityResponses and the ClaimResponses of preauthorizations, of one service.

    `to_come`: visits that the plan wants and that have not taken place; None where it says no number.
    """
    insurances = [each for answer in answers if answer["outcome"] in ("complete", "partial") for each in _said(answer, today)]
    if not insurances:
        return Standing(UNKNOWN)
    covering = [(item, last) for items, last in insurances for item in items if not item.get("excluded")]
    if not covering:
        return Standing(NOT_COVERED)
    free = [last for item, last in covering if not item.get("authorizationRequired")]
    if free:
        return Standing(COVERED, left=to_come, until=_day(max(free)))
    return _authorized(authorizations(decisions), today, to_come)


def _said(answer: Resource, today: date) -> list[tuple[list[Resource], date]]:
    """The items of each insurance, all excluded where it is not in force (any more), and the last day that they are for."""
    said = []
    for each in answer.get("insurance", ()):
        last = last_of(each.get("benefitPeriod"))
        in_force = each.get("inforce") and today <= last
        items = [item if in_force else item | {"excluded": True} for item in each.get("item", ())]
        if items:
            said.append((items, last))
    return said


def _authorized(known: list[Authorization], today: date, to_come: int | None) -> Standing:
    granted = [each for each in known if each.approved]
    in_hand = [each for each in granted if each.is_in_hand(today)]
    return Standing(
        _word(known, granted, in_hand, to_come),
        visits=sum(each.approved for each in granted) or None,
        used=sum(each.used for each in granted) if granted else None,
        left=sum(each.left for each in in_hand) if granted else None,
        until=_day(max((each.last for each in in_hand or granted), default=NO_LAST_DAY)),
    )


def _word(known: list[Authorization], granted: list[Authorization], in_hand: list[Authorization], to_come: int | None) -> str:
    if in_hand or (granted and to_come == 0):
        return APPROVED
    if any(each.outcome == "queued" for each in known):
        return PENDING
    if granted or not known or all(each.outcome == "error" for each in known):
        return NEEDED
    return DENIED


def _day(day: date) -> date | None:
    return None if day == NO_LAST_DAY else day
