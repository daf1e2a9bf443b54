"""Where an answer ends on the wire, and whether it is the one that was hoped for: HTTP, and HL7 v2 over MLLP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_LENGTH = b"content-length:"
_FRAME_END = b"\x1c\r"
FINE, REFUSED = 200, 422
"""The statuses of answers that have none."""


@dataclass(frozen=True, slots=True)
class Wire:
    """`end`: how many bytes the answer has, 0: not known yet. `status`: of a whole answer. Values, as they go to a process."""

    end: Callable[[bytearray], int]
    status: Callable[[bytearray], int]


def _end_of_http(received: bytearray) -> int:
    """The doors send a Content-Length or no body."""
    head = received.find(b"\r\n\r\n") + 4
    if head < 4:
        return 0
    at = received[:head].lower().find(_LENGTH)
    return head + (int(received[at + len(_LENGTH) : received.index(b"\r", at)]) if at >= 0 else 0)


def _status_of_http(answer: bytearray) -> int:
    return int(answer[9:12])


def _end_of_frame(received: bytearray) -> int:
    return received.find(_FRAME_END) + len(_FRAME_END) if _FRAME_END in received else 0


def _acknowledged(answer: bytearray) -> int:
    return FINE if b"\rMSA|AA|" in answer else REFUSED


def _anything(_answer: bytearray) -> int:
    return FINE


HTTP = Wire(_end_of_http, _status_of_http)
MLLP = Wire(_end_of_frame, _acknowledged)
ECHO = Wire(_end_of_frame, _anything)
