"""Everything that is answered under `/fhir`, on one page: http://hl7.org/fhir/R4/http.html"""

from __future__ import annotations

from starlette.routing import Route

from shared.fhir import gate
from shared.rest import (
    bundles,
    capabilities,
    create,
    delete,
    history,
    operation,
    patch,
    read,
    search,
    update,
    validate,
    vread,
)  # fmt: skip
from shared.rest.access import Listener, nobody
from shared.rest.http import Door
from shared.rest.interaction import Going, Reading, Table, Writing
from shared.rest.site import Site
from shared.service import Deployed

CREATE = Writing("create", create.prepare)
READ = Reading("read", read.prepare, once=True)
VREAD = Reading("vread", vread.prepare, once=True)
UPDATE = Writing("update", update.prepare)
CONDITIONAL_UPDATE = Writing("update", update.prepare_conditional)
PATCH = Writing("patch", patch.prepare)
CONDITIONAL_PATCH = Writing("patch", patch.prepare_conditional)
DELETE = Writing("delete", delete.prepare)
CONDITIONAL_DELETE = Writing("delete", delete.prepare_conditional)
SEARCH = Reading("search-type", search.prepare)
POSTED_SEARCH = Reading("search-type", search.prepare_posted)
SYSTEM_SEARCH = Reading("search-system", search.prepare)
POSTED_SYSTEM_SEARCH = Reading("search-system", search.prepare_posted)
OPERATION = operation.Operating("operation", operation.prepare, about_copies=True)
VALIDATE = Going("operation", validate.perform)

TABLE: Table = {
    ("GET", ""): SYSTEM_SEARCH,
    ("GET", "_search"): SYSTEM_SEARCH,
    ("POST", "_search"): POSTED_SYSTEM_SEARCH,
    ("GET", "_history"): Reading("history-system", history.prepare),
    ("GET", "$[name]"): OPERATION,
    ("POST", "$[name]"): OPERATION,
    ("GET", "[type]"): SEARCH,
    ("POST", "[type]"): CREATE,
    ("GET", "[type]/_search"): SEARCH,
    ("POST", "[type]/_search"): POSTED_SEARCH,
    ("PUT", "[type]"): CONDITIONAL_UPDATE,
    ("PATCH", "[type]"): CONDITIONAL_PATCH,
    ("DELETE", "[type]"): CONDITIONAL_DELETE,
    ("GET", "[type]/_history"): Reading("history-type", history.prepare),
    ("GET", "[type]/$[name]"): OPERATION,
    ("POST", "[type]/$[name]"): OPERATION,
    ("GET", "[type]/$validate"): VALIDATE,
    ("POST", "[type]/$validate"): VALIDATE,
    ("GET", "[type]/[id]"): READ,
    ("PUT", "[type]/[id]"): UPDATE,
    ("PATCH", "[type]/[id]"): PATCH,
    ("DELETE", "[type]/[id]"): DELETE,
    ("GET", "[type]/[id]/_history"): Reading("history-instance", history.prepare),
    ("GET", "[type]/[id]/_history/[vid]"): VREAD,
    ("GET", "[type]/[id]/$[name]"): OPERATION,
    ("POST", "[type]/[id]/$[name]"): OPERATION,
    ("GET", "[type]/[id]/$validate"): VALIDATE,
    ("POST", "[type]/[id]/$validate"): VALIDATE,
}
"""The path in FHIR's notation. `$[name]` is an operation that the service declares.
`POST` of a bundle to the base does its entries by this table, `GET metadata` tells what stands in it."""


def routes(deployed: Deployed, listener: Listener = nobody) -> list[Route]:
    """`/fhir` and all below it are one ASGI application with a table of its own: Starlette tries routes one by one."""
    fhir = door(deployed, listener)
    return [Route("/fhir", fhir), Route("/fhir/{path:path}", fhir)]


def door(deployed: Deployed, listener: Listener = nobody) -> Door:
    """The ASGI application itself, for who wants nothing around it."""
    site = Site(deployed, listener)
    gate.prepare(site.owned | {"Bundle", "Parameters"})
    table = dict(TABLE)
    table["POST", ""] = bundles.interaction(table)
    table["GET", "metadata"] = capabilities.interaction(table, site)
    return Door(site, table)
