"""A payer that does not answer is left alone for a while, so that nobody waits for it in vain."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Closed until so many failures in a row; then open for a while; then one may try, and its success closes it.

    No kept library of this kind takes its clock from outside, which a test of it needs.
    """

    def __init__(self, failures: int, rest_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = failures
        self._rest = rest_seconds
        self._monotonic = monotonic
        self._failed = 0
        self._until: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        if self._until is None:
            return "closed"
        return "half-open" if self._monotonic() >= self._until else "open"

    def admits(self) -> bool:
        """Whether one may try now. Who is admitted says how it went: `succeeded`, `failed` or `left`."""
        if self._until is None:
            return True
        if self._trying or self._monotonic() < self._until:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        self._failed, self._until, self._trying = 0, None, False

    def failed(self) -> None:
        self._failed += 1
        self._trying = False
        if self._failed >= self._most or self._until is not None:
            self._until = self._monotonic() + self._rest

    def left(self) -> None:
        """The try came to nothing either way (it was cancelled)."""
        self._trying = False
