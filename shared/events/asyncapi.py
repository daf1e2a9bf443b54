"""The catalogue as an AsyncAPI document: https://www.asyncapi.com/docs/reference/specification/v3.0.0"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from shared.events.catalogue import Entry
from shared.events.stream import NAME

_ANSWERS: Final = ("accepted", "rejected")

_HEADERS: Final[Mapping[str, tuple[str, bool]]] = {
    "ce-specversion": ("1.0", True),
    "ce-id": ("UUID of the event; also the Nats-Msg-Id", True),
    "ce-type": ("careloom.<Type>.<name>.v1", True),
    "ce-source": ("/careloom/<service>", True),
    "ce-subject": ("<Type>/<id>/_history/<n>; <Type>/<id> for what is no version", True),
    "ce-time": ("When it happened, an instant of UTC in milliseconds", True),
    "content-type": ("application/fhir+json", True),
    "traceparent": ("https://www.w3.org/TR/trace-context/#traceparent-header", False),
    "care-causation": ("Id of the event or request that led here", False),
    "care-caller": ("Id of who asked for it", False),
    "care-fetch": ("Where a body is read that is too large to travel", False),
    "care-handover": ("Of proposals and their answers: the handover that they belong to", False),
    "care-proposal": ("Of proposals and their answers: the asking service's number of the proposal", False),
    "care-for": ("Of accepted and rejected: the service that had asked", False),
}


def document(catalogue: Iterable[Entry]) -> dict[str, Any]:
    """One channel for each type, one message for each name. `catalogue` holds the entries of a type side by side."""
    types = [(type, list(entries)) for type, entries in groupby(catalogue, key=lambda entry: entry.type)]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Careloom events",
            "version": "1",
            "description": f"CloudEvents 1.0 in binary mode on the NATS JetStream stream {NAME}; at least once.",
        },
        "defaultContentType": "application/fhir+json",
        "channels": {type: _channel(type, entries) for type, entries in types},
        "operations": {key: said for type, entries in types for key, said in _operations(type, entries)},
        "components": {"schemas": {"Headers": _headers(), "OperationOutcome": _resource("OperationOutcome")}},
    }


def _channel(type: str, entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "address": f"care.{type}.{{name}}.{{id}}",
        "title": f"What happens to each {type}",
        "parameters": {
            "name": {"enum": [entry.name for entry in entries], "description": "What happened"},
            "id": {"description": "The logical id, with _ for each dot"},
        },
        "messages": {entry.name: _message(entry) for entry in entries},
    }


def _message(entry: Entry) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": entry.event_type,
        "title": f"{entry.type}.{entry.name}",
        "summary": entry.about,
        "headers": {"$ref": "#/components/schemas/Headers"},
    }
    if entry.name in _ANSWERS:
        said["payload"] = {"$ref": "#/components/schemas/OperationOutcome"}
    elif entry.name != "deleted":
        said["payload"] = _resource(entry.type)
    return said


def _operations(type: str, entries: Sequence[Entry]) -> list[tuple[str, dict[str, Any]]]:
    """The owner sends all names of its type but proposals, which it receives."""
    channel = {"$ref": f"#/channels/{type}"}
    told = [{"$ref": f"#/channels/{type}/messages/{entry.name}"} for entry in entries if entry.name != "proposed"]
    proposed = [{"$ref": f"#/channels/{type}/messages/proposed"}]
    owner = [{"name": entries[0].service}]
    return [
        (f"{type}.tell", {"action": "send", "channel": channel, "messages": told, "tags": owner}),
        (f"{type}.take", {"action": "receive", "channel": channel, "messages": proposed, "tags": owner}),
    ]


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name, (_, required) in _HEADERS.items() if required],
        "properties": {name: {"type": "string", "description": about} for name, (about, _) in _HEADERS.items()},
    }


def _resource(type: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"http://hl7.org/fhir/R4/{type.lower()}.html",
        "required": ["resourceType"],
        "properties": {"resourceType": {"const": type}},
    }
