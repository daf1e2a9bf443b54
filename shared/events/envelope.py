"""An event as a message: CloudEvents 1.0, binary mode, on a NATS subject; and back.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote

from shared.events.event import Event
from shared.fhir.text import instant

_PRINTABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
_BEYOND: Final = re.compile(f"[^{re.escape(_PRINTABLE)}]")
_TYPE: Final = re.compile(r"careloom\.([A-Za-z]+)\.([A-Za-z][A-Za-z0-9-]*)\.v1")
_SUBJECT: Final = re.compile(r"([A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/([1-9][0-9]{0,17}))?")
_ATTRIBUTES: Final = frozenset(
    ("ce-specversion", "ce-id", "ce-type", "ce-source", "ce-subject", "ce-time", "content-type", "traceparent", "care-causation")
)


class Unreadable(ValueError):
    """A message that is no event of ours. It will never be one."""


@dataclass(frozen=True, slots=True)
class Message:
    """What goes over the broker. Header values are percent-encoded; `sequence` is its place in the stream, 0 before that."""

    subject: str
    headers: Mapping[str, str]
    body: bytes = b""
    sequence: int = field(default=0, compare=False)

    @property
    def event_id(self) -> str:
        return unquote(self.headers.get("ce-id", ""))


def subject_of(type: str, name: str, id: str) -> str:
    """`care.<Type>.<name>.<id>`; no FHIR id can hold `_`, so it stands for the dot that would end a subject's token."""
    return f"care.{type}.{name}.{id.replace('.', '_')}"


def message(event: Event, fetch: str = "") -> Message:
    """The event as it is published. With `fetch`, an address to read the body at, it goes without body."""
    reference = f"{event.type}/{event.subject}"
    headers = {
        "Nats-Msg-Id": event.id,
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-type": f"careloom.{event.type}.{event.name}.v1",
        "ce-source": event.source,
        "ce-subject": f"{reference}/_history/{event.version}" if event.version else reference,
        "ce-time": instant(event.time),
        "content-type": "application/fhir+json",
        "traceparent": event.traceparent,
        "care-causation": event.causation,
        "care-fetch": fetch,
        **event.headers,
    }
    encoded = {name: _encoded(value) for name, value in headers.items() if value}
    return Message(subject_of(event.type, event.name, event.subject), encoded, b"" if fetch else event.text)


def event(message: Message) -> Event:
    """The event in a message (without subject, if it was kept); `resource` is left to whoever needs it. Raises Unreadable."""
    headers = {name.lower(): unquote(value) for name, value in message.headers.items()}
    kind, about = _TYPE.fullmatch(headers.get("ce-type", "")), _SUBJECT.fullmatch(headers.get("ce-subject", ""))
    id, time = headers.get("ce-id"), headers.get("ce-time", "")
    if not (kind and about and id) or headers.get("ce-specversion") != "1.0":
        raise Unreadable(f"{message.subject}: not a CloudEvent of this system")
    if (message.subject and message.subject != subject_of(kind[1], kind[2], about[2])) or about[1] != kind[1]:
        raise Unreadable(f"{message.subject}: says that it is {kind[1]}.{kind[2]} of {about[0]}")
    return Event(
        id=id,
        type=kind[1],
        name=kind[2],
        subject=about[2],
        version=int(about[3] or 0),
        time=_instant(time),
        source=headers.get("ce-source", ""),
        text=message.body,
        traceparent=headers.get("traceparent", ""),
        causation=headers.get("care-causation", ""),
        headers={name: value for name, value in headers.items() if name not in _ATTRIBUTES and not name.startswith("nats-")},
    )


def _encoded(value: str) -> str:
    """Nearly all go as they are, which is seen in a third of the time."""
    return quote(value, safe=_PRINTABLE) if _BEYOND.search(value) else value


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise Unreadable(f"ce-time {text!r} is no instant") from error
