"""What intake does at every start."""

from __future__ import annotations

from shared.store.transaction import Transaction

from .questionnaires.shipping import ship
from .waiting import weigh_again


def begin(tx: Transaction) -> None:
    ship(tx)
    weigh_again(tx)
