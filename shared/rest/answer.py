"""What a handler answers: a value. `http` makes a response of it, `bundle` an entry of a batch or transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.fhir.issue import Issue
from shared.fhir.refusal import NotFound
from shared.store.transaction import Transaction
from shared.store.version import Version, Written
from shared.store.view import View


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is the body: a resource's JSON. `version` gives ETag and Last-Modified, `located` asks for a Location of it.

    `issues` are warnings, or the whole outcome where there is no body. `negotiable`: the client's `Prefer: return` chooses
    the body (http://hl7.org/fhir/R4/http.html#ops).
    """

    status: int
    text: bytes = b""
    version: Version | None = None
    located: bool = False
    negotiable: bool = False
    issues: tuple[Issue, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


Look = Callable[[View], Answer]
"""What an interaction that reads does with a view of the store."""

Work = Callable[[Transaction], Answer]
"""What an interaction that writes does in its unit of work. It may run more than once."""

_STATUS = {"created": 201, "updated": 200, "unchanged": 200}


def of_existing(view: View, type: str, id: str) -> Answer:
    """200 with a resource that is there already, where one would have been created."""
    version = view.current(type, id)
    if version is None:
        raise NotFound(f"{type}/{id} is not known")
    return Answer(200, version.text, version, located=True, negotiable=True)


def of_written(written: Written, tx: Transaction) -> Answer:
    """201 or 200 with the resource as it is stored now, and what the rules warned of."""
    return Answer(
        _STATUS[written.effect],
        written.version.text,
        written.version,
        located=True,
        negotiable=True,
        issues=tuple(tx.warnings),
    )
