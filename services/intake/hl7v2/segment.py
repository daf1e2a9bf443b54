"""One segment: its fields, their repetitions, components and subcomponents, unescaped when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar

from .charset import cleaned
from .position import TOO_LONG, Position, Unreadable

NULL: Final = '""'
"""What a sender writes to say that there is nothing (any more); an empty field says nothing at all."""

T = TypeVar("T")

LONGEST_VALUE: Final = 1_000_000
"""Characters; about what a FHIR string may hold."""


@dataclass(frozen=True, slots=True)
class Separators:
    """The characters that a message divides its text by, from MSH-1 and MSH-2; "" for what it does not have."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""
    codec: str = "utf-8"

    def unescaped(self, text: str) -> str:
        """The characters that a value stands for: http://www.hl7.eu/HL7v2x/v251/std251/ch02.html#Heading40"""
        text = text.strip()
        if not self.escape or self.escape not in text:
            return text
        return _escapes(self.escape).sub(lambda found: self._meant(found[1], found[0]), text)

    def _meant(self, sequence: str, whole: str) -> str:
        if sequence in _NAMED:
            return str(getattr(self, _NAMED[sequence]))
        if sequence in _LAYOUT:
            return _LAYOUT[sequence]
        if sequence[:1] == "X":
            return self._hexadecimal(sequence[1:], whole)
        spaces = _SPACES.fullmatch(sequence)
        return "\n" * min(int(spaces[1] or 1), 100) if spaces else whole

    def _hexadecimal(self, digits: str, whole: str) -> str:
        try:
            return cleaned(bytes.fromhex(digits).decode(self.codec, "replace"))
        except ValueError:
            return whole


_NAMED: Final[Mapping[str, str]] = {
    "F": "field", "S": "component", "T": "subcomponent", "R": "repetition", "E": "escape", "P": "truncation",
}  # fmt: skip
_LAYOUT: Final[Mapping[str, str]] = {"H": "", "N": "", ".br": "\n", ".ce": "\n", ".fi": "", ".nf": ""}
_SPACES: Final = re.compile(r"\.sp ?\+?(\d{0,4})")


@lru_cache(maxsize=8)
def _escapes(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}([^{mark}\r\n]{{1,200}}){mark}")


class Value:
    """One repetition of a field, in raw components. They and their subcomponents count from 1; absent ones are ""."""

    __slots__ = ("_at", "_parts", "raw", "separators")

    def __init__(self, raw: str, separators: Separators, at: tuple[str, int, int, int]) -> None:
        if len(raw) > LONGEST_VALUE:
            raise Unreadable(f"{len(raw)} characters are more than {LONGEST_VALUE}", Position(*at), TOO_LONG)
        self.raw, self.separators, self._at = raw, separators, at
        self._parts = raw.split(separators.component) if raw else ()

    @property
    def position(self) -> Position:
        return Position(*self._at)

    def text(self, component: int = 1, subcomponent: int = 1) -> str:
        """The characters, blanks around them left out; "" for what is absent or null."""
        if component > len(self._parts):
            return ""
        found = self._parts[component - 1]
        if not found:
            return ""
        if found.isalnum():  # so it has none of the marks
            return found if subcomponent == 1 else ""
        mark = self.separators.subcomponent
        if mark and mark in found:
            inner = found.split(mark)
            found = inner[subcomponent - 1] if subcomponent <= len(inner) else ""
        elif subcomponent > 1:
            return ""
        return "" if found in _NOTHING else self.separators.unescaped(found)

    def texts(self, component: int) -> list[str]:
        """All subcomponents, from the first."""
        inner = self.component(component)
        return [inner.text(place) for place in range(1, len(inner._parts) + 1)]

    def component(self, component: int) -> Value:
        """A component as a value of its own: its subcomponents are the components."""
        marks = self.separators
        found = self._parts[component - 1] if component <= len(self._parts) else ""
        if marks.subcomponent and marks.subcomponent in found:
            found = found.replace(marks.subcomponent, marks.component)
        return Value(found, marks, (*self._at[:3], component))

    def __bool__(self) -> bool:
        return self.raw not in _NOTHING and bool(self.raw.strip(self.separators.component + self.separators.subcomponent + " "))


_NOTHING: Final = frozenset({"", NULL})


@dataclass(slots=True)
class Segment:
    """`name` and the raw fields: `fields[3]` is field 3. `occurrence` counts those of its name in the message, from 1.

    Not for anybody to change; not frozen either, as every message makes some and that would take three times as long.
    """

    name: str
    fields: list[str] = field(repr=False)
    separators: Separators = field(repr=False)
    occurrence: int = 1

    def text(self, number: int, component: int = 1, subcomponent: int = 1) -> str:
        """Of the first repetition; "" for what is absent or null."""
        if number >= len(self.fields) or not self.fields[number]:
            return ""
        return self.value(number).text(component, subcomponent)

    def value(self, number: int) -> Value:
        """The first repetition of a field, empty where there is none."""
        raw, mark = self.raw(number), self.separators.repetition
        if mark and mark in raw:
            raw = raw.partition(mark)[0]
        return Value(raw, self.separators, (self.name, self.occurrence, number, 0))

    def values(self, number: int) -> Iterator[Value]:
        """The repetitions of a field that say something."""
        raw = self.raw(number)
        if not raw:
            return
        at = (self.name, self.occurrence, number, 0)
        for each in raw.split(self.separators.repetition) if self.separators.repetition else (raw,):
            value = Value(each, self.separators, at)
            if value:
                yield value

    def among(self, table: Mapping[int, T]) -> list[tuple[int, T]]:
        """The entries of a table by field, of the fields in which something is written."""
        fields, end = self.fields, len(self.fields)
        return [(number, meant) for number, meant in table.items() if number < end and fields[number]]

    def is_null(self, number: int) -> bool:
        """Whether the sender says that there is nothing any more."""
        return self.raw(number) == NULL

    def position(self, number: int = 0, component: int = 0) -> Position:
        return Position(self.name, self.occurrence, number, component)

    def raw(self, number: int) -> str:
        """As it is written, all repetitions; "" for a field that is not there."""
        return self.fields[number].strip() if number < len(self.fields) else ""
