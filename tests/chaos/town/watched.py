"""A service whose reactions are counted in the transaction they run in, fail when told to, and whose clock may be off."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastapi import FastAPI

from shared.events.event import Event
from shared.kernel.settings import Settings
from shared.runtime.app import build_app
from shared.service import Reaction, Service
from shared.store.transaction import Transaction

COUNTED = "chaos|"
"""Counters `chaos|<key of reacts>|<event id>`: how often a reaction to an event was committed."""


class ToldToFail(Exception):
    """A reaction that fails because the run wants it to."""


def failing(folder: Path, service: str) -> Path:
    """While this file is there, each event's reactions fail as often as the number in it says."""
    return folder / f"failing-{service}"


def clock(folder: Path, service: str) -> Path:
    """The instant that it is for a service."""
    return folder / f"clock-{service}"


def watched(service: Service) -> tuple[Service, FastAPI]:
    settings = Settings()
    failures = Failures(failing(settings.data_dir, service.name))
    reacts = {name: _watched(name, reaction, failures) for name, reaction in service.reacts.items()}
    settings = settings.model_copy(update={"clock": f"file:{clock(settings.data_dir, service.name).absolute()}"})
    seen = replace(service, reacts=reacts)
    return seen, build_app(seen, settings)


@dataclass(slots=True)
class Failures:
    """Counted by event, in the memory of this process."""

    told: Path
    _failed: Counter[str] = field(default_factory=Counter)

    def perhaps(self, event: Event) -> None:
        try:
            times = int(self.told.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if self._failed[event.id] < times:
            self._failed[event.id] += 1
            raise ToldToFail(f"failure {self._failed[event.id]} of {times}")


def _watched(name: str, reaction: Reaction, failures: Failures) -> Reaction:
    def react(event: Event, tx: Transaction) -> None:
        failures.perhaps(event)
        tx.count(f"{COUNTED}{name}|{event.id}")
        reaction(event, tx)

    return react
