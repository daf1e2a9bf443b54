"""A service that has been started: its store is open, its delivery runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Any as Delivery

from shared.runtime.telemetry import Telemetry
from shared.service import Deployed


@dataclass(frozen=True, slots=True)
class Running:
    """What health, metrics and admin pages look at."""

    deployed: Deployed
    delivery: Delivery
    telemetry: Telemetry

    def delivery_health(self) -> Mapping[str, Any]:
        return self.delivery.health() if self.delivery else {}
