"""The `Prefer` header: what the client wants to be answered (http://hl7.org/fhir/R4/http.html#ops)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Return = Literal["", "minimal", "representation", "OperationOutcome"]


@dataclass(frozen=True, slots=True)
class Prefer:
    """`returns` is "" where the client has no (known) wish. `strict`, `lenient`: the two values of `handling`."""

    returns: Return = ""
    strict: bool = False
    lenient: bool = False


_RETURNS: dict[str, Return] = {
    "minimal": "minimal",
    "representation": "representation",
    "operationoutcome": "OperationOutcome",
}


@lru_cache(maxsize=256)
def prefer_of(header: str) -> Prefer:
    """Read `return=…; handling=…` (also separated by commas); what is unknown counts for nothing."""
    pairs = [part.partition("=") for part in header.replace(",", ";").split(";")]
    wishes = {name.strip().lower(): value.strip().strip('"').lower() for name, _, value in pairs}
    handling = wishes.get("handling", "")
    return Prefer(_RETURNS.get(wishes.get("return", ""), ""), handling == "strict", handling == "lenient")


NO_WISH = prefer_of("")
