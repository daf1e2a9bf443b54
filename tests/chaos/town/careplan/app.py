"""careplan, watched."""

from __future__ import annotations

from services.careplan import app as real
from tests.chaos.town.watched import watched

service, app = watched(real.service)
