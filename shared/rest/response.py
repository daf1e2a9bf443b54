"""Makes HTTP of an Answer: status, headers, the body that the client prefers. http://hl7.org/fhir/R4/http.html#return"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from starlette.types import Send

from shared.fhir import text
from shared.fhir.issue import Issue
from shared.fhir.refusal import Refusal, outcome
from shared.rest import precondition
from shared.rest.answer import Answer
from shared.rest.pretty import pretty
from shared.rest.request import Request

_BODILESS = frozenset({204, 304})


def refused(refusal: Refusal) -> Answer:
    return Answer(refusal.status, issues=refusal.issues, headers=refusal.headers)


def failed(request_id: str) -> Answer:
    """What nobody foresaw. The log has the rest, under the same id."""
    return Answer(500, issues=(Issue(f"something went wrong here; it is logged as request {request_id}", code="exception"),))


async def send_answer(send: Send, request: Request, answer: Answer) -> None:
    body = body_of_answer(request, answer)
    if body and request.last("_pretty") == "true":
        body = pretty(body)
    headers = [
        (b"x-request-id", request.cause.id.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    if answer.status in _BODILESS:
        headers.pop()
    if body:
        headers.append((b"content-type", request.format.encode()))
    headers += version_headers(request, answer)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


def body_of_answer(request: Request, answer: Answer) -> bytes:
    """The resource, nothing, or an OperationOutcome, as `Prefer: return` wants it where the answer leaves the choice."""
    if answer.status in _BODILESS:
        return b""
    if not answer.negotiable:
        return answer.text or text.dump(outcome(answer.issues))
    match request.prefer.returns:
        case "minimal":
            return b""
        case "OperationOutcome":
            return text.dump(outcome(answer.issues))
        case _:
            return answer.text


def version_headers(request: Request, answer: Answer) -> Iterable[tuple[bytes, bytes]]:
    version = answer.version
    if version is not None:
        yield b"etag", precondition.etag(version).encode()
        yield b"last-modified", precondition.last_modified(version).encode()
        if answer.located:
            yield b"location", f"{request.base}/{version.reference}/_history/{version.number}".encode("latin-1", "replace")
    for name, value in answer.headers.items():
        yield name.lower().encode("latin-1"), value.encode("latin-1", "replace")
    if answer.status < HTTPStatus.BAD_REQUEST:
        for issue in answer.issues:
            yield b"warning", _warning(issue)


def _warning(issue: Issue) -> bytes:
    """RFC 7234, 5.5: where the body is a resource, or none, what rules warn of has no other place."""
    said = " ".join(issue.message.split()).replace("\\", "/").replace('"', "'")
    return f'199 - "{said}"'.encode("ascii", "replace")
