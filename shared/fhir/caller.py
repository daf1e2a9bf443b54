"""Who is asking. Every door makes one; handlers, units of work and the search compiler take it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """`kind` is system, user, patient or service; `scopes` are SMART v2 scopes, `patients` the compartments that limit it."""

    id: str
    kind: str = "system"
    scopes: frozenset[str] = frozenset()
    patients: frozenset[str] = frozenset()
    purpose: str = ""
    reason: str = ""

    def within(self, type: str) -> str | None:  # noqa: ARG002
        """The search criteria (`patient=1,2`) that every query over this type is limited by; None: no limit."""
        return None


LOCAL = Caller("local")
"""Everybody, until authentication is configured: a service then listens on loopback only."""
