"""Every message that came, byte by byte, and what became of it: a record of the kind `hl7v2` each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal

from shared.fhir.refusal import NotFound
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

from .acknowledgment import Fault, Outcome, Verdict
from .charset import cleaned
from .header import Header
from .mapping import Made
from .message import Message
from .position import Unreadable

KIND: Final = "hl7v2"

State = Literal["processed", "unmapped", "error"]
"""Done; kept, as nothing here knows its event; at fault. What can't be kept is answered AR, and its sender sends it again."""

KEYS: Final = ("visit", "control", "patient", "sender", "type")
"""What messages are found by, the rarest first: PV1-19, MSH-10, the first identifier of PID-3, MSH-3 and -4, MSH-9."""

_DELIVERY: Final = "delivery"
"""The key of `Received.delivery`: those of one origin stand together in its order."""

_OUTCOME: Final[Mapping[str, Outcome]] = {"processed": "AA", "unmapped": "AA", "error": "AE"}
_REPEATED: Final = "an earlier message of this sender has the same control id and other content"
_LONGEST_KEY: Final = 200
_NEAR: Final = 20
"""Characters of a control id, where versions before 2.7 end."""


@dataclass(frozen=True)
class Received:
    """A message as it came, and what could be read of it, or why not. `size`: more than `raw` where that is the beginning."""

    raw: bytes
    header: Header
    message: Message | None
    faults: tuple[Fault, ...]
    at: datetime
    peer: str
    size: int

    @cached_property
    def origin(self) -> str:
        """What messages of one sender under one control id have in common.

        Control ids that follow each other stand together: it begins as they do.
        """
        sender, control_id = self.header.sender, self.header.control_id
        return cleaned(control_id)[:_NEAR] + _digest(sender, control_id)

    @cached_property
    def delivery(self) -> str:
        """What a message has in common with itself, sent again: its origin, then its content.

        Line ends around it are no content: they may be others then.
        """
        beyond = str(self.size) if self.size > len(self.raw) else ""
        return self.origin + _digest(beyond, self.raw.strip())


@dataclass(frozen=True, slots=True)
class Before:
    """What the journal has of a message: its own record; whether another of its sender has the same control id."""

    record: Record | None = None
    repeats_control_id: bool = False


def before(received: Received, tx: Transaction) -> Before:
    """Its record is that of the same content from the same sender under the same control id."""
    if not tx.first_records(KIND, _DELIVERY, 1, beginning=received.origin):
        return Before()
    same = next(iter(tx.records(KIND, key=(_DELIVERY, received.delivery), limit=1)), None)
    return Before(same, repeats_control_id=bool(received.header.control_id))


def enter(received: Received, tx: Transaction, known: Before, made: Made | None, faults: Sequence[Fault]) -> Verdict:
    """Write down what a message came to; `made` is None where it is at fault."""
    record = known.record
    state: State = "error" if made is None else "unmapped" if made.unmapped else "processed"
    arrival = record.body if record else _arrival(received, repeats_control_id=known.repeats_control_id)
    warnings = [*(made.warnings if made else ()), *([_REPEATED] if arrival["repeated_control_id"] else ())]
    tries: Any = arrival["tries"]
    body = {
        **arrival,
        "tries": tries + 1,
        "tried": tx.now.isoformat(),
        "made": list(made.references) if made else [],
        "warnings": warnings,
        "faults": [fault._asdict() for fault in faults],
    }
    id = record.id if record else tx.new_id()
    tx.record(KIND, id, state, record.keys if record else _keys(received), body)
    return Verdict(_OUTCOME[state], tuple(faults), id)


def verdict_of(record: Record) -> Verdict:
    """What was answered to a message that came before."""
    faults: Any = record.body["faults"]
    return Verdict(_OUTCOME[record.state], tuple(Fault(**fault) for fault in faults), record.id, again=True)


def find(view: View, state: str | None, keys: Mapping[str, str], limit: int, before: str = "") -> list[Record]:
    """Newest first. The next page is the one `before` the id of the last message here. Raises NotFound for another id."""
    rarest_first = {name: keys[name] for name in KEYS if name in keys}
    last = told(view, before) if before else None
    return view.records(KIND, state, keys=rarest_first, limit=limit, before=last)


def told(view: View, id: str) -> Record:
    """Raises NotFound."""
    found = view.recorded(KIND, id)
    if found is None:
        raise NotFound(f"there is no message {id}")
    return found


def raw_of(record: Record) -> bytes:
    """Byte by byte as it came."""
    return str(record.body["raw"]).encode(str(record.body["encoding"]))


def _arrival(received: Received, *, repeats_control_id: bool) -> dict[str, object]:
    """What is said of a message once. What is no UTF-8 is kept with a character for every byte."""
    try:
        raw, encoding = received.raw.decode(), "utf-8"
    except UnicodeDecodeError:
        raw, encoding = received.raw.decode("iso8859-1"), "iso8859-1"
    return {
        "raw": raw,
        "encoding": encoding,
        "size": received.size,
        "received": received.at.isoformat(),
        "peer": received.peer,
        "repeated_control_id": repeats_control_id,
        "tries": 0,
    }


def _keys(received: Received) -> dict[str, str]:
    said, message = received.message or received.header, received.message
    found = {"type": "^".join(said.kind), "sender": said.sender, "control": said.control_id}
    if message:
        found |= {"visit": _first(message, "PV1", 19), "patient": _first(message, "PID", 3)}
    shown = {name: cleaned(value)[:_LONGEST_KEY] for name, value in found.items() if value}
    return shown | {_DELIVERY: received.delivery}


def _first(message: Message, name: str, number: int) -> str:
    segment = message.first(name)
    try:
        return segment.text(number) if segment else ""
    except Unreadable:
        return ""


def _digest(*parts: str | bytes) -> str:
    whole = b"\x1f".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return hashlib.blake2b(whole, digest_size=16).hexdigest()
