"""Whoever writes down what one message says: into the unit of work, and into the account of what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from services.intake.hl7v2.message import Group, Message
from services.intake.hl7v2.position import REQUIRED_FIELD_MISSING, Position, Unmappable
from services.intake.hl7v2.segment import Segment
from shared.fhir import gate, text
from shared.fhir.issue import Resource
from shared.fhir.refusal import refuse
from shared.kernel.ids import id_from
from shared.store.instant import micros
from shared.store.transaction import Transaction

from .datatypes import system_of

NEWS: Final = "hl7v2 news"
"""The kind of record: the id is `Type/id`, `at` the instant of the newest news of it."""


@dataclass(slots=True)
class Made:
    """What a message came to: `Type/id` of all that it made or changed; `unmapped` if nothing here knows its event.

    `handover` is the id of what went to other services, "" if nothing did.
    """

    references: list[str] = field(default_factory=list)
    unmapped: bool = False
    warnings: list[str] = field(default_factory=list)
    handover: str = ""

    def note(self, reference: str) -> None:
        if reference not in self.references:
            self.references.append(reference)

    def warn(self, position: Position, said: str) -> None:
        self.warnings.append(f"{position}: {said}")


class Scribe:
    """`when` is how new the news is, microseconds; `authority` the system of identifiers that name no authority."""

    def __init__(self, message: Message, tx: Transaction) -> None:
        self.message, self.tx, self.made = message, tx, Made()
        self._read: dict[tuple[str, str], Resource | None] = {}
        self.event = message.kind[1]
        self.when = micros(message.happened.instant)

    @cached_property
    def authority(self) -> str:
        """The sending facility, else the application."""
        header = self.message.header
        return system_of(header.value(4), self.message) or system_of(header.value(3), self.message)

    def read(self, type: str, id: str) -> Resource | None:
        """What is stored now; parsed once, so not for anybody to change."""
        if (type, id) not in self._read:
            self._read[type, id] = self.tx.read(type, id)
        return self._read[type, id]

    def forget(self) -> None:
        """Somebody else has written in this unit of work."""
        self._read.clear()

    def put(self, resource: Mapping[str, Any], known: Resource | None = None) -> None:
        """Store it, through gate and rules; a version that says nothing new is none, and most of a message is nothing new.

        `known` is what is stored now, where the caller has read that.
        """
        known = known or self.read(resource["resourceType"], resource["id"])
        if known and known == {"meta": known.get("meta"), **resource}:
            return
        draft = text.draft_of(resource)
        refuse(gate.check(draft.content))
        self._read.pop((resource["resourceType"], resource["id"]), None)
        written = self.tx.write(draft, resource["id"])
        if written.effect != "unchanged":
            self.made.note(written.version.reference)

    def put_news(self, resource: Resource) -> None:
        """Store what is told of as a whole: newer news over what is known, older news beneath it."""
        type, id = resource["resourceType"], resource["id"]
        now, record = self.read(type, id) or {}, self.tx.recorded(NEWS, f"{type}/{id}")
        newest = int(str(record.body["at"])) if record else None
        if newest is not None and self.when < newest:
            self.put(_consistent({**resource, **now}), now)
            return
        self.put(_consistent({**now, **resource}), now)
        if newest != self.when:
            self.tx.record(NEWS, f"{type}/{id}", "", {}, {"at": self.when})

    def known(self, type: str, system: str, value: str) -> str:
        """The id of the resource with this identifier: the one that was made of it here, or that somebody else has stored;
        "" for one that is not known yet."""
        id = derived(type, system, value)
        version = self.tx.current(type, id)
        if version is not None and not version.deleted:
            return id
        return self.tx.identified(type, system, value)

    def only(self, group: Group, name: str) -> Segment:
        """The segment of this name. Raises Unmappable where there is none."""
        segment = group.first(name)
        if segment is None:
            raise Unmappable(f"there is no {name} segment", Position(name), REQUIRED_FIELD_MISSING)
        return segment


def _consistent(resource: Resource) -> Resource:
    """What was a mistake has no clinical status: con-5, ait-2."""
    codes = {coding.get("code") for coding in resource.get("verificationStatus", {}).get("coding", ())}
    if "entered-in-error" not in codes:
        return resource
    return {name: value for name, value in resource.items() if name != "clinicalStatus"}


def derived(type: str, system: str, value: str) -> str:
    """The id that a thing with this identifier is given: parallel senders agree on it."""
    return id_from(type, system, value)
