"""An HL7 v2 message: read leniently, as real feeds write it, into segments by name, in order.

The package `hl7` takes 1.5 ms for a usual ADT message, all there is for the whole way to the store; this takes 0.02 ms, as it
takes apart only what is asked for. It also wants CR between segments, no byte order mark, and the text already decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import cached_property, lru_cache
from typing import Final

from .charset import decoded
from .moment import Moment, Zones, moment, zone_in
from .position import REQUIRED_FIELD_MISSING, SEQUENCE_ERROR, UNSUPPORTED_TYPE, Position, Unreadable
from .segment import Segment, Separators

USUAL_ZONES: Final = Zones()
NO_AUTHORITIES: Final[Mapping[str, str]] = {}

_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_MSH: Final = Position("MSH")
_MSH_2: Final = 20
"""Characters within which it ends."""


class Group:
    """Segments that stand together, in order."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = segments

    def first(self, name: str) -> Segment | None:
        for segment in self.segments:
            if segment.name == name:
                return segment
        return None

    def all(self, *names: str) -> list[Segment]:
        return [segment for segment in self.segments if segment.name in names]

    def has(self, name: str) -> bool:
        return self.first(name) is not None

    def groups(self, *names: str) -> list[Group]:
        """Each begins with a segment of one of these names and goes to the next such."""
        starts = [place for place, segment in enumerate(self.segments) if segment.name in names]
        return [Group(self.segments[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=False)]

    def until(self, *names: str) -> Group:
        """What stands before the first segment of these names."""
        place = next((at for at, segment in enumerate(self.segments) if segment.name in names), None)
        return Group(self.segments[:place])


class Message(Group):
    """`zone` is meant by times that name none; `authorities` are the systems of identifiers by the name of who gives them.

    `kind` is the message code and the trigger event, ("ADT", "A01"); the event is EVN-1 or of the structure where MSH-9 has none.
    """

    def __init__(self, segments: Sequence[Segment], zones: Zones, authorities: Mapping[str, str]) -> None:
        super().__init__(segments)
        self.authorities = authorities
        self.header = segments[0]
        self.zone = self._zone(zones)
        self.kind = self._kind()
        self.control_id = self.header.text(10)

    @cached_property
    def sender(self) -> str:
        """`application@facility` (MSH-3, MSH-4), by their local names or else by their universal ids."""
        application, facility = (self.header.value(number) for number in (3, 4))
        return "@".join(found for each in (application, facility) if (found := each.text(1) or each.text(2)))

    @cached_property
    def happened(self) -> Moment:
        """When what it tells of happened: EVN-2, else MSH-7. Raises Unreadable where neither is a time."""
        evn = self.first("EVN")
        found = (evn and self.moment(evn.text(2))) or self.moment(self.header.text(7))
        if found is None:
            raise Unreadable("there is no time, and none in EVN-2", Position("MSH", 1, 7), REQUIRED_FIELD_MISSING, self)
        return found

    def moment(self, said: str) -> Moment | None:
        return moment(said, self.zone) if said else None

    def _kind(self) -> tuple[str, str]:
        said = self.header.value(9)
        code, event = said.text(1), said.text(2)
        if not event:
            evn = self.first("EVN")
            event = said.text(3).partition("_")[2] or (evn.text(1) if evn else "")
        return code.upper(), event.upper()

    def _zone(self, zones: Zones) -> tzinfo:
        """That of MSH-7 goes for the whole message, the standard says."""
        return zone_in(self.header.text(7)) or zones.of_sender(self.sender)


def parse(raw: bytes, zones: Zones = USUAL_ZONES, authorities: Mapping[str, str] = NO_AUTHORITIES) -> Message:
    """Read a message, with CR, LF or both between segments. Raises Unreadable: the position, and a code of table 0357.

    `authorities`: which assigning authority (its namespace or universal id) stands for which Identifier.system.
    """
    text, codec = decoded(raw)
    text = text.strip().removeprefix("\ufeff")
    separators = _separators(text[:_MSH_2], codec)
    message = Message(list(_segments(text, separators)), zones, authorities)
    _check(message)
    return message


@lru_cache(maxsize=256)
def _separators(text: str, codec: str) -> Separators:
    """By the beginning of a message; senders are few, and what they begin with is always the same."""
    if not text.startswith("MSH"):
        raise Unreadable(f"a message begins with MSH, not with {text!r}", _MSH, SEQUENCE_ERROR)
    mark = text[3:4]
    if not mark or mark.isalnum() or mark.isspace():
        raise Unreadable(f"{mark!r} can't separate fields", Position("MSH", 1, 1))
    others = text[4:12].split(mark, 1)[0].split("\r", 1)[0].split("\n", 1)[0]
    if not 1 <= len(others) <= 5 or len({mark, *others}) != len(others) + 1 or any(each.isalnum() for each in others):
        raise Unreadable(f"{others!r} can't separate components", Position("MSH", 1, 2))
    component, repetition, escape, subcomponent, truncation = [*others, *[""] * (5 - len(others))]
    return Separators(mark, component, repetition, escape, subcomponent, truncation, codec)


def _segments(text: str, separators: Separators) -> Iterator[Segment]:
    occurrences: dict[str, int] = {}
    for line in _lines(text, separators.field):
        name = line[:3]
        if not _NAME.fullmatch(name) or line[3:4] not in ("", separators.field):
            position = Position("MSH", 1) if not occurrences else Position(*list(occurrences.items())[-1])
            raise Unreadable(f"{line[:20]!r}, after this segment, is no segment", position, SEQUENCE_ERROR)
        occurrences[name] = occurrences.get(name, 0) + 1
        fields = line.split(separators.field)
        if name == "MSH":
            fields.insert(1, separators.field)
        yield Segment(name, fields, separators, occurrences[name])


def _lines(text: str, mark: str) -> Iterator[str]:
    """The segments' lines. Where CR separates them, an LF that begins no segment is a line break in a text."""
    text = text.replace("\r\n", "\r")
    if "\r" not in text:
        yield from (line for line in text.split("\n") if line.strip())
        return
    if "\n" in text:
        text = re.sub(rf"\n(?=[A-Z][A-Z0-9]{{2}}{re.escape(mark)})", "\r", text)
    yield from (line.lstrip("\n") for line in text.split("\r") if line.strip())


def _check(message: Message) -> None:
    code, event = message.kind
    if not code or not event:
        raise Unreadable("what kind of message it is is not said", Position("MSH", 1, 9), UNSUPPORTED_TYPE, message)
    if not message.control_id:
        raise Unreadable("the message has no control id", Position("MSH", 1, 10), REQUIRED_FIELD_MISSING, message)
    if len([segment for segment in message.segments if segment.name == "MSH"]) > 1:
        raise Unreadable("a second message in the same frame", Position("MSH", 2), SEQUENCE_ERROR, message)
    _ = message.happened
