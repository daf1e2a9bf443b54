"""The tables that searches run over, one by kind of value, each in value order."""

from __future__ import annotations

from collections.abc import Mapping

EXTRAS: Mapping[str, tuple[str, ...]] = {}
