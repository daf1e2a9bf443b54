"""X12 as a payer outside is asked in it."""

from __future__ import annotations

from typing import Final

from services.coverage.payers.x12 import Language

from .reading import read
from .writing import write

LANGUAGE: Final = Language(write, read)
