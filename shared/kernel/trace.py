"""Where a piece of work comes from: the W3C trace context and the event or request that led here."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Self

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to a change: `id` names the request or event, `traceparent` follows it across services.

    https://www.w3.org/TR/trace-context/#traceparent-header
    """

    id: str
    traceparent: str

    @property
    def trace_id(self) -> str:
        return self.traceparent[3:35]

    @classmethod
    def start(cls, id: str, traceparent: str | None = None) -> Self:
        """A cause that goes on with the caller's trace, or begins one where none (or a broken one) was sent."""
        match = _TRACEPARENT.fullmatch(traceparent or "")
        trace_id = match[1] if match else _hex(128)
        return cls(id, f"00-{trace_id}-{_hex(64)}-01")


def _hex(bits: int) -> str:
    """Unique, not secret. Asking the operating system would let go of the interpreter lock, and wait for it behind the writer."""
    return f"{random.getrandbits(bits) or 1:0{bits // 4}x}"
