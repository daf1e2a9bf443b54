"""Payers as their addresses say: each on a line of its own, guarded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from shared.service import Deployed

from .addresses import Address, Addresses, Credentials
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
            payer = await opened.enter_async_context(payer_at(address, deployed, x12))
            payers[name] = Guarded(name, payer, address, Breaker(address.failures, address.rest_seconds), deployed.meters)
        yield payers


@asynccontextmanager
async def payer_at(address: Address, deployed: Deployed, x12: Language | None = None) -> AsyncIterator[Payer]:
    """The payer at an address that is not local, on a line of its own. Raises ValueError for secrets that can't be read."""
    secrets = address.secrets()
    line = Line(address, secrets)
    try:
        yield _payer(address, secrets, line, deployed, x12)
    finally:
        await line.close()


def _payer(address: Address, secrets: Credentials, line: Line, deployed: Deployed, x12: Language | None) -> Payer:
    if address.kind == "fhir":
        base = address.address.rstrip("/")
        return FhirPayer(base, line, Tokens(base, secrets, line, deployed.clock), deployed.clock)
    if x12 is None:
        raise ValueError(f"{address.address}: nothing here speaks X12")
    sender = Sender(address.sender, address.receiver, secrets.user, secrets.password)
    return X12Payer(address.address, line, ENVELOPES[address.envelope], sender, x12, deployed.clock)
