"""A service is a value: what it owns, follows, reacts to and answers. `shared.runtime` makes an application of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from starlette.routing import BaseRoute

from shared.events.event import Event
from shared.fhir import types as fhir
from shared.fhir.caller import LOCAL, Caller
from shared.fhir.change import Announcement, Change, Rule
from shared.fhir.issue import Resource
from shared.kernel.clock import Clock
from shared.kernel.meter import Meter, Meters
from shared.kernel.settings import Settings
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Timer

Reaction = Callable[[Event, Transaction], None]
"""What a service does when something happened elsewhere. Runs once for each event, in one unit of work."""

Due = Callable[[Timer, Transaction], None]
"""What is done when a timer fires. Runs once for each timer, in one unit of work."""

Level = Literal["system", "type", "instance"]


@dataclass(frozen=True, slots=True)
class Owned:
    """A resource type that this service is the source of truth for.

    `type` is a TypedDict of shared.fhir.types (its name is the FHIR type). `then` is what else the same unit of work does
    on every write of it, deletions included, through whichever door it came. What is not `told` is no event.
    """

    type: type
    rules: tuple[Rule, ...] = ()
    announces: tuple[Announcement, ...] = ()
    then: Callable[[Change[Any], Transaction], None] | None = None
    told: bool = True

    @property
    def name(self) -> str:
        return self.type.__name__


OF_ITS_OWN: Final = (Owned(fhir.AuditEvent, told=False), Owned(fhir.Provenance, told=False), Owned(fhir.Subscription, told=False))
"""What every service keeps about itself. Each has its own, so they stand in no directory, and nobody else is told."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operation that was invoked: on what, with which parameters (the body's resource and the query's pairs), by whom."""

    type: str
    id: str
    body: Resource
    query: tuple[tuple[str, str], ...] = ()
    caller: Caller = LOCAL

    def parameter(self, name: str) -> Any:
        """The value (or resource) of the named parameter, from the Parameters body or the query; None if absent."""
        for entry in self.body.get("parameter", ()):
            if entry.get("name") == name:
                return next((value for key, value in entry.items() if key != "name"), None)
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class Operation:
    """`POST /fhir/<type>[/<id>]/<name>`: a unit of work that answers a resource. `about` is its documentation.

    One that only `reads` may be called by GET too.
    """

    type: str
    name: str
    run: Callable[[Call, Transaction], Resource]
    level: Level = "instance"
    about: str = ""
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An operation that asks somebody outside before it answers, or needs several units of work: it has the whole service.

    Otherwise as an Operation; what it answers may be a stored text. A bundle can't hold one, as a unit of work doesn't wait
    for others.
    """

    type: str
    name: str
    run: Callable[[Call, Deployed], Awaitable[Resource | bytes]]
    level: Level = "instance"
    about: str = ""
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """Who owns what in this deployment: service name → the types it owns. The order of the services gives default ports."""

    owns: Mapping[str, tuple[str, ...]]

    def owner(self, type: str) -> str | None:
        return next((service for service, types in self.owns.items() if type in types), None)


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable. `reacts` maps `Type.name` (or `Type` for any change of it) to a reaction; `timers` a name to a handler;
    `starts` runs in one unit of work at every start (seed data; it must be idempotent).

    `pages` are answered beside `/fhir` (a Refusal that one raises becomes an OperationOutcome). `parts` run as long as the
    service does: a listener, somebody who asks outside. They start last and stop first. `meters` are what it counts and times.
    """

    name: str
    directory: Directory
    owns: tuple[Owned, ...]
    follows: tuple[str, ...] = ()
    reacts: Mapping[str, Reaction] = field(default_factory=dict)
    operations: tuple[Operation | Inquiry, ...] = ()
    timers: Mapping[str, Due] = field(default_factory=dict)
    starts: Callable[[Transaction], None] | None = None
    takes_foreign_bundles: bool = False
    pages: Callable[[Deployed], Sequence[BaseRoute]] | None = None
    parts: tuple[Part, ...] = ()
    meters: tuple[Meter, ...] = ()

    @property
    def keeps(self) -> tuple[Owned, ...]:
        """All that is written here: what it owns, and what every service keeps of its own."""
        return (*self.owns, *OF_ITS_OWN)

    def owned(self, type: str) -> Owned | None:
        return next((owned for owned in self.keeps if owned.name == type), None)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A service with its surroundings: what the doors (rest, delivery) are built from."""

    service: Service
    store: Store
    settings: Settings
    clock: Clock
    meters: Meters = field(default_factory=Meters)


Part = Callable[[Deployed], AbstractAsyncContextManager[object]]
"""Entered when the service has started, left before it stops: within `settings.grace`."""
