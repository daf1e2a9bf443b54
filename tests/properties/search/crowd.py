"""A hundred resources of few words, always the same: what is asked of them has many answers, on many pages."""

from __future__ import annotations

import random
from typing import Any, Final

from tests.properties.search.reading import World
from tests.properties.search.worlds import CODES, DATES, IDS, NAMES, NUMBERS, SYSTEMS, UNITS

_CHANCE: Final = random.Random(20261123)


def _crowd() -> World:
    patients = [{"resourceType": "Patient", "id": id, **_patient()} for id in (*IDS, *(f"p{number}" for number in range(22)))]
    observations = [
        {"resourceType": "Observation", "id": id, **_observation([patient["id"] for patient in patients])}
        for id in (*IDS, *(f"o{number}" for number in range(77)))
    ]
    return {f"{one['resourceType']}/{one['id']}": one for one in (*patients, *observations)}


def _patient() -> dict[str, Any]:
    names = {"name": [{"family": _CHANCE.choice(NAMES)} for _ in range(_CHANCE.randint(1, 2))]}
    return _perhaps({"gender": _CHANCE.choice(("male", "female", "other"))}) | _perhaps(names)


def _observation(patients: list[str]) -> dict[str, Any]:
    coding = {"code": _CHANCE.choice(CODES), **_perhaps({"system": _CHANCE.choice(SYSTEMS)}, 0.6)}
    found: dict[str, Any] = {"status": _CHANCE.choice(("final", "amended")), "code": {"coding": [coding]}}
    found |= _perhaps({"subject": {"reference": f"Patient/{_CHANCE.choice(patients)}"}})
    found |= _perhaps({"valueQuantity": {"value": _CHANCE.choice(NUMBERS), "unit": _CHANCE.choice(UNITS)}})
    return found | _perhaps(_when())


def _when() -> dict[str, Any]:
    if _CHANCE.random() < 0.5:
        return {"effectiveDateTime": _CHANCE.choice(DATES)}
    ends = sorted(_CHANCE.sample([date for date in DATES if len(date) == 10], 2))
    period = _perhaps({"start": ends[0]}) | _perhaps({"end": ends[1]})
    return {"effectivePeriod": period} if period else {}


def _perhaps(elements: dict[str, Any], chance: float = 0.8) -> dict[str, Any]:
    return elements if _CHANCE.random() < chance else {}


CROWD: Final[World] = _crowd()
