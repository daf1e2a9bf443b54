"""The measurements run, in the smallest way possible; what comes out is for people and not asserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import table
from bench.figures import Figure, Figures, read, write


def test_every_kind_of_measurement_gives_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "figures.json"

    only = (
        "create Coverage",
        "committed reaction",
        "publishing",
        "catching up",
        "resync",
        "outage",
        "coverage, start",
        "unit: put",
    )
    code = bench.main(["--smallest", "--only", *only, "--json", str(kept)])

    assert code == 0
    measured = list(read([kept]))
    assert {figure.name.split(",")[0] for figure in measured} >= {
        "create Coverage",
        "coverage",
        "outage: writes",
        "unit: put CarePlan",
    }
    assert all(figure.value > 0 for figure in measured)
    assert all(figure.name in capsys.readouterr().out for figure in measured[:1])


def test_rounds_of_several_runs_are_put_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, [Figure("Doors", "sqlite", "read", "/s", 16, values=[3.0, 1.0], floor=[6.0, 4.0])], {})

    (figure,) = read([tmp_path / "a", tmp_path / "b"])

    assert (figure.values, figure.share) == ([3.0, 1.0, 3.0, 1.0], 0.375)


def test_less_is_better_of_times_and_more_of_rates() -> None:
    here = Figures([Figure("", "sqlite", "read", "/s", values=[300]), Figure("", "sqlite", "start", "s", values=[3])])
    there = Figures([Figure("", "sqlite", "read", "/s", values=[200]), Figure("", "sqlite", "start", "s", values=[6])])

    lines = table.compared(here, there, "v1").splitlines()

    assert lines[2:] == ["| sqlite: read | 200/s | 300/s | 1.50 |", "| sqlite: start | 6 s | 3 s | 2.00 |"]


def test_growth_is_told_beside_the_fewest_stored() -> None:
    figures = [Figure("", "sqlite", "read", "/s", stored=stored, values=[rate]) for stored, rate in ((100, 300.0), (10, 400.0))]

    assert "| sqlite: read (10 stored) | 400/s | 100: 0.75 |" in table.grown(figures)


def test_a_table_has_a_column_for_each_number_of_connections() -> None:
    figures = [
        Figure("Doors", "sqlite", "read", "/s", connections, values=[rate], floor=[2 * rate], detail={"p99 ms": 4.2})
        for connections, rate in ((1, 500), (16, 4_000))
    ]

    assert table.markdown(figures).splitlines() == [
        "## Doors: sqlite",
        "",
        "|  | 1 connection | 16 connections |",
        "| --- | --- | --- |",
        "| read | **500/s** (0.5); p99 ms 4.2 | **4,000/s** (0.5); p99 ms 4.2 |",
    ]
