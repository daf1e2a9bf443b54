"""Where in a message something stands, and what is wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from shared.fhir.issue import Issue
from shared.fhir.refusal import Malformed, Unprocessable

if TYPE_CHECKING:
    from .message import Message

SEQUENCE_ERROR: Final = "100"
REQUIRED_FIELD_MISSING: Final = "101"
DATA_TYPE_ERROR: Final = "102"
NO_SUCH_CODE: Final = "103"
TOO_LONG: Final = "104"
UNSUPPORTED_TYPE: Final = "200"
UNKNOWN_KEY: Final = "204"
INTERNAL_ERROR: Final = "207"
"""Of HL7 table 0357, the error conditions of ERR-3."""


class Position(NamedTuple):
    """A segment (the nth of its name), a field of it, a component; 0 where it is about the whole."""

    segment: str
    occurrence: int = 1
    field: int = 0
    component: int = 0

    @property
    def erl(self) -> str:
        """As ERR-2 says it: `PID^1^3`, `PID^1^3^1^4`."""
        parts = [self.segment, str(self.occurrence)]
        if self.field:
            parts.append(str(self.field))
        if self.component:
            parts += ["1", str(self.component)]
        return "^".join(parts)

    def __str__(self) -> str:
        """As people say it: `PID-3`, `PID-3.4`, `PID[2]-3`."""
        said = self.segment if self.occurrence == 1 else f"{self.segment}[{self.occurrence}]"
        if self.field:
            said += f"-{self.field}"
        return f"{said}.{self.component}" if self.component else said


class Unreadable(Malformed):
    """No message that can be worked with. `condition` is of table 0357; `message` what could be read of it, for the answer."""

    def __init__(self, reason: str, position: Position, condition: str = DATA_TYPE_ERROR, message: Message | None = None) -> None:
        super().__init__(Issue(f"{position}: {reason}", str(position), "structure", status=400))
        self.reason, self.position, self.condition, self.message = reason, position, condition, message


class Unmappable(Unprocessable):
    """A message that is readable and says what can't be: which field is at fault, and a condition of table 0357."""

    def __init__(self, reason: str, position: Position, condition: str = DATA_TYPE_ERROR) -> None:
        super().__init__(Issue(f"{position}: {reason}", str(position), "processing"))
        self.reason, self.position, self.condition = reason, position, condition
