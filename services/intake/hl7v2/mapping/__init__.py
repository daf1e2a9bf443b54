"""From messages to resources, by HL7's v2-to-FHIR mapping guide (https://build.fhir.org/ig/HL7/v2-to-fhir)."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.intake.hl7v2.message import Message
from shared.store.transaction import Transaction


@dataclass(slots=True)
class Made:
    """What a message came to: `Type/id` of all that it made or changed; `unmapped` if nothing here knows its event."""

    references: list[str] = field(default_factory=list)
    unmapped: bool = False
    warnings: list[str] = field(default_factory=list)


def apply(_message: Message, _tx: Transaction) -> Made:
    """Do what a message says, in one unit of work. Raises a Refusal where the message is at fault."""
    return Made(unmapped=True)
