"""The timeline that a person reads: when, which service, what happened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from .cast import ZONE

Say = Callable[[datetime, str, str], None]
"""When, which service (or who), what happened."""

_COLORS: Final = {"intake": 36, "careplan": 32, "scheduling": 33, "coverage": 35}


class Timeline:
    """Prints a line for each thing that happened, and the day where a new one begins."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._plain = not sys.stdout.isatty()

    def __call__(self, moment: datetime, who: str, what: str) -> None:
        local = moment.astimezone(ZONE)
        if local.date() != self._day:
            self._day = local.date()
            print(f"\n{self._bold(f'{local:%A %-d %B %Y}')}", flush=True)
        print(f"  {local:%H:%M}  {self._colored(who)}  {what}", flush=True)

    def _colored(self, who: str) -> str:
        name = f"{who:<10}"
        return name if self._plain else f"\x1b[{_COLORS.get(who, 0)}m{name}\x1b[0m"

    def _bold(self, text: str) -> str:
        return text if self._plain else f"\x1b[1m{text}\x1b[0m"
