"""Who did what to which resource, and how it went. Metrics listen to it; audit will."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.fhir.caller import Caller


@dataclass(frozen=True, slots=True)
class Access:
    """`interaction` is FHIR's code (`read`, `create`, …) or an operation's `$name`, `outcome` the HTTP status of the answer.

    `id` is "" where the interaction is about no single resource that was named. `seconds` is the time that it took, 0 for an
    entry of a bundle. What nobody could make out is of the interaction "".
    """

    caller: Caller
    interaction: str
    type: str
    id: str
    outcome: int
    seconds: float = 0.0


Listener = Callable[[Access], None]
"""Called in the event loop's thread after every interaction, entries of bundles included. It must be quick."""


def nobody(access: Access) -> None:
    """The listener of a service that nobody listens to."""
