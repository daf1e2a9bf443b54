"""What is counted of the line."""

from __future__ import annotations

from typing import Final

from shared.kernel.meter import Meter

TYPES: Final = frozenset({f"ADT^A{number:02}" for number in range(1, 63)} | {f"SIU^S{number}" for number in range(12, 27)})
"""What may be a label: senders make up others."""

MESSAGES: Final = Meter(
    "careloom_hl7v2_messages",
    "HL7 v2 messages by type (ADT and SIU, others are one) and answer: AA, AE, AR, and again for one that was known.",
    ("type", "answer"),
)
SECONDS: Final = Meter("careloom_hl7v2_seconds", "From a message's last byte to its acknowledgment.", kind="seconds")
CONNECTIONS: Final = Meter("careloom_hl7v2_connections", "Senders that are connected.", kind="gauge")
DROPPED: Final = Meter(
    "careloom_hl7v2_dropped", "What was on the line and no message: frames that were cut, blank or too large.", ("what",)
)

ALL: Final = (MESSAGES, SECONDS, CONNECTIONS, DROPPED)
