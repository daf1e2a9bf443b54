"""Everything that is answered under `/fhir`, on one page: http://hl7.org/fhir/R4/http.html"""

from __future__ import annotations

from starlette.routing import Route

from shared.rest import capabilities, create, delete, history, operation, read, update, validate, vread
from shared.rest.access import Listener, nobody
from shared.rest.http import Door
from shared.rest.interaction import Going, Reading, Table, Writing
from shared.rest.site import Site
from shared.service import Deployed

CREATE = Writing("create", create.prepare)
READ = Reading("read", read.prepare)
VREAD = Reading("vread", vread.prepare)
UPDATE = Writing("update", update.prepare)
CONDITIONAL_UPDATE = Writing("update", update.prepare_conditional)
DELETE = Writing("delete", delete.prepare)
CONDITIONAL_DELETE = Writing("delete", delete.prepare_conditional)
OPERATION = Writing("operation", operation.prepare)
VALIDATE = Going("operation", validate.perform)

TABLE: Table = {
    ("GET", "_history"): Reading("history-system", history.prepare),
    ("GET", "$[name]"): OPERATION,
    ("POST", "$[name]"): OPERATION,
    ("POST", "[type]"): CREATE,
    ("PUT", "[type]"): CONDITIONAL_UPDATE,
    ("DELETE", "[type]"): CONDITIONAL_DELETE,
    ("GET", "[type]/_history"): Reading("history-type", history.prepare),
    ("GET", "[type]/$[name]"): OPERATION,
    ("POST", "[type]/$[name]"): OPERATION,
    ("GET", "[type]/$validate"): VALIDATE,
    ("POST", "[type]/$validate"): VALIDATE,
    ("GET", "[type]/[id]"): READ,
    ("PUT", "[type]/[id]"): UPDATE,
    ("DELETE", "[type]/[id]"): DELETE,
    ("GET", "[type]/[id]/_history"): Reading("history-instance", history.prepare),
    ("GET", "[type]/[id]/_history/[vid]"): VREAD,
    ("GET", "[type]/[id]/$[name]"): OPERATION,
    ("POST", "[type]/[id]/$[name]"): OPERATION,
    ("GET", "[type]/[id]/$validate"): VALIDATE,
    ("POST", "[type]/[id]/$validate"): VALIDATE,
}
"""The path in FHIR's notation. `$[name]` is an operation that the service declares. `GET metadata` tells what stands here."""


def routes(deployed: Deployed, listener: Listener = nobody) -> list[Route]:
    """`/fhir` and all below it are one ASGI application with a table of its own: Starlette tries routes one by one."""
    site = Site(deployed)
    told = capabilities.interaction(TABLE, site)
    door = Door(site, {**TABLE, ("GET", "metadata"): told}, listener)
    return [Route("/fhir", door), Route("/fhir/{path:path}", door)]
