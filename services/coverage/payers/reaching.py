"""Payers as their addresses say: each on a line of its own, guarded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from shared.service import Deployed

from .addresses import Address, Addresses
from .breaker import Breaker
from .core import ENVELOPES, Sender
from .exchange import Line
from .fhir import FhirPayer
from .guarded import Guarded
from .payer import Payer
from .smart import Tokens
from .x12 import Language, X12Payer


@asynccontextmanager
async def reaching(addresses: Addresses, deployed: Deployed, x12: Language | None = None) -> AsyncIterator[Mapping[str, Guarded]]:
    """The payers that are not local, by name, until it is left. Raises ValueError for secrets that can't be read."""
    async with AsyncExitStack() as opened:
        payers = {}
        for name, address in addresses.items():
            if address.kind != "local":
                line = Line(address, address.secrets())
                opened.push_async_callback(line.close)
                breaker = Breaker(address.failures, address.rest_seconds)
                payers[name] = Guarded(name, _payer(address, line, deployed, x12), address, breaker, deployed.meters)
        yield payers


def _payer(address: Address, line: Line, deployed: Deployed, x12: Language | None) -> Payer:
    secrets, clock = address.secrets(), deployed.clock
    if address.kind == "fhir":
        base = address.address.rstrip("/")
        return FhirPayer(base, line, Tokens(base, secrets, line, clock), clock)
    if x12 is None:
        raise ValueError(f"{address.address}: nothing here speaks X12")
    sender = Sender(address.sender, address.receiver, secrets.user, secrets.password)
    return X12Payer(address.address, line, ENVELOPES[address.envelope], sender, x12, clock)
