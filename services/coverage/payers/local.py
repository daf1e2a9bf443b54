"""The payer that is this service: benefits that are held here."""

from __future__ import annotations

from services.coverage.deciding import decide
from services.coverage.decision import Decision
from services.coverage.members import member_of
from services.coverage.question import Question
from shared.store.store import Store


class LocalPayer:
    """A `Payer` whose InsurancePlans are in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def eligibility(self, question: Question) -> Decision:
        return await self._store.view(lambda view: decide(question, member_of(question, view)))
