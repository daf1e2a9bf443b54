"""A 270 as it is built: who asks whom about which subscribers and dependents. 005010X279A1, section 2 (270)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .interchange import SetFault, TransactionSet
from .segments import Segment

SOURCE, RECEIVER, SUBSCRIBER, DEPENDENT = "20", "21", "22", "23"
"""HL03: information source (payer), information receiver (provider), subscriber, dependent."""

PARENT: Mapping[str, str] = {SOURCE: "", RECEIVER: SOURCE, SUBSCRIBER: RECEIVER, DEPENDENT: SUBSCRIBER}
LOOP: Mapping[str, str] = {SOURCE: "2100A", RECEIVER: "2100B", SUBSCRIBER: "2100C", DEPENDENT: "2100D"}
NAMES: Mapping[str, frozenset[str]] = {
    SOURCE: frozenset({"2B", "36", "GP", "P5", "PR"}),
    RECEIVER: frozenset({"1P", "2B", "36", "80", "FA", "GP", "P5", "PR"}),
    SUBSCRIBER: frozenset({"IL"}),
    DEPENDENT: frozenset({"03"}),
}
"""NM101 at each level."""

_PERSON: Final = frozenset({"TRN", "NM1", "REF", "N3", "N4", "PRV", "DMG", "INS", "HI", "DTP", "EQ", "AMT", "III"})
MAY_HOLD: Mapping[str, frozenset[str]] = {
    SOURCE: frozenset({"NM1"}),
    RECEIVER: frozenset({"NM1", "REF", "N3", "N4", "PRV"}),
    SUBSCRIBER: _PERSON,
    DEPENDENT: _PERSON,
}
_IN_THE_SET: Final = _PERSON | {"BHT", "HL"}


@dataclass(frozen=True, slots=True)
class Level:
    """One HL with what stands below it, before the next HL."""

    hl: Segment
    segments: tuple[Segment, ...]
    children: list[Level] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.hl[3]

    @property
    def name(self) -> Segment:
        """Its NM1."""
        return self.first("NM1") or Segment("NM1")

    @property
    def asks(self) -> bool:
        return self.first("EQ") is not None

    def all(self, id: str) -> list[Segment]:
        return [each for each in self.segments if each.id == id]

    def first(self, id: str) -> Segment | None:
        return next((each for each in self.segments if each.id == id), None)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`sources` are the levels of HL03 20, each with its receivers, they with their subscribers."""

    st: Segment
    bht: Segment
    sources: tuple[Level, ...]


def faults(found: TransactionSet) -> list[SetFault]:
    """What a 999 has to say of a transaction set: its envelope first, then its segments in their order."""
    return [*found.faults, *_faults_inside(found.segments)]


def inquiry_of(found: TransactionSet) -> Inquiry:
    """The Inquiry of a set without faults."""
    levels = {level.hl[1]: level for level in levels_of(found.segments)}
    for level in levels.values():
        if level.hl[2]:
            levels[level.hl[2]].children.append(level)
    return Inquiry(found.st, found.segments[0], tuple(level for level in levels.values() if level.kind == SOURCE))


def _faults_inside(segments: Sequence[Segment]) -> Iterator[SetFault]:
    if not segments or segments[0].id != "BHT":
        yield _missing("BHT", segments[0].place if segments else 2)
    seen: dict[str, str] = {}
    kind = ""
    for each in segments[1:]:
        if each.id == "HL":
            yield from _faults_of_level(each, seen)
            kind = each[3]
            seen[each[1]] = kind
        else:
            yield from _faults_of_segment(each, kind)
    yield from _faults_of_tree(segments)


def _faults_of_level(hl: Segment, seen: Mapping[str, str]) -> Iterator[SetFault]:
    if hl[3] not in PARENT:
        yield _element(hl, 3, "7")
    elif seen.get(hl[2], "") != PARENT[hl[3]] or bool(hl[2]) != bool(PARENT[hl[3]]):
        yield _element(hl, 2, "7")
    if not hl[1] or hl[1] in seen:
        yield _element(hl, 1, "7" if hl[1] else "1")


def _faults_of_segment(each: Segment, kind: str) -> Iterator[SetFault]:
    loop = LOOP.get(kind, "")
    if not (each.id.isascii() and each.id.isalnum() and 2 <= len(each.id) <= 3):
        yield SetFault("5", Segment("???", (), each.place), "1", loop)
    elif each.id not in _IN_THE_SET:
        yield SetFault("5", each, "6", loop)
    elif kind and each.id not in MAY_HOLD.get(kind, ()):
        yield SetFault("5", each, "2", loop)
    elif not kind:
        yield SetFault("5", each, "7")
    else:
        yield from _faults_of_elements(each, kind, loop)


def _faults_of_elements(each: Segment, kind: str, loop: str) -> Iterator[SetFault]:
    for number, said in enumerate(each.elements, 1):
        if not said.isprintable():
            yield _element(each, number, "6", loop)
    if each.id == "NM1" and each[1] not in NAMES[kind]:
        yield _element(each, 1, "7" if each[1] else "1", loop)
    if each.id == "EQ" and not (each[1] or each[2]):
        yield _element(each, 1, "2", loop)
    if each.id == "TRN" and not each[2]:
        yield _element(each, 2, "1", loop)


def _faults_of_tree(segments: Sequence[Segment]) -> Iterator[SetFault]:
    """A level without its name, a receiver with nobody below it, somebody about whom nothing is asked."""
    levels = list(levels_of(segments))
    parents = {level.hl[2] for level in levels}
    last = segments[-1].place + 1 if segments else 2
    for kind in (SOURCE, RECEIVER, SUBSCRIBER):
        if not any(level.kind == kind for level in levels):
            yield _missing("HL", last)
            return
    for level in levels:
        if level.kind in LOOP and level.first("NM1") is None:
            yield _missing("NM1", level.hl.place + 1, LOOP[level.kind])
        if level.kind in (SUBSCRIBER, DEPENDENT) and not level.asks and level.hl[1] not in parents:
            yield _missing("EQ", level.hl.place + 1 + len(level.segments), LOOP[level.kind].replace("2100", "2110"))


def levels_of(segments: Sequence[Segment]) -> Iterator[Level]:
    """Every HL with what stands behind it, in the order in which they came."""
    starts = [place for place, each in enumerate(segments) if each.id == "HL"]
    for start, stop in zip(starts, [*starts, len(segments)][1:], strict=True):
        yield Level(segments[start], tuple(segments[start + 1 : stop]))


def _missing(id: str, place: int, loop: str = "") -> SetFault:
    return SetFault("5", Segment(id, (), place), "3", loop)


def _element(segment: Segment, number: int, wrong: str, loop: str = "") -> SetFault:
    return SetFault("5", segment, "8", loop, number, wrong)
