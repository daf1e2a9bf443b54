"""Whoever writes down what one message says: into the unit of work, and into the account of what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
from shared.store.version import Version

from .datatypes import each, identifier, system_of

STAMPS: Final = "hl7v2 patient"
"""The kind of record: the id is the Patient's; the body is the `stamps` of what was said, and how the person was last `told`."""

VISIT: Final = "hl7v2 visit"
"""The kind of record: the id is the Encounter's, the body its `events`, the `stamps` of what else was said of it, whether
it `was_stored_first` by somebody else, and how its parts were last `told` (repeats.Told)."""

NEWS: Final = "hl7v2 news"
"""The kind of record that a resource has of its own where its news has no other home. The id is `Type/id`."""

Home = tuple[str, str]
"""Kind and id of the record that keeps, besides its body, from which instant the newest news of some resources is."""


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
    """`when` is how new the news is, microseconds; `authority` the system of identifiers that name no authority: that of the
    sending facility, else of the application. `meaning` is what the meaning of all segments hangs on: who sends them, how they
    are divided, what the site has agreed with them.

    `seen` is every (type, id) that was looked at or written, `news` what was told of as a whole (`Type/id` behind its home),
    `is_late` whether something newer was known of any of it.
    """

    def __init__(self, message: Message, tx: Transaction) -> None:
        self.message, self.tx, self.made = message, tx, Made()
        self.seen: set[tuple[str, str]] = set()
        self.news: list[tuple[str, str, str]] = []
        self.is_late = False
        self._read: dict[tuple[str, str], Resource | None] = {}
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}
        self._identifiers: dict[tuple[str, int, int], list[Resource]] = {}
        self._firsts: dict[tuple[str, int, int], Resource] = {}
        self._news: dict[Home, dict[str, int]] = {}
        self._changed: set[Home] = set()
        self.event = message.kind[1]
        self.when = micros(message.happened.instant)
        header = message.header
        self.authority = system_of(header.value(4), message) or system_of(header.value(3), message)
        self.meaning = (*header.fields[2:5], header.separators.codec, str(message.zone), str(message.authorities))

    def identifiers(self, segment: Segment, number: int) -> list[Resource]:
        """A field of CX, mapped once however often it is asked for."""
        key = (segment.name, segment.occurrence, number)
        if key not in self._identifiers:
            values = segment.values(number)
            self._identifiers[key] = each(lambda value: identifier(value, self.message, self.authority), values)
        return self._identifiers[key]

    def identifier(self, segment: Segment, number: int) -> Resource:
        """The first repetition of a field of CX, mapped once; {} where it has no number."""
        key = (segment.name, segment.occurrence, number)
        if key not in self._firsts:
            self._firsts[key] = identifier(segment.value(number), self.message, self.authority)
        return self._firsts[key]

    def read(self, type: str, id: str) -> Resource | None:
        """What is stored now; parsed once, so not for anybody to change."""
        self.seen.add((type, id))
        if (type, id) not in self._read:
            self._read[type, id] = self.tx.read(type, id)
        return self._read[type, id]

    def current(self, type: str, id: str) -> Version | None:
        """Its newest version, a deletion too."""
        self.seen.add((type, id))
        return self.tx.current(type, id)

    def number(self, type: str, id: str) -> int:
        """That of its newest version; 0 where there is none."""
        version = self.tx.current(type, id)
        return version.number if version else 0

    def kept(self, kind: str, id: str) -> dict[str, Any]:
        """What is kept under this id; {} where nothing is."""
        if (kind, id) not in self._kept:
            record = self.tx.recorded(kind, id)
            body: dict[str, Any] = dict(record.body) if record else {}
            self._news[kind, id] = body.pop("news", {})
            self._kept[kind, id] = body
        return self._kept[kind, id]

    def keep(self, kind: str, id: str, body: dict[str, Any]) -> None:
        """Keep it from now on: written once, at the end of the message."""
        if body != self.kept(kind, id):
            self._kept[kind, id] = body
            self._changed.add((kind, id))

    def finish(self) -> None:
        """Write down what is to be kept."""
        for kind, id in sorted(self._changed):
            news = self._news[kind, id]
            self.tx.record(kind, id, "", {}, self._kept[kind, id] | ({"news": news} if news else {}))

    def forget(self) -> None:
        """Somebody else has written in this unit of work."""
        self._read.clear()

    def put(self, resource: Mapping[str, Any], known: Resource | None = None) -> None:
        """Store it, through gate and rules; a version that says nothing new is none, and most of a message is nothing new.

        `known` is what is stored now, where the caller has read that.
        """
        self.seen.add((resource["resourceType"], resource["id"]))
        known = known or self.read(resource["resourceType"], resource["id"])
        if known and known == {"meta": known.get("meta"), **resource}:
            return
        draft = text.draft_of(resource)
        refuse(gate.check(draft.content))
        self._read.pop((resource["resourceType"], resource["id"]), None)
        written = self.tx.write(draft, resource["id"])
        if written.effect != "unchanged":
            self.made.note(written.version.reference)

    def put_news(self, resource: Resource, home: Home | None = None) -> None:
        """Store what is told of as a whole: newer news over what is known, older news beneath it.

        `home`: of what is only ever told of together with that.
        """
        type, id = resource["resourceType"], resource["id"]
        key, now = f"{type}/{id}", self.read(type, id) or {}
        home = home or (NEWS, key)
        self.news.append((*home, key))
        if self.when < self._known_since(key, home):
            self.is_late = True
            self.put(_consistent({**resource, **now}), now)
            return
        self.put(_consistent({**now, **resource}), now)
        self.renew(key, home)

    def renew(self, key: str, home: Home) -> None:
        """What was told of `Type/id` as a whole is news of now."""
        if self._known_since(key, home) <= self.when and self._news[home].get(key) != self.when:
            self._news[home][key] = self.when
            self._changed.add(home)

    def is_of_feeds(self, key: str) -> bool:
        """Whether a message has told of `Type/id`, whose news has no other home."""
        self.kept(NEWS, key)
        return key in self._news[NEWS, key]

    def _known_since(self, key: str, home: Home) -> int:
        self.kept(*home)
        return self._news[home].get(key, self.when)

    def known(self, type: str, system: str, value: str) -> str:
        """The id of the resource with this identifier: the one that was made of it here, or that somebody else has stored;
        "" for one that is not known yet."""
        id = derived(type, system, value)
        version = self.current(type, id)
        if version is not None and not version.deleted:
            return id
        found = self.tx.identified(type, system, value)
        if found:
            self.seen.add((type, found))
        return found

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
