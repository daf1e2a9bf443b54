"""The services that are measured, as the values that they are."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from services.directory import DIRECTORY
from shared.service import Service

SERVICES: Mapping[str, Service] = {name: importlib.import_module(f"services.{name}.app").service for name in DIRECTORY.owns}
