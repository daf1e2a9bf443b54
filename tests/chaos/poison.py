"""Messages that nobody can take: they must end as dead letters, and stop nothing behind them."""

from __future__ import annotations

from random import Random
from typing import Final

from shared.events import envelope
from shared.events.envelope import Message
from shared.events.event import Event
from shared.kernel.clock import system_now
from shared.kernel.ids import new_id
from tests.chaos.book import Book, Poison
from tests.chaos.stream import Hand

TYPES: Final = ("Encounter", "CarePlan", "Coverage", "Appointment")


async def poison(hand: Hand, book: Book, random: Random) -> None:
    """One of each sort, about a resource that nobody has. Without acknowledgement it may be in the stream, or not."""
    type = random.choice(TYPES)
    for make, is_event in ((_no_event, False), (_no_json, True)):
        message, about = make(type, f"poison-{new_id()}")
        book.poison[about] = Poison(type, is_event, certain=False)
        await hand.publish(message.subject, message.body, message.headers)
        book.poison[about] = Poison(type, is_event, certain=True)


def _no_event(type: str, id: str) -> tuple[Message, str]:
    """It does not say what it is."""
    subject = envelope.subject_of(type, "updated", id)
    return Message(subject, {"ce-id": new_id(), "ce-type": "nonsense"}, b"{}"), subject


def _no_json(type: str, id: str) -> tuple[Message, str]:
    event = Event(new_id(), type, "updated", id, 3, system_now(), "/careloom/nobody", b'{"resourceType":')
    return envelope.message(event), event.reference
