"""References: their forms, their places, and pointing them elsewhere."""

from __future__ import annotations

import pytest

from shared.fhir.reference import parse, references, relative, rewritten


@pytest.mark.parametrize(
    ("value", "kind", "target"),
    [
        ("Patient/1", "relative", "Patient/1"),
        ("Patient/1/_history/2", "relative", "Patient/1"),
        ("http://x/fhir/Patient/1#p", "absolute", "Patient/1"),
        ("#c", "contained", ""),
        ("urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "urn", ""),
        ("urn:oid:1.2.3", "urn", ""),
        ("Patient?identifier=s|v", "conditional", ""),
        ("http://x/PlanDefinition-a|2.0", "canonical", ""),
        ("patient 1", "other", ""),
    ],
)
def test_a_reference_has_a_kind(value: str, kind: str, target: str) -> None:
    assert parse(value).kind == kind
    assert parse(value).target == target


def test_our_own_base_is_left_out() -> None:
    assert relative("http://us/fhir/Patient/1", "http://us/fhir") == "Patient/1"
    assert relative("http://them/fhir/Patient/1", "http://us/fhir") == "http://them/fhir/Patient/1"


def test_every_reference_is_found_with_its_path() -> None:
    plan = {
        "resourceType": "CarePlan",
        "contained": [{"resourceType": "Goal", "subject": {"reference": "Patient/1"}}],
        "extension": [{"url": "u", "valueReference": {"reference": "#g"}}],
        "subject": {"reference": "Patient/1"},
    }

    assert [found.path for found in references(plan)] == [
        "CarePlan.contained[0].subject.reference",
        "CarePlan.extension[0].valueReference.reference",
        "CarePlan.subject.reference",
    ]


def test_references_addresses_and_links_are_rewritten_and_identifiers_are_not() -> None:
    before = {
        "resourceType": "CarePlan",
        "text": {"div": "<div><a href=\"urn:uuid:1#x\">a</a><img src='urn:uuid:1'/>urn:uuid:1</div>"},
        "identifier": [{"value": "urn:uuid:1"}],
        "subject": {"reference": "urn:uuid:1"},
        "contained": [{"resourceType": "Goal", "subject": {"reference": "urn:uuid:1"}}],
        "extension": [{"url": "u", "valueUri": "urn:uuid:1"}],
    }

    after = rewritten(before, {"urn:uuid:1": "Patient/9"})

    assert after["text"]["div"] == "<div><a href=\"Patient/9#x\">a</a><img src='Patient/9'/>urn:uuid:1</div>"
    assert after["subject"] == {"reference": "Patient/9"}
    assert after["contained"][0]["subject"] == {"reference": "Patient/9"}
    assert after["extension"][0]["valueUri"] == "Patient/9"
    assert after["identifier"] is before["identifier"]
    assert before["subject"] == {"reference": "urn:uuid:1"}


def test_what_holds_nothing_to_rewrite_stays_the_same_object() -> None:
    resource = {"resourceType": "Task", "for": {"reference": "Patient/1"}, "note": [{"text": "x"}]}

    assert rewritten(resource, {"urn:uuid:1": "Patient/9"}) is resource
