"""east: patients."""

from __future__ import annotations

from typing import TypedDict

from shared.runtime.app import build_app
from shared.service import Owned, Service
from tests.shared.runtime.town.directory import DIRECTORY


class Patient(TypedDict, total=False): ...


service = Service(name="east", directory=DIRECTORY, owns=(Owned(Patient),))
app = build_app(service)
