"""An issue quotes what was sent, and is legal FHIR all the same."""

from __future__ import annotations

from shared.fhir.gate import check
from shared.fhir.issue import Issue
from shared.fhir.refusal import outcome


def test_what_is_quoted_is_legal_whatever_it_was() -> None:
    issue = Issue("'\0\x1f\x7f' is no date", "Goal.\x01", status=400)

    said = outcome([issue])

    assert check(said) == []
    assert said["issue"][0]["diagnostics"] == "'\ufffd\ufffd\ufffd' is no date"


def test_lines_and_tabs_are_kept() -> None:
    assert Issue("one\r\n\ttwo").as_fhir()["diagnostics"] == "one\r\n\ttwo"
