"""Everything that is answered under `/fhir`, on one page: http://hl7.org/fhir/R4/http.html"""

from __future__ import annotations

from starlette.routing import Route

from shared.rest import create, delete, read, update, vread
from shared.rest.access import Listener, nobody
from shared.rest.http import Door, Table
from shared.rest.interaction import Reading, Writing
from shared.rest.site import Site
from shared.service import Deployed

TABLE: Table = {
    ("POST", "[type]"): Writing("create", create.prepare),
    ("GET", "[type]/[id]"): Reading("read", read.prepare),
    ("PUT", "[type]/[id]"): Writing("update", update.prepare),
    ("DELETE", "[type]/[id]"): Writing("delete", delete.prepare),
    ("GET", "[type]/[id]/_history/[vid]"): Reading("vread", vread.prepare),
}


def routes(deployed: Deployed, listener: Listener = nobody) -> list[Route]:
    """`/fhir` and all below it are one ASGI application with a table of its own: Starlette tries routes one by one."""
    door = Door(Site(deployed), TABLE, listener)
    return [Route("/fhir", door), Route("/fhir/{path:path}", door)]
