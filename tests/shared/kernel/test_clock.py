"""The clock that CARE_CLOCK names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.kernel.clock import FileClock, clock_of, span, system_now
from tests.shared.runtime.stack import until


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("0.5s", timedelta(milliseconds=500)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(hours=24)),
        ("30d", timedelta(days=30)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert span(text) == length


@pytest.mark.parametrize("text", ["", "s", "90", "-90s", "1w", "1 s", "٣s"])
def test_any_other_text_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="length of time"):
        span(text)


@pytest.mark.parametrize(("setting", "ahead"), [("system", 0), ("+90s", 90), ("-2d", -172800)])
def test_a_clock_is_the_systems_or_so_much_ahead_or_behind(setting: str, ahead: int) -> None:
    assert abs(clock_of(setting)() - system_now() - timedelta(seconds=ahead)) < timedelta(seconds=1)


@pytest.mark.parametrize("setting", ["", "tomorrow", "90s", "+90", "System"])
def test_any_other_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=r"CARE_CLOCK|length of time"):
        clock_of(setting)


def test_a_clock_in_a_file_is_moved_by_writing_to_it(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("2026-01-01T00:00:00Z")
    clock = clock_of(f"file:{file}")
    assert clock() == datetime(2026, 1, 1, tzinfo=UTC)

    file.write_text("2026-03-01T12:00:00+02:00")

    until(lambda: clock() == datetime(2026, 3, 1, 10, tzinfo=UTC), 1)


def test_a_clock_whose_file_is_being_written_keeps_its_time(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("2026-01-01T00:00:00Z")
    clock = FileClock(file)
    clock()

    file.write_text("2026-03-01")

    until(lambda: clock() == datetime(2026, 1, 1, tzinfo=UTC), 1)


def test_a_clock_whose_file_is_not_there_yet_is_the_systems_and_does_not_stand_still(tmp_path: Path) -> None:
    clock = clock_of(f"file:{tmp_path / 'none'}")
    began = clock()

    assert abs(began - system_now()) < timedelta(seconds=1)
    until(lambda: clock() - began > timedelta(milliseconds=150), 1)
