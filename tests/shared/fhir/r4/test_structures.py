"""What the condensed definitions hold, checked at places that are easily got wrong."""

from __future__ import annotations

from shared.fhir.gate.definitions import codes, group, is_resource_type, resource_types


def test_all_resource_types_of_r4_are_there_and_no_other() -> None:
    assert len(resource_types()) == 146
    assert not any(map(is_resource_type, ("Citation", "SubscriptionStatus", "DomainResource", "Resource", "Period", "Bot")))


def test_elements_that_the_packager_added_are_not_there() -> None:
    assert not {"project", "author", "account", "compartment"} & set(group("Meta").elements)
    assert "url" not in group("Binary").elements
    assert "associatedParty" not in group("ResearchStudy").elements
    assert "participantEffective" in group("EvidenceVariable.characteristic").elements


def test_codes_of_hierarchies_are_all_there_but_the_abstract_ones() -> None:
    item_types = codes("http://hl7.org/fhir/ValueSet/item-type")

    assert item_types is not None
    assert {"group", "choice", "open-choice"} <= set(item_types.any_system)
    assert "question" not in item_types.any_system


def test_what_cannot_be_listed_is_a_syntax() -> None:
    mime = codes("http://hl7.org/fhir/ValueSet/mimetypes")

    assert mime is not None
    assert mime.syntax == "mime"


def test_a_simple_quantity_has_no_comparator() -> None:
    amount = group("CarePlan.activity.detail").elements["dailyAmount"]

    assert [variant.type for variant in amount.variants] == ["SimpleQuantity"]
    assert "comparator" not in group("SimpleQuantity").elements
