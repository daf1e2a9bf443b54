"""What FastAPI or a service's own page refuses (no such address or method, a failure of ours) is said as FHIR says it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.fhir import text
from shared.fhir.issue import Issue
from shared.fhir.refusal import Refusal, outcome
from shared.rest.media import FHIR_JSON

_CODES = {404: "not-found", 405: "not-supported"}


def refuse_in_fhir(app: Starlette) -> None:
    """Have every error of an application be an OperationOutcome."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(Exception, _failed)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(error.status_code, error.detail, _CODES.get(error.status_code, "processing"), error.headers)


async def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return Response(text.dump(error.as_fhir()), error.status, error.headers, FHIR_JSON)


async def _failed(_: Request, __: Exception) -> Response:
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong here; the log has the rest", "exception")


def _answer(status: int, said: str, code: str, headers: Mapping[str, str] | None = None) -> Response:
    body = text.dump(outcome([Issue(said, code=code, status=status)]))
    return Response(body, status, headers, FHIR_JSON)
