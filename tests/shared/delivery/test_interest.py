"""The subjects that a service's consumer asks for."""

from __future__ import annotations

from itertools import permutations

import pytest

from shared.delivery.interest import filters
from shared.service import Owned, Service
from tests.shared.delivery.towns import DIRECTORY, Patient, keep_a_task, north, south


def test_followed_types_are_heard_whole_and_own_ones_as_proposals() -> None:
    assert filters(south()) == ("care.Basic.proposed.*", "care.Observation.rejected.*", "care.Patient.>", "care.Task.proposed.*")


def test_an_own_type_is_heard_whole_where_it_is_reacted_to() -> None:
    assert "care.Task.>" in filters(south({"Task.created": keep_a_task}))
    assert "care.Task.proposed.*" not in filters(south({"Task.created": keep_a_task}))


def test_who_takes_foreign_bundles_hears_what_became_of_them() -> None:
    assert {"care.Task.accepted.*", "care.Task.rejected.*"} <= set(filters(north(takes_foreign_bundles=True)))


@pytest.mark.parametrize("service", [north(), south(), south({"Task": keep_a_task}), north(takes_foreign_bundles=True)])
def test_no_two_filters_overlap(service: Service) -> None:
    for one, other in permutations(filters(service), 2):
        assert not _covers(one.split("."), other.split("."))


def test_a_reaction_to_what_nobody_hears_is_refused() -> None:
    deaf = Service(name="deaf", directory=DIRECTORY, owns=(Owned(Patient),), reacts={"Task.created": keep_a_task})

    with pytest.raises(ValueError, match="deaf reacts to Task"):
        filters(deaf)


def _covers(one: list[str], other: list[str]) -> bool:
    return all(a in (">", "*", b) for a, b in zip(one, other, strict=False))
