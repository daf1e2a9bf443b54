"""What other services own: proposed to them when it is news, in the handover of the message."""

from __future__ import annotations

from typing import Final

from services.directory import DIRECTORY
from shared.fhir import gate
from shared.fhir.issue import Resource
from shared.fhir.refusal import refuse
from shared.store import handovers

from .news import Said, Stamps, told
from .scribe import Scribe

PROPOSED: Final = "hl7v2 proposed"
"""The kind of record: the id is `Type/id`; the body is the `resource` as it was last proposed, and the `stamps` of its news."""


def propose(type: str, id: str, said: Said, scribe: Scribe) -> None:
    """Tell the owner of a resource what is new about it. What it has been told already, it is not told again."""
    key = f"{type}/{id}"
    record = scribe.tx.recorded(PROPOSED, key)
    before: Resource = dict(record.body["resource"]) if record else {"resourceType": type, "id": id}  # type: ignore[call-overload]
    stamps: Stamps = dict(record.body["stamps"]) if record else {}  # type: ignore[call-overload]  # written below
    found = told(before, said, scribe.when, stamps, 0)
    if record is None or found != before:
        refuse(gate.check(found))
        _hand_over(found, scribe)
    scribe.tx.record(PROPOSED, key, "", {}, {"resource": found, "stamps": stamps})


def _hand_over(resource: Resource, scribe: Scribe) -> None:
    type, id, made = resource["resourceType"], resource["id"], scribe.made
    made.handover = made.handover or scribe.tx.new_id()
    entry = {"index": len(made.references), "type": type, "id": id, "owner": DIRECTORY.owner(type)}
    handovers.hand_over(scribe.tx, made.handover, entry)
    scribe.tx.propose(resource, made.handover)
    made.note(f"{type}/{id}")
