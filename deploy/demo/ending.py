"""How River's case ends, whatever happened to the machines meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

ENDING: Mapping[str, object] = {
    "cases": ["finished"],
    "plans": ["completed"],
    "services": ["completed", "completed", "completed"],
    "visits": {"fulfilled": 26, "noshow": 1},
    "open tasks": [],
    "authorized visits": [(2, 2), (12, 12)],
}

TASKS: Mapping[str, int] = {
    "transition-contact": 1,
    "transition-visit": 1,
    "medication-review": 1,
    "education": 1,
    "missed-visit": 1,
    "renewal": 1,
    "alert": 1,
    "plan-review": 1,
}
"""Each raised once; beside them the check-ins, one a week."""


def wrong_with(end: Mapping[str, object]) -> list[str]:
    """A sentence for each thing that is not as it should be."""
    found = [f"{name}: {end[name]}, not {wanted}" for name, wanted in ENDING.items() if end[name] != wanted]
    tasks = end["tasks"]
    assert isinstance(tasks, dict)
    raised = {kind: number for kind, number in tasks.items() if kind != "check-in"}
    return found + ([] if raised == TASKS else [f"tasks: {raised}, not {dict(TASKS)}"])
