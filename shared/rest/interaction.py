"""The three kinds of interaction. Each is prepared outside of the store (parsing, the gate), then meets it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.rest.answer import Answer, Look, Work
from shared.rest.request import Request
from shared.rest.site import Site

LARGE: Final = 256 * 1024
"""A body of more bytes is parsed and checked beside the event loop, so that nobody else waits for it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An interaction that needs one look at the store, for one point read where it says `once`.

    Of the whole system (no type) it may look at all.
    """

    name: str
    prepare: Callable[[Site, Request], Look]
    once: bool = False

    async def perform(self, site: Site, request: Request) -> Answer:
        if request.type:
            site.may_read(request.type)
        return await site.store.view(self.prepare(site, request), caller=request.caller, once=self.once)


@dataclass(frozen=True, slots=True)
class Writing:
    """An interaction that is one unit of work. `about_copies`: of a followed type too, as an operation may be."""

    name: str
    prepare: Callable[[Site, Request], Work]
    about_copies: bool = False

    async def perform(self, site: Site, request: Request) -> Answer:
        if request.type:
            (site.may_read if self.about_copies else site.may_write)(request.type)
        if len(request.body) > LARGE:
            work = await asyncio.to_thread(self.prepare, site, request)
        else:
            work = self.prepare(site, request)
        foresees = ((request.type, request.id),) if request.id else ()
        return await site.store.unit(work, caller=request.caller, cause=request.cause, foresees=foresees)


@dataclass(frozen=True, slots=True)
class Going:
    """An interaction that has its own way with the store: none, or several units of work."""

    name: str
    go: Callable[[Site, Request], Awaitable[Answer]]

    async def perform(self, site: Site, request: Request) -> Answer:
        return await self.go(site, request)


Interaction = Reading | Writing | Going
"""`name` is its code in http://hl7.org/fhir/R4/valueset-restful-interaction.html. `perform` raises a Refusal."""


Table = Mapping[tuple[str, str], Interaction]
"""(method, shape of the path: shared.rest.place) → what is done there. `routes` writes it down."""
