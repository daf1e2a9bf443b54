"""Invariants of Bundle that hold for any that is sent.

bdl-3 and bdl-7 are seen to by shared.fhir.bundle, the first more mildly: a collection may tell how it was once requested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.rules import Rule, absent, both, each, either, exists, is_one_of, no, some


def _without(name: str) -> Rule:
    """Like absent, but says nothing of an entry that is no object at all: the schema has words for that."""
    return lambda _: {"properties": {name: False}}


_ANSWERED: Final = is_one_of("type", "batch-response", "transaction-response", "history")

RULES: Final[Mapping[str, Rule]] = {
    "bdl-1": either(absent("total"), is_one_of("type", "searchset", "history")),
    "bdl-2": either(each("entry", _without("search")), is_one_of("type", "searchset")),
    "bdl-4": either(both(_ANSWERED, each("entry", exists("response"))), both(no(_ANSWERED), each("entry", _without("response")))),
    "bdl-5": some("resource", "request", "response"),
    "bdl-8": lambda _: {"properties": {"fullUrl": {"not": {"pattern": "/_history/"}}}},
}
