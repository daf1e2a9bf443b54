"""One thing that happened to one resource, as it travels between services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.fhir.issue import Resource


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent of the stream (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md).

    `type`, `name`: `Encounter`, `discharged`. `text` is the resource as stored, empty for a deletion; `resource` the same
    parsed. `version` is the owner's number of it. `superseded`: this service already knows a newer version.
    `headers` are those beyond the CloudEvents attributes, such as `care-handover`.
    """

    id: str
    type: str
    name: str
    subject: str
    version: int
    time: datetime
    source: str
    text: bytes = b""
    resource: Resource = field(default_factory=dict)
    traceparent: str = ""
    causation: str = ""
    superseded: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.subject}"
