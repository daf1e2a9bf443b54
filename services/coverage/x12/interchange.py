"""The envelope: ISA to IEA, GS to GE, ST to SE, read with every fault of it that a TA1 or a 999 has a code for.

ASC X12.5 (interchange), X12.6 (groups and sets), 005010X231A1 (999).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.fhir.refusal import Malformed

from .segments import Segment, Separators, split

VERSION: Final = "00501"
GUIDES: Final = ("005010X279A1", "005010X279")
"""The implementation guides that are read: 270/271 of 5010, with and without its addendum."""

_ISA_WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_CONTROL: Final = 9
"""Digits of an interchange's control number."""


@dataclass(frozen=True, slots=True)
class SetFault:
    """Why a transaction set is refused: `code` of IK502. `where` a segment is at fault, with `wrong` of IK304."""

    code: str
    where: Segment | None = None
    wrong: str = ""
    loop: str = ""
    element: int = 0
    element_wrong: str = ""


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """`st` and all that stands between it and its SE; `faults` are those of its envelope."""

    st: Segment
    segments: tuple[Segment, ...]
    faults: tuple[SetFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """`faults` are codes of AK905: with one, nothing in the group is looked at."""

    gs: Segment
    sets: tuple[TransactionSet, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interchange:
    """`note` is the code of TA105: `000` unless the interchange is refused as a whole.

    `ta1` is what the other side has to say of one that it got.
    """

    isa: Segment
    separators: Separators
    groups: tuple[Group, ...] = ()
    note: str = "000"
    ta1: Segment | None = None

    @property
    def control(self) -> str:
        return self.isa[13]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an interchange should hold: GS01 and ST01."""

    group: str
    set: str


QUESTIONS: Final = Expected("HS", "270")
ANSWERS: Final = Expected("HB", "271")


def read(data: bytes, expected: Expected = QUESTIONS) -> Interchange:
    """One interchange. Raises Malformed for what doesn't begin with an ISA that can be read: there is nobody to answer."""
    text = data.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip()
    isa, separators, rest = _header(text)
    if note := next(_faults_of(isa, separators), ""):
        return Interchange(isa, separators, note=note)
    segments = list(split(rest, separators))
    ta1 = segments.pop(0) if segments and segments[0].id == "TA1" else None
    groups = tuple(_groups(segments, expected))
    return Interchange(isa, separators, groups, next(_faults_around(isa, segments, groups, ta1), "000"), ta1)


def _header(text: str) -> tuple[Segment, Separators, str]:
    if not text.startswith("ISA") or len(text) < len("ISA") + sum(_ISA_WIDTHS) + len(_ISA_WIDTHS) + 1:
        raise Malformed("this is no X12 interchange: it doesn't begin with an ISA segment")
    element = text[3]
    parts = text[4:].split(element, len(_ISA_WIDTHS) - 1)
    if element.isalnum() or len(parts) < len(_ISA_WIDTHS):
        raise Malformed("this is no X12 interchange: its ISA segment hasn't sixteen elements")
    component, terminator = parts[-1][:1], parts[-1][1:2]
    isa = Segment("ISA", (*parts[:-1], component))
    return isa, Separators(element, isa[11], component, terminator), parts[-1][2:]


def _faults_of(isa: Segment, separators: Separators) -> Iterator[str]:
    if any(len(each) != width for each, width in zip(isa.elements, _ISA_WIDTHS, strict=True)):
        yield "022"
    if isa[12] != VERSION:
        yield "017"
    if separators.segment.isalnum() or separators.segment == " ":
        yield "004"
    if separators.component.isalnum() or separators.component == " ":
        yield "027"
    if separators.repetition.isalnum() or separators.repetition == " ":
        yield "016"
    if len({separators.element, separators.repetition, separators.component, separators.segment}) < 4:
        yield "022"
    if not _is_moment(isa[9], "%y%m%d"):
        yield "014"
    if not _is_moment(isa[10], "%H%M"):
        yield "015"
    if not (isa[13].isascii() and isa[13].isdecimal()):
        yield "018"
    if isa[14] not in ("0", "1"):
        yield "019"
    if isa[15] not in ("P", "T"):
        yield "020"


def _faults_around(isa: Segment, segments: Sequence[Segment], groups: Sequence[Group], ta1: Segment | None) -> Iterator[str]:
    ends = [place for place, each in enumerate(segments) if each.id == "IEA"]
    if not ends:
        yield "023"
        return
    end = segments[ends[0]]
    if ends[0] != len(segments) - 1:
        yield "022"  # more than one interchange, or something behind it
    if end[2] != isa[13]:
        yield "001"
    if not groups and ta1 is None:
        yield "024"
    if (end[1].lstrip("0") or "0") != str(len(groups)):
        yield "021"
    if groups and segments[0].id != "GS":
        yield "022"


def _groups(segments: Sequence[Segment], expected: Expected) -> Iterator[Group]:
    starts = [place for place, each in enumerate(segments) if each.id == "GS"]
    for start, stop in zip(starts, [*starts, len(segments)][1:], strict=True):
        inside = [each for each in segments[start + 1 : stop] if each.id != "IEA"]
        yield _group(segments[start], inside, expected)


def _group(gs: Segment, inside: Sequence[Segment], expected: Expected) -> Group:
    ends = [place for place, each in enumerate(inside) if each.id == "GE"]
    sets = tuple(_sets(inside[: ends[0]] if ends else inside, expected))
    return Group(gs, sets, tuple(_faults_of_group(gs, inside[ends[0]] if ends else None, len(sets), expected)))


def _faults_of_group(gs: Segment, ge: Segment | None, sets: int, expected: Expected) -> Iterator[str]:
    if gs[1] != expected.group:
        yield "1"
    if gs[8] not in GUIDES:
        yield "2"
    if ge is None:
        yield "3"
        return
    if ge[2] != gs[6]:
        yield "4"
    if ge[1].lstrip("0") != str(sets) or not sets:
        yield "5"


def _sets(inside: Sequence[Segment], expected: Expected) -> Iterator[TransactionSet]:
    starts = [place for place, each in enumerate(inside) if each.id == "ST"]
    for start, stop in zip(starts, [*starts, len(inside)][1:], strict=True):
        numbered = [Segment(each.id, each.elements, place) for place, each in enumerate(inside[start:stop], 1)]
        ends = [place for place, each in enumerate(numbered) if each.id == "SE"]
        se = numbered[ends[0]] if ends else None
        body = tuple(numbered[1 : ends[0]] if ends else numbered[1:])
        yield TransactionSet(numbered[0], body, tuple(_faults_of_set(numbered[0], se, expected)))


def _faults_of_set(st: Segment, se: Segment | None, expected: Expected) -> Iterator[SetFault]:
    if st[1] != expected.set:
        yield SetFault("1")
    if st[3] and st[3] not in GUIDES:
        yield SetFault("I6")
    if not 4 <= len(st[2]) <= _CONTROL:
        yield SetFault("7")
    if se is None:
        yield SetFault("2")
        return
    if se[2] != st[2]:
        yield SetFault("3")
    if se[1].lstrip("0") != str(se.place):
        yield SetFault("4")


def _is_moment(said: str, form: str) -> bool:
    try:
        datetime.strptime(said, form)  # noqa: DTZ007
    except ValueError:
        return False
    return said.isascii() and said.isdecimal()
