"""west: tasks about patients of the east."""

from __future__ import annotations

from typing import TypedDict

from shared.runtime.app import build_app
from shared.service import Owned, Service
from tests.shared.runtime.town.directory import DIRECTORY


class Task(TypedDict, total=False): ...


service = Service(name="west", directory=DIRECTORY, owns=(Owned(Task),), follows=("Patient",))
app = build_app(service)
