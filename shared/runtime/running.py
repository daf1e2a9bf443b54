"""A service that has been started: its store is open, its delivery runs."""

from __future__ import annotations

from dataclasses import dataclass

from shared.delivery.doors import Delivery
from shared.runtime.telemetry import Telemetry
from shared.service import Deployed


@dataclass(frozen=True, slots=True)
class Running:
    """What health and metrics look at."""

    deployed: Deployed
    delivery: Delivery
    telemetry: Telemetry
