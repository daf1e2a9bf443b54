"""What follows with every write of a ClaimResponse, whoever has decided."""

from __future__ import annotations

from typing import Any

from shared.fhir.change import Change
from shared.store.transaction import Transaction

from . import live
from .pas import notifying


def follow(change: Change[Any], tx: Transaction) -> None:
    """The plan's activity goes on, and those who have subscribed are to hear of it."""
    live.follow_authorization(change, tx)
    notifying.note(change, tx)
