"""Budgets of the gate, wide enough for a busy machine: a fast check, a cheap start."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

from services.directory import DIRECTORY
from shared.fhir import gate
from tests.shared.fhir.gate.samples import PLAN


def test_a_plan_of_five_activities_is_checked_in_a_tenth_of_a_millisecond() -> None:
    plan = {**PLAN, "activity": [PLAN["activity"][0]] * 5}
    gate.prepare(DIRECTORY.owns["careplan"])

    assert min(_seconds(plan) for _ in range(50)) < 0.0001


def test_the_types_of_every_service_are_ready_in_a_second() -> None:
    script = "import sys; from shared.fhir import gate; gate.prepare(sys.argv[1:])"
    for types in DIRECTORY.owns.values():
        start = perf_counter()
        subprocess.run([sys.executable, "-c", script, *types], check=True)
        assert perf_counter() - start < 2


def _seconds(plan: dict[str, object]) -> float:
    start = perf_counter()
    assert gate.check(plan) == []
    return perf_counter() - start
