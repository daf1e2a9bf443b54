"""A service that has been started: its store is open, its delivery runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.runtime.telemetry import Levels, Telemetry
from shared.service import Deployed
from shared.store import dead_letters, outbox, timers
from shared.store.view import View


@dataclass(frozen=True, slots=True)
class Running:
    """What health, metrics and admin pages look at."""

    deployed: Deployed
    delivery: Any
    telemetry: Telemetry

    def delivery_health(self) -> Mapping[str, Any]:
        return self.delivery.health() if self.delivery else {}
