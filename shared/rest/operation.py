"""The service's own operations: http://hl7.org/fhir/R4/operations.html"""

from __future__ import annotations

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.refusal import Gone, MethodNotAllowed, NotFound, Unprocessable
from shared.rest.admission import admit, drafted
from shared.rest.answer import Answer, Work
from shared.rest.interaction import Writing
from shared.rest.request import Request
from shared.rest.site import Site
from shared.service import Call, Inquiry, Level, Operation
from shared.store.transaction import Transaction
from shared.store.view import View


class Operating(Writing):
    """A unit of work, or what an Inquiry does with the whole service."""

    async def perform(self, site: Site, request: Request) -> Answer:
        operation = _operation(site, request)
        if isinstance(operation, Operation):
            return await Writing.perform(self, site, request)
        call = _call(operation, request)
        if call.id:
            await site.store.view(lambda view: _exists(view, call), caller=request.caller)
        answered = await operation.run(call, site.deployed)
        return Answer(200, answered if isinstance(answered, bytes) else text.dump(answered))


def prepare(site: Site, request: Request) -> Work:
    """Find the operation and run it as one unit of work. Raises NotFound; MethodNotAllowed for a GET of what may write;
    Unprocessable for what is no unit of work."""
    operation = _operation(site, request)
    if isinstance(operation, Inquiry):
        raise Unprocessable(f"{operation.name} asks outside, so it is called by itself, not in a bundle")
    call = _call(operation, request)

    def work(tx: Transaction) -> Answer:
        if call.id:
            _exists(tx, call)
        return Answer(200, text.dump(operation.run(call, tx)), issues=tuple(tx.warnings))

    return work


def _call(operation: Operation | Inquiry, request: Request) -> Call:
    if request.method == "GET" and not operation.reads:
        raise MethodNotAllowed(f"{operation.name} is called by POST", headers={"Allow": "POST"})
    return Call(request.type, request.id, _body(request), request.pairs, request.caller)


def _operation(site: Site, request: Request) -> Operation | Inquiry:
    level: Level = "instance" if request.id else "type" if request.type else "system"
    for operation in site.service.operations:
        if (operation.name, operation.type, operation.level) == (request.operation, request.type, level):
            return operation
    raise NotFound(f"there is no operation {request.operation} at the level of the {level} here")


def _body(request: Request) -> Resource:
    """The parsed Parameters or resource, {} for no body. Numbers keep their text."""
    if request.draft is None and not request.body.strip():
        return {}
    draft = drafted(request)
    admit(draft)
    return text.load(draft.text)


def _exists(view: View, call: Call) -> None:
    current = view.current(call.type, call.id)
    if current is None:
        raise NotFound(f"{call.type}/{call.id} is not known")
    if current.deleted:
        raise Gone(f"{call.type}/{call.id} was deleted")
