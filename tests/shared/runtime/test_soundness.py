"""A service that can't work is refused when it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypedDict

import pytest

from shared.fhir.change import Announcement
from shared.runtime.soundness import Unsound, check
from shared.service import Call, Directory, Operation, Owned, Service
from shared.store.transaction import Transaction


class Patient(TypedDict, total=False): ...


class Task(TypedDict, total=False): ...


SOUND = Service(
    name="east",
    directory=Directory({"east": ("Patient",), "west": ("Task", "Goal")}),
    owns=(Owned(Patient),),
    follows=("Task",),
)


def nothing(*_: object) -> None:
    """A reaction that does nothing."""


def an_answer(call: Call, tx: Transaction) -> dict[str, Any]:
    return {}


def announces(*names: str) -> tuple[Owned, ...]:
    return (Owned(Patient, announces=tuple(Announcement(name, lambda change: True, "for a test") for name in names)),)


def test_a_sound_service_passes() -> None:
    check(replace(SOUND, reacts={"Task.completed": nothing, "Patient": nothing}))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"name": "north"}, "the directory does not know this service"),
        ({"owns": (Owned(Patient), Owned(Task))}, "owns Task, which the directory gives to west"),
        ({"owns": (Owned(Patient), Owned(Patient))}, "owns Patient twice"),
        ({"follows": ("Patient",)}, "follows Patient, which it owns itself"),
        ({"follows": ("Basic",)}, "follows Basic, which nobody owns"),
        ({"follows": ("Task", "Task")}, "follows Task twice"),
        ({"reacts": {"Goal.reached": nothing}}, "reacts to Goal.reached, but neither owns nor follows Goal"),
        ({"owns": announces("moved", "moved")}, "announces Patient.moved twice"),
        ({"owns": announces("deleted")}, "announces Patient.deleted, a name that the engine gives"),
        ({"operations": (Operation("Patient", "merge", an_answer),)}, "the operation merge must begin with $"),
        ({"operations": (Operation("Goal", "$done", an_answer),)}, "answers $done on Goal, which it neither owns nor follows"),
        ({"operations": (Operation("Patient", "$a", an_answer),) * 2}, "answers $a on instance Patient twice"),
    ],
)
def test_a_fault_is_named(fault: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(Unsound) as refused:
        check(replace(SOUND, **fault))

    assert reason in str(refused.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(Unsound) as refused:
        check(replace(SOUND, follows=("Basic", "Patient")))

    assert len(str(refused.value).splitlines()) == 2
