"""Small resources of our own that are legal R4; tests turn one knob."""

from __future__ import annotations

import copy
from typing import Any

PLAN: dict[str, Any] = {
    "resourceType": "CarePlan",
    "id": "p1",
    "meta": {"profile": ["http://example.org/plan"], "tag": [{"system": "http://example.org/tag", "code": "a"}]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>A <b>plan</b></p></div>'},
    "identifier": [{"system": "urn:oid:1.2.3", "value": "7", "period": {"start": "2024-02-29"}}],
    "status": "active",
    "intent": "plan",
    "subject": {"reference": "Patient/river", "display": "River"},
    "period": {"start": "2026-01-01", "end": "2026-02-01T10:00:00+01:00"},
    "created": "2026-01-01T08:00:00.123Z",
    "activity": [
        {
            "detail": {
                "kind": "ServiceRequest",
                "status": "scheduled",
                "code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}], "text": "therapy"},
                "scheduledTiming": {
                    "repeat": {"frequency": 1, "period": 1.5, "periodUnit": "wk", "boundsPeriod": {"start": "2026"}}
                },
                "dailyAmount": {"value": 2, "unit": "mg"},
            }
        },
        {"reference": {"reference": "Task/t1"}},
    ],
}

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "River", "given": ["Ann", "B"], "use": "official"}],
    "gender": "female",
    "birthDate": "1990-05-17",
    "deceasedBoolean": False,
    "contact": [{"name": {"text": "A friend"}}],
}

APPOINTMENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "status": "booked",
    "start": "2026-03-01T09:00:00Z",
    "end": "2026-03-01T10:00:00Z",
    "minutesDuration": 60,
    "participant": [{"actor": {"reference": "Patient/river"}, "status": "accepted"}],
}

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    "valueQuantity": {"value": 105.0, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
}


def changed(sample: dict[str, Any], *path: str | int, to: Any) -> dict[str, Any]:
    """A copy of the sample with one place changed (or added)."""
    made = copy.deepcopy(sample)
    here: Any = made
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = to
    return made


def without(sample: dict[str, Any], *names: str) -> dict[str, Any]:
    """A copy of the sample without some of its elements."""
    return {name: value for name, value in copy.deepcopy(sample).items() if name not in names}
