"""MLLP's frames: 0x0B, a message, 0x1C 0x0D. Whatever else is on the line is left out and counted.

HL7 v2 Transport Specification: MLLP, release 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

START: Final = b"\x0b"
END: Final = b"\x1c"
RETURN: Final = b"\r"

_ENDS: Final = (END + RETURN, END + b"\n")
_RESTART: Final = START + b"MSH"
_KEPT_OF_TOO_LARGE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """What stood in a frame. Of one that is `too_large` only the beginning is kept; `size` is what it had."""

    content: bytes
    size: int = 0
    too_large: bool = False

    @property
    def is_blank(self) -> bool:
        return not self.content.strip(b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n\x0b\x0c")


def framed(content: bytes) -> bytes:
    return START + content + END + RETURN


class Framer:
    """Takes what arrives, in pieces of any size, and gives the frames that are complete. Never holds more than `largest` bytes.

    `skipped` counts the bytes that stood in no frame, `cut` the frames whose end never came.
    """

    def __init__(self, largest: int) -> None:
        self.skipped = 0
        self.cut = 0
        self._largest = largest
        self._beginning = min(_KEPT_OF_TOO_LARGE, largest)
        self._held = bytearray()
        self._inside = False
        self._looked = 0
        self._dropped = 0

    @property
    def is_inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._inside

    def feed(self, received: bytes) -> list[Frame]:
        self._held += received
        return list(self._frames())

    def end(self) -> list[Frame]:
        """The line is closed: what a sender ended with 0x1C alone is a frame, any other that was begun is cut."""
        if self._inside and self._held.endswith(END):
            return self.feed(RETURN)
        self.cut += self._inside
        self._inside = False
        self._held.clear()
        return []

    def _frames(self) -> Iterator[Frame]:
        while self._entered():
            end = self._end()
            if end < 0:
                self._shrink()
                return
            content = bytes(self._held[:end])
            del self._held[: end + 2]
            yield self._frame(content)

    def _entered(self) -> bool:
        """Whether what is held is of a frame; what stands before its beginning is left out."""
        if self._inside:
            return True
        start = self._held.find(START)
        between = self._held[: start if start >= 0 else None]
        self.skipped += len(between.strip(b"\r\n"))
        del self._held[: start + 1 if start >= 0 else None]
        self._inside = start >= 0
        return self._inside

    def _end(self) -> int:
        """Where the content ends, -1 where that has not come yet. What was looked through is not looked through again."""
        found = [place for end in _ENDS if (place := self._held.find(end, self._looked)) >= 0]
        self._looked = 0 if found else max(0, len(self._held) - 1)
        return min(found, default=-1)

    def _frame(self, content: bytes) -> Frame:
        self._inside = False
        size, self._dropped = len(content) + self._dropped, 0
        if size > self._largest:
            return Frame(content[: self._beginning], size, too_large=True)
        restart = content.rfind(_RESTART)
        if restart < 0:
            return Frame(content, size)
        self.cut += 1
        return Frame(content[restart + 1 :], len(content) - restart - 1)

    def _shrink(self) -> None:
        """Of what is too large already the beginning is kept, and as much of the end as a terminator needs."""
        if len(self._held) + self._dropped <= self._largest:
            return
        dropped = len(self._held) - self._beginning - 1
        if dropped > 0:
            del self._held[self._beginning : -1]
            self._dropped += dropped
            self._looked = self._beginning
