"""How a session with PostgreSQL is set up, a writer's and a reader's alike."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.numeric import Int8Dumper

_OFF = ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material")
PLANNING = " ".join((*(f"-c enable_{way}=off" for way in _OFF), "-c jit=off"))
"""Every statement here goes along an index, from few rows to few: no plan may depend on statistics that a fresh table lacks."""


def prepare_well(raw: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """A statement is prepared at its second use, and whole numbers always have one type, so that it is prepared once."""
    raw.prepare_threshold = 1
    raw.prepared_max = 1000
    raw.adapters.register_dumper(int, Int8Dumper)
