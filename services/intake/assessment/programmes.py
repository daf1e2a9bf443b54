"""Who qualifies for which programme (targeted case management and others), by a table that is data (programmes.json), and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .facts import Facts

_TABLE: Mapping[str, Any] = json.loads(Path(__file__).with_name("programmes.json").read_text(encoding="utf-8"))

PROGRAMMES: Mapping[str, Mapping[str, Any]] = {each["code"]: each for each in _TABLE["programmes"]}
"""In the order in which they are offered. `conditions`, `coverage`, `acuity`: one of them; `least-age`, `most-age`,
`comorbidity`; `credential` of the manager; `strict`: who does not qualify is refused, else warned about."""

COVERAGE_TYPES: Mapping[str, frozenset[tuple[str, str]]] = {
    name: frozenset((system, code) for system, code in codes) for name, codes in _TABLE["coverage-types"].items()
}


@dataclass(frozen=True, slots=True)
class Criterion:
    holds: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Fit:
    """How a patient fits a programme: criterion by criterion."""

    code: str
    title: str
    criteria: tuple[Criterion, ...]
    credential: str = ""
    strict: bool = False

    @property
    def fits(self) -> bool:
        return all(criterion.holds for criterion in self.criteria)

    @property
    def because(self) -> str:
        """The sentences that decided: those that hold, or those that don't."""
        return "; ".join(criterion.sentence for criterion in self.criteria if criterion.holds == self.fits)


def fits(known: Facts, acuity: str) -> list[Fit]:
    """Every programme, those that the patient qualifies for first."""
    found = [fit(programme, known, acuity) for programme in PROGRAMMES.values()]
    return sorted(found, key=lambda each: not each.fits)


def fit(programme: Mapping[str, Any], known: Facts, acuity: str) -> Fit:
    return Fit(
        programme["code"],
        programme["title"],
        tuple(_criteria(programme, known, acuity)),
        programme.get("credential", ""),
        programme.get("strict", False),
    )


def _criteria(programme: Mapping[str, Any], known: Facts, acuity: str) -> Iterator[Criterion]:
    if wanted := programme.get("conditions"):
        has = [group for group in wanted if group in known.groups]
        yield Criterion(bool(has), _words("has", has) if has else _words("has none of", wanted))
    if wanted := programme.get("coverage"):
        has = [name for name in wanted if not COVERAGE_TYPES[name].isdisjoint(known.coverage_types)]
        yield Criterion(bool(has), _words("is covered by", has) if has else _words("is not covered by", wanted))
    if wanted := programme.get("acuity"):
        yield Criterion(acuity in wanted, f"acuity is {acuity}")
    yield from _limits(programme, known)


def _limits(programme: Mapping[str, Any], known: Facts) -> Iterator[Criterion]:
    age = "age is not known" if known.age is None else f"is {known.age} years old"
    if (least := programme.get("least-age")) is not None:
        yield Criterion(known.age is not None and known.age >= least, f"{age}, from {least} on")
    if (most := programme.get("most-age")) is not None:
        yield Criterion(known.age is not None and known.age <= most, f"{age}, up to {most}")
    if (least := programme.get("comorbidity")) is not None:
        points = known.values.get("comorbidity", 0)
        yield Criterion(points >= least, f"comorbidity is {points:g}, from {least} on")


def _words(said: str, names: list[str]) -> str:
    return f"{said} {' or '.join(name.replace('-', ' ') for name in names)}"
