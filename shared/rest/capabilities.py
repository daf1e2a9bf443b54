"""capabilities: http://hl7.org/fhir/R4/http.html#capabilities"""

from __future__ import annotations

from functools import lru_cache

from shared.fhir import text
from shared.fhir.capability import Invocable, Serving, statement
from shared.fhir.refusal import Malformed
from shared.rest import media
from shared.rest.answer import Answer
from shared.rest.interaction import Going, Reading, Table
from shared.rest.request import Request
from shared.rest.site import Site

_ADDRESSES = 16
"""Names under which one service may be reached; the statement of each is kept."""


def interaction(table: Table, site: Site) -> Going:
    """The interaction that tells what is in the table. The statement is made once for each address of the service."""
    serving = _serving(table, site)

    @lru_cache(maxsize=_ADDRESSES)
    def at(base: str) -> bytes:
        return text.dump(statement(serving, base))

    async def perform(_: Site, request: Request) -> Answer:
        mode = request.last("mode")
        if mode not in (None, "full", "normative"):
            raise Malformed(f"mode={mode} is not served; this is no terminology service")
        return Answer(200, request.subset.of(at(request.base)))

    return Going("capabilities", perform)


def _serving(table: Table, site: Site) -> Serving:
    operations = tuple(Invocable(each.type, each.name, each.about) for each in site.service.operations)
    return Serving(
        service=site.service.name,
        owned=tuple(owned.name for owned in site.service.keeps),
        owners={type: f"{site.service.directory.owner(type)}, {site.address_of(type)}" for type in site.service.follows},
        interactions={place: each.name for place, each in table.items()},
        reading=frozenset(each.name for each in table.values() if isinstance(each, Reading)),
        operations=tuple(dict.fromkeys(operations))
        + tuple(Invocable(owned.name, "$validate", _VALIDATE) for owned in site.service.keeps),
        patch_formats=(media.JSON_PATCH, media.FHIR_JSON, media.MERGE_PATCH, media.JSON),
        notes=_NOTES + (_FOREIGN if site.service.takes_foreign_bundles else ()),
    )


_VALIDATE = "The gate, the rules of this service, and the typed models as a second opinion."
_NOTES = ("A search by near is not served. A Subscription is kept, but nothing is sent for it yet.",)
_FOREIGN = ("A transaction or collection may hold resources of other services; they are handed over (202 Accepted).",)
