"""Chance that can be repeated: the same seed throws the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def maybe(self, chance: float) -> bool:
        return self._random.random() < chance

    def upto(self, most: int) -> int:
        """0 to `most`."""
        return self._random.randint(0, most)

    def times(self, most: int) -> range:
        return range(self.upto(most))
