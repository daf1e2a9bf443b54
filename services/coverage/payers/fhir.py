"""A payer that speaks FHIR: `CoverageEligibilityRequest/$submit`, with all that it must know contained in the request."""

from __future__ import annotations

from typing import Final

from services.coverage.decision import Decision
from services.coverage.question import Question
from shared.fhir import text
from shared.kernel.clock import Clock

from .exchange import Answer, Line, accepted
from .fhir_answer import decision_from
from .fhir_request import request_from
from .smart import Tokens

SUBMIT: Final = "CoverageEligibilityRequest/$submit"
_FHIR: Final = "application/fhir+json"
_UNAUTHORIZED: Final = 401


class FhirPayer:
    """A `Payer` at a FHIR base."""

    def __init__(self, base: str, line: Line, tokens: Tokens, clock: Clock) -> None:
        self._base = base.rstrip("/")
        self._line = line
        self._tokens = tokens
        self._clock = clock

    async def eligibility(self, question: Question) -> Decision:
        parameter = {"name": "resource", "resource": request_from(question, self._clock())}
        body = text.dump({"resourceType": "Parameters", "parameter": [parameter]})
        return decision_from(await self._said(SUBMIT, body), question)

    async def authorization(self, operation: str, body: bytes) -> bytes:
        """`Claim/$submit` or `Claim/$inquire` (PAS): a bundle out, what is said comes back as it came. Raises Trouble."""
        return await self._said(operation, body)

    async def _said(self, operation: str, body: bytes) -> bytes:
        answer = await self._post(operation, body)
        if answer.status == _UNAUTHORIZED:
            self._tokens.forget()
            answer = await self._post(operation, body)
        return accepted(answer)

    async def _post(self, operation: str, body: bytes) -> Answer:
        headers = {"Content-Type": _FHIR, "Accept": _FHIR, **await self._tokens.header()}
        return await self._line.post(f"{self._base}/{operation}", headers, body)
