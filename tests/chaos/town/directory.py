"""Who owns what: as always."""

from __future__ import annotations

from services.directory import DIRECTORY

__all__ = ["DIRECTORY"]
