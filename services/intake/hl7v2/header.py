"""The header of a message as the line needs it: read from the bytes, even of a message that nobody can read otherwise.

Every byte is a character here (ISO 8859-1), so that what is echoed is, byte by byte, what was said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

_BYTES: Final = "iso8859-1"
_USUAL: Final = ("|", "^~\\&")
_BEGIN: Final = re.compile(rb"\A(?:\xef\xbb\xbf|[\x00\s])*MSH")
_LINE_END: Final = re.compile(rb"[\r\n]")
_LONGEST: Final = 4096


@dataclass(frozen=True)
class Header:
    """MSH's fields by number; an empty header where a message has none. `fields[1]` is the separator, `fields[2]` the others."""

    fields: tuple[str, ...] = ("MSH", *_USUAL)

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """Never raises."""
        begin = _BEGIN.match(raw)
        if begin is None:
            return cls()
        line = _LINE_END.split(raw[begin.end() : begin.end() + _LONGEST], maxsplit=1)[0].decode(_BYTES)
        mark = line[:1]
        if not mark or mark.isalnum() or mark.isspace():
            return cls()
        return cls(("MSH", mark, *line[1:].split(mark)))

    def __getitem__(self, number: int) -> str:
        return self.fields[number].strip() if number < len(self.fields) else ""

    @property
    def is_answer(self) -> bool:
        return self.kind[0] in ("ACK", "MCF")

    @property
    def mark(self) -> str:
        return self.fields[1]

    @property
    def component(self) -> str:
        return self.fields[2][:1] or "^"

    @cached_property
    def kind(self) -> tuple[str, str]:
        """Message code and trigger event, ("ADT", "A01"); "" for what it does not say."""
        code, event, *_ = (*self[9].split(self.component), "", "")
        return code.strip().upper(), event.strip().upper()

    @property
    def type(self) -> str:
        """`ADT^A01`, however the message writes it."""
        return "^".join(self.kind).strip("^")

    @property
    def sender(self) -> str:
        """`application@facility`, each by its first component."""
        return "@".join(found for number in (3, 4) if (found := self[number].split(self.component)[0].strip()))

    @property
    def control_id(self) -> str:
        return self[10]
