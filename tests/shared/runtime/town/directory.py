"""Who owns what in the town."""

from __future__ import annotations

from shared.service import Directory

DIRECTORY = Directory({"east": ("Patient",), "west": ("Task",)})
