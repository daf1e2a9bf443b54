"""ISA to IEA around what is sent: sets in their groups, with control numbers and counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .interchange import VERSION
from .segments import Printer, Separators


@dataclass(frozen=True, slots=True)
class Address:
    """Who sends to whom: ISA05 to ISA08 (qualifier and id), GS02 and GS03, and ISA15 (`T` or `P`)."""

    sender: tuple[str, str]
    receiver: tuple[str, str]
    sender_code: str = ""
    receiver_code: str = ""
    usage: str = "P"


@dataclass(frozen=True, slots=True)
class Sending:
    """A group: `kind` is GS01, `set` ST01, `guide` GS08 and ST03; `sets` the segments between each ST and its SE."""

    kind: str
    set: str
    guide: str
    sets: Sequence[Sequence[str]]


def printed(
    address: Address, separators: Separators, control: int, now: datetime, groups: Iterable[Sending], ta1: str = ""
) -> bytes:
    """An interchange with this control number; `ta1` stands before the groups."""
    say = Printer(separators)
    bodies = [_group(say, address, sending, control + place, now) for place, sending in enumerate(groups)]
    isa = _isa(address, separators, control, now)
    return "".join((isa, ta1, *bodies, say("IEA", str(len(bodies)), f"{control:09}"))).encode("latin-1")


def _isa(address: Address, separators: Separators, control: int, now: datetime) -> str:
    elements = (
        "00", " " * 10, "00", " " * 10,
        *_party(address.sender), *_party(address.receiver),
        f"{now:%y%m%d}", f"{now:%H%M}", separators.repetition, VERSION, f"{control:09}", "0", address.usage,
        separators.component,
    )  # fmt: skip
    return separators.element.join(("ISA", *elements)) + separators.segment


def _party(party: tuple[str, str]) -> tuple[str, str]:
    qualifier, id = party
    return f"{qualifier:2.2}", f"{id:15.15}"


def _group(say: Printer, address: Address, sending: Sending, control: int, now: datetime) -> str:
    codes = address.sender_code or address.sender[1].strip(), address.receiver_code or address.receiver[1].strip()
    gs = say("GS", sending.kind, *codes, f"{now:%Y%m%d}", f"{now:%H%M}", str(control), "X", sending.guide)
    sets = [_set(say, sending, f"{number:04}", segments) for number, segments in enumerate(sending.sets, 1)]
    return "".join((gs, *sets, say("GE", str(len(sets)), str(control))))


def _set(say: Printer, sending: Sending, control: str, segments: Sequence[str]) -> str:
    st = say("ST", sending.set, control, sending.guide)
    return "".join((st, *segments, say("SE", str(len(segments) + 2), control)))
