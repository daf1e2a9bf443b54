"""A payer that speaks X12: a 270 goes out, a 271 comes back, in the same HTTP exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.coverage.decision import Decision
from services.coverage.question import Question
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

from .core import Envelope, Sender
from .exchange import Line


@dataclass(frozen=True, slots=True)
class Language:
    """`write(question, now, sender, receiver)` makes a 270; `read(271, question)` a decision, or raises Trouble."""

    write: Callable[[Question, datetime, str, str], bytes]
    read: Callable[[bytes, Question], Decision]


class X12Payer:
    """A `Payer` at one address."""

    def __init__(self, address: str, line: Line, envelope: Envelope, sender: Sender, language: Language, clock: Clock) -> None:
        self._address = address
        self._line = line
        self._envelope = envelope
        self._sender = sender
        self._language = language
        self._clock = clock

    async def eligibility(self, question: Question) -> Decision:
        now = self._clock()
        payload = self._language.write(question, now, self._sender.sender, self._sender.receiver)
        sealed = self._envelope.seal(payload, new_id(), now, self._sender)
        answer = await self._line.post(self._address, sealed.headers, sealed.body)
        return self._language.read(self._envelope.open(answer), question)
