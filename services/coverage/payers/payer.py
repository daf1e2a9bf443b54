"""What every payer promises, wherever it is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from services.coverage.decision import Decision, failed
from services.coverage.question import Question
from services.coverage.reasons import FAILURES


class Payer(Protocol):
    """Somebody who can be asked what is covered. The contract suite (tests/services/coverage/payers) runs over every kind."""

    async def eligibility(self, question: Question) -> Decision:
        """Asks once and changes nothing there, so it may be asked again.

        What the payer says in its own words (an unknown member, a service that isn't covered) is a Decision. Raises Trouble
        when it says nothing that can be understood, or nothing about the one who was asked about.
        """


@runtime_checkable
class Authorizes(Protocol):
    """A payer that decides requests for authorization too."""

    async def authorization(self, operation: str, body: bytes) -> bytes:
        """Sends a PAS bundle once, and answers what came back. Raises Trouble."""


class Trouble(Exception):
    """A payer could not be asked. `code` is one of FAILURES, `detail` is for those who run this.

    `arrived`: the payer may have got it, so what could book twice is not sent again. `passing`: another try may help.
    """

    def __init__(self, code: str, detail: str = "", *, arrived: bool = True, passing: bool = False) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.arrived = arrived
        self.passing = passing

    def as_decision(self, about: str = "") -> Decision:
        return failed(FAILURES[self.code], about, self.detail)
