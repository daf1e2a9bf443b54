"""The only module that parses and prints resources. (Draft's shape first; filled by its owner.)"""
from __future__ import annotations
from dataclasses import dataclass
from datetime import datetime
from shared.fhir.issue import Resource

@dataclass(frozen=True, slots=True)
class Draft:
    """A resource as a client sent it: parsed once for gate and rules, its own bytes kept for storing."""
    content: Resource
    text: bytes
    def stamped(self, id: str, version: int, updated: datetime) -> bytes: ...
