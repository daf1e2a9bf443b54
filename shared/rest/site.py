"""What every handler knows of its surroundings: the service, its store, who owns what and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from shared.fhir.refusal import MethodNotAllowed, NotFound
from shared.kernel.clock import Clock
from shared.kernel.settings import Settings
from shared.rest.access import Access, Listener, nobody
from shared.rest.request import Request
from shared.service import Deployed, Service
from shared.store.store import Store


@dataclass(frozen=True)
class Site:
    """Made once, when the routes are."""

    deployed: Deployed
    listener: Listener = nobody

    @cached_property
    def service(self) -> Service:
        return self.deployed.service

    @cached_property
    def store(self) -> Store:
        return self.deployed.store

    @cached_property
    def settings(self) -> Settings:
        return self.deployed.settings

    @cached_property
    def clock(self) -> Clock:
        return self.deployed.clock

    @cached_property
    def owned(self) -> frozenset[str]:
        return frozenset(owned.name for owned in self.service.keeps)

    @cached_property
    def operations(self) -> frozenset[str]:
        return frozenset(operation.name for operation in self.service.operations) | {"$validate"}

    @cached_property
    def followed(self) -> frozenset[str]:
        return frozenset(self.service.follows)

    def tell(self, request: Request, interaction: str, status: int, seconds: float = 0.0) -> None:
        """The one place that says who did what, and how it went."""
        named = request.operation if interaction == "operation" and request.operation in self.operations else interaction
        self.listener(Access(request.caller, named, request.type, request.id, status, seconds))

    def address_of(self, type: str) -> str:
        """The base of the service that owns a type, with `/fhir`; "" if nobody does."""
        directory = self.service.directory
        owner = directory.owner(type)
        return f"{self.settings.service_url(owner, directory.owns)}/fhir" if owner else ""

    def may_read(self, type: str) -> None:
        """Raise NotFound for a type that is neither owned nor followed here."""
        if type not in self.owned and type not in self.followed:
            raise NotFound(self._unknown(type))

    def may_write(self, type: str) -> None:
        """Raise MethodNotAllowed for a followed type, NotFound for another one that is not owned here."""
        if type in self.owned:
            return
        self.may_read(type)
        raise MethodNotAllowed(
            f"{type} is written at its owner, {self.address_of(type)}; here are copies to read", headers={"Allow": "GET, HEAD"}
        )

    def _unknown(self, type: str) -> str:
        owner = self.address_of(type)
        return f"{type} is not kept by {self.service.name}" + (f"; its owner is {owner}" if owner else "")
