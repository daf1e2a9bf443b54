"""intake, watched."""

from __future__ import annotations

from services.intake import app as real
from tests.chaos.town.watched import watched

service, app = watched(real.service)
