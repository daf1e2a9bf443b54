"""The directory says who owns what; the services say the same."""

from __future__ import annotations

import pytest

from deploy.documents import services
from services.directory import DIRECTORY
from shared.service import Service
from tests.architecture.source import ROOT

SERVICES = {service.name: service for service in services()}


def test_every_folder_of_services_stands_in_the_directory() -> None:
    folders = {path.parent.name for path in (ROOT / "services").glob("*/app.py")}

    assert folders == set(DIRECTORY.owns)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_service_owns_what_the_directory_says(service: Service) -> None:
    assert {owned.name for owned in service.owns} == set(DIRECTORY.owns[service.name])


def test_no_type_has_two_owners() -> None:
    types = [type for owned in DIRECTORY.owns.values() for type in owned]

    assert len(types) == len(set(types))


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_what_a_service_reacts_to_is_announced_by_its_owner(service: Service) -> None:
    given = {"created", "updated", "deleted", "proposed", ""}
    unknown = [event for event in service.reacts if event.partition(".")[2] not in given | announced(event.partition(".")[0])]

    assert not unknown


def announced(type: str) -> set[str]:
    owner = SERVICES[DIRECTORY.owner(type) or ""].owned(type)
    return {announcement.name for announcement in owner.announces} if owner else set()
