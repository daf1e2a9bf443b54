"""What the environment sets."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.kernel.settings import Settings

SERVICES = ("intake", "careplan")


def test_a_service_listens_on_its_place_in_the_directory() -> None:
    assert Settings(port_base=9000).port("careplan", SERVICES) == 9002


def test_others_are_found_on_loopback_unless_it_is_said_where(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(port_base=9000).service_url("careplan", SERVICES) == "http://127.0.0.1:9002"

    monkeypatch.setenv("CARE_CAREPLAN_URL", "https://plans.example/")

    assert Settings().service_url("careplan", SERVICES) == "https://plans.example"


def test_a_database_is_a_file_in_the_data_folder_unless_it_is_said_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).database_url("careplan") == f"sqlite:///{tmp_path}/careplan.db"

    monkeypatch.setenv("CARE_CAREPLAN_DATABASE_URL", "postgresql://db.example/plans")

    assert Settings().database_url("careplan") == "postgresql://db.example/plans"


def test_a_broker_elsewhere_takes_the_place_of_our_own() -> None:
    assert Settings(nats_port=4999).broker_url == "nats://127.0.0.1:4999"
    assert Settings(nats_url="nats://broker.example:4222").broker_url == "nats://broker.example:4222"


def test_lengths_of_time_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARE_OUTBOX_KEEP", "2h")

    assert Settings().outbox_keep == timedelta(hours=2)


def test_what_says_nothing_sensible_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARE_GRACE", "soon")

    with pytest.raises(ValidationError, match="length of time"):
        Settings()


def test_a_port_may_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for said, meant in (("off", None), ("", None), ("0", 0), ("2576", 2576)):
        monkeypatch.setenv("CARE_MLLP_PORT", said)

        assert Settings().mllp_port == meant
