"""Several messages in one frame: a batch or file (BHS, FHS), or simply one behind the other. They are answered the same way.

HL7 v2.5.1, 2.10.3
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(rb"[^\r\n]*[\r\n]*")
_AROUND: Final = (b"FHS", b"BHS", b"BTS", b"FTS")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Batch:
    """`messages` in their order; `around` which of the segments about a batch there are."""

    messages: tuple[bytes, ...]
    around: frozenset[bytes] = frozenset()

    def answered(self, answers: Sequence[bytes]) -> bytes:
        """The answers in one frame, within the same segments as the messages were; b"" where there is none."""
        if not answers or not self.around:
            return b"".join(answers)
        count = str(len(answers)).encode()
        parts = [
            *([b"FHS|^~\\&\r"] if b"FHS" in self.around else []),
            b"BHS|^~\\&\r",
            *answers,
            b"BTS|" + count + b"\r",
            *([b"FTS|1\r"] if b"FHS" in self.around else []),
        ]
        return b"".join(parts)


def batch_of(content: bytes) -> Batch:
    """A frame that holds one message (or something that is none) is a batch of that, byte by byte."""
    if content.count(b"MSH") < 2 and not content.lstrip(b"\r\n \t" + _BOM).startswith(_AROUND):
        return Batch((content,))
    around, messages = set(), [bytearray()]
    for line in _LINE.findall(content):
        name = line.lstrip(b" \t" + _BOM)[:3]
        if name in _AROUND:
            around.add(name)
            continue
        if name == b"MSH" and messages[-1].strip():
            messages.append(bytearray())
        messages[-1] += line
    found = tuple(bytes(message) for message in messages if message.strip())
    return Batch(found, frozenset(around)) if found else Batch((content,))
