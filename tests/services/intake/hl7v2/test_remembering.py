"""What is short is made out once; what is long is made out, and not kept."""

from __future__ import annotations

import pytest

from services.intake.hl7v2.remembering import remembered


@pytest.mark.parametrize(("said", "times"), [("MERCY", 1), ("M" * 200, 1), ("M" * 201, 2), ("M" * 1_000_000, 2)])
def test_only_what_is_short_is_kept(said: str, times: int) -> None:
    asked: list[str] = []

    @remembered
    def length(name: str, plus: int = 0) -> int:
        asked.append(name)
        return len(name) + plus

    assert [length(said, plus=1), length(said, plus=1)] == [len(said) + 1] * 2
    assert len(asked) == times
