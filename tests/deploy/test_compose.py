"""The compose file, as far as can be told without an engine."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from services.directory import DIRECTORY
from shared.kernel.settings import PER_SERVICE, Settings
from tests.architecture.source import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def test_every_service_of_the_directory_runs_beside_broker_and_database() -> None:
    assert set(SERVICES) == {"nats", "postgres", *DIRECTORY.owns}


def test_nothing_is_published() -> None:
    assert not [name for name, each in SERVICES.items() if "ports" in each]


def test_all_share_the_brokers_network() -> None:
    assert {each.get("network_mode") for name, each in SERVICES.items() if name != "nats"} == {"service:nats"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_probe_is_executed_inside(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", DIRECTORY.owns)
def test_the_probe_asks_the_port_that_the_service_listens_on(name: str) -> None:
    port = Settings(port_base=8000).port(name, DIRECTORY.owns)

    assert SERVICES[name]["healthcheck"]["test"][-1] == str(port)


@pytest.mark.parametrize("name", DIRECTORY.owns)
def test_what_the_environment_sets_are_settings(name: str) -> None:
    known = {f"CARE_{field.upper()}" for field in Settings.model_fields} | {f"CARE_{name.upper()}_{key}" for key in PER_SERVICE}

    assert set(SERVICES[name]["environment"]) <= known


@pytest.mark.parametrize("name", DIRECTORY.owns)
def test_a_service_is_built_from_the_one_dockerfile_and_can_write_nowhere_else(name: str) -> None:
    service = SERVICES[name]

    assert service["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile", "args": {"SERVICE": name}}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", DIRECTORY.owns)
def test_every_service_has_a_database_of_its_own(name: str) -> None:
    made = re.findall(r"CREATE DATABASE (\w+);", (ROOT / "deploy/local/databases.sql").read_text())
    url = SERVICES[name]["environment"][f"CARE_{name.upper()}_DATABASE_URL"]

    assert url.rpartition("/")[2] == name
    assert name in made


def test_every_file_that_is_mounted_exists() -> None:
    mounted = [volume.split(":")[0] for each in SERVICES.values() for volume in each.get("volumes", ())]

    assert not [path for path in mounted if path.startswith(".") and not (ROOT / "deploy" / path).exists()]


def test_services_have_time_to_stop() -> None:
    grace = {int(SERVICES[name]["stop_grace_period"].removesuffix("s")) for name in DIRECTORY.owns}

    assert min(grace) > Settings.model_fields["grace"].default.total_seconds()
