"""One table of names, and the document made from it."""

from __future__ import annotations

from typing import Any

from shared.events.asyncapi import document
from shared.events.catalogue import ENGINE, catalogue
from shared.fhir.change import Announcement

DISCHARGED = Announcement("discharged", lambda change: change.became("status", "finished"), "The patient has left.")
CATALOGUE = catalogue([("intake", "Encounter", (DISCHARGED,)), ("careplan", "Goal", ())])


def test_every_type_has_the_names_of_the_engine() -> None:
    assert [entry.name for entry in CATALOGUE if entry.type == "Goal"] == list(ENGINE)


def test_what_a_domain_announces_stands_beside_them() -> None:
    entry = next(entry for entry in CATALOGUE if entry.name == "discharged")

    assert (entry.type, entry.service, entry.about) == ("Encounter", "intake", "The patient has left.")
    assert entry.subject == "care.Encounter.discharged.<id>"
    assert entry.event_type == "careloom.Encounter.discharged.v1"


def test_the_document_has_a_channel_for_each_type_and_a_message_for_each_name() -> None:
    channels = document(CATALOGUE)["channels"]

    assert list(channels) == ["Encounter", "Goal"]
    assert channels["Encounter"]["address"] == "care.Encounter.{name}.{id}"
    assert list(channels["Encounter"]["messages"]) == [*ENGINE, "discharged"]
    assert channels["Encounter"]["parameters"]["name"]["enum"] == [*ENGINE, "discharged"]


def test_every_reference_in_the_document_leads_somewhere() -> None:
    whole = document(CATALOGUE)

    for reference in _references(whole):
        found: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [node["$ref"]] if "$ref" in node else [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []
