"""Segments of X12 and the characters that part them. ASC X12.5, X12.6"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Separators:
    """An interchange says in its ISA which characters it uses."""

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    segment: str = "~"

    def __contains__(self, character: str) -> bool:
        return character in (self.element, self.repetition, self.component, self.segment)


USUAL: Final = Separators()


@dataclass(frozen=True, slots=True)
class Segment:
    """`elements` without the segment's id; `place` is where it stands in its transaction set, ST being 1."""

    id: str
    elements: tuple[str, ...] = ()
    place: int = 0

    def __getitem__(self, number: int) -> str:
        """The element of this number, from 1; "" where there is none."""
        return self.elements[number - 1] if number <= len(self.elements) else ""


def split(text: str, separators: Separators) -> Iterator[Segment]:
    """The segments of a text; white space between them (line ends, blanks) means nothing."""
    for piece in text.split(separators.segment):
        if stripped := piece.strip("\r\n\t "):
            id, *elements = stripped.split(separators.element)
            yield Segment(id, tuple(elements))


class Printer:
    """Says segments with one interchange's separators."""

    def __init__(self, separators: Separators = USUAL) -> None:
        self.separators = separators

    def __call__(self, id: str, *elements: str) -> str:
        """One segment as it is sent: elements may be "", and those at the end are left out."""
        said = list(elements)
        while said and not said[-1]:
            said.pop()
        return self.separators.element.join((id, *said)) + self.separators.segment

    def text(self, said: str, most: int) -> str:
        """A text of ours as it can stand in an element: basic characters, no separators, at most `most` of them."""
        if len(said) > most:
            said = said[:most].rpartition(" ")[0] or said[:most]
        return "".join(_fitting(character, self.separators) for character in said).strip()

    def composite(self, *parts: str) -> str:
        return self.separators.component.join(parts)


def _fitting(character: str, separators: Separators) -> str:
    if character in separators:
        return " "
    return character if character.isascii() and character.isprintable() else _PLAIN.get(character, "?")


_PLAIN: Final = {"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "\n": " ", "\r": " ", "\t": " "}
