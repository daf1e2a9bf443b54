"""From messages to resources, by HL7's v2-to-FHIR mapping guide (https://build.fhir.org/ig/HL7/v2-to-fhir)."""

from __future__ import annotations

from services.intake.hl7v2.message import Message
from shared.store.transaction import Transaction

from .events import EVENTS
from .scribe import Made, Scribe

__all__ = ["Made", "apply"]


def apply(message: Message, tx: Transaction) -> Made:
    """Do what a message says, in one unit of work. Raises a Refusal where the message is at fault."""
    scribe = Scribe(message, tx)
    do = EVENTS.get(message.kind)
    if do is None:
        scribe.made.unmapped = True
    else:
        do(scribe)
        scribe.finish()
    return scribe.made
