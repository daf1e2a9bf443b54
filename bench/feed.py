"""Messages a second on one listener, stored and acknowledged, beside a bare line that sends them back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench import messages
from bench.cases import Case
from bench.databases import Databases
from bench.extent import Extent
from bench.figures import Figure
from bench.load import Client, Load, Order
from bench.stack import Stack
from bench.wires import ECHO, FINE, MLLP

SECTION = "HL7 v2 messages a second"
NAME = "ADT A01, A08, A03 over MLLP"
SENDERS = 8

_FEED = Case("intake", FINE, messages.feed, MLLP)
_ECHO = Case("intake", FINE, messages.feed, ECHO)
_FIRST, _OF_A_STAY = 1_000_000, 3


def measure(extent: Extent, folder: Path, databases: Databases) -> Iterator[Figure]:
    """First ours, then the floor, each round."""
    for database in extent.databases if extent.wants(NAME) else ():
        place = folder / f"feed-{database}"
        with Stack(place, {"intake": databases.fresh(database, place, "intake")}) as stack, Client() as client:
            yield from _measured(extent, database, stack, client)


def _measured(extent: Extent, database: str, stack: Stack, client: Client) -> Iterator[Figure]:
    stack.start("intake")
    bare, first = stack.start_bare_line(), _FIRST
    seconds = extent.seconds * 5

    def load(case: Case, port: int, seconds: float) -> Load:
        return client.send(Order(port, case, first, 0, SENDERS, seconds))

    def feed(seconds: float) -> Load:
        """Goes on where the last has ended: the stays that are corrected and end are those that began."""
        nonlocal first
        done = load(_FEED, stack.mllp_port, seconds)
        first += len(done.latencies) // _OF_A_STAY + SENDERS
        return done

    feed(seconds)
    for round in range(extent.rounds):
        ours, floor = feed(seconds), load(_ECHO, bare, seconds / 2)
        detail = {"median ms": ours.percentile(0.5) * 1000, "p99 ms": ours.percentile(0.99) * 1000}
        yield Figure(SECTION, database, NAME, "/s", SENDERS, values=[ours.rate], floor=[floor.rate], detail=detail)
        print(f"  feed on {database}: round {round + 1} of {extent.rounds}", file=sys.stderr)
