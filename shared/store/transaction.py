"""The unit of work's hands: the only way that anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar

from shared.fhir import gate, text
from shared.fhir.caller import Caller
from shared.fhir.change import Change, Rule, name_of
from shared.fhir.index import IndexRows, index_rows
from shared.fhir.issue import Issue, Resource
from shared.fhir.merged import LINKED, replaced_by
from shared.fhir.refusal import MethodNotAllowed, refuse
from shared.fhir.text import Draft
from shared.kernel.ids import new_id
from shared.kernel.trace import Cause
from shared.store import aliases, indexing, outbox, resources
from shared.store.connection import WritingConnection
from shared.store.keeping import Keeping
from shared.store.kept import Kept, OwnedType
from shared.store.numbers import Numbers
from shared.store.resources import Stored
from shared.store.still import Still
from shared.store.version import Version, Written

T = TypeVar("T")

WRITES_IN_A_GROUP: Final = 100
_PART: Final = "part"


class GoesAlone(BaseException):
    """A unit writes so much that it is begun again in a transaction of its own; not for anybody to catch on the way."""


class InTrouble(BaseException):
    """The database cannot take this now. Nobody on the way may take that for a failure of what a part of the unit does."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Transaction(Keeping):
    """One unit of work. It may run more than once (retry), so a unit has no effect but on its transaction.

    `now` is the instant of everything in it, whole milliseconds. `warnings` are what rules have to say besides refusing.
    """

    def __init__(
        self,
        connection: WritingConnection,
        kept: Kept,
        numbers: Numbers,
        still: Still,
        caller: Caller,
        cause: Cause,
        now: datetime,
        *,
        alone: bool,
    ) -> None:
        super().__init__(connection, now.replace(microsecond=now.microsecond // 1000 * 1000), still, caller)
        self._writing = connection
        self.cause = cause
        self.warnings: list[Issue] = []
        self._kept = kept
        self._numbers = numbers
        self._writes_left = None if alone else WRITES_IN_A_GROUP
        self._given: set[str] = set()

    def new_id(self) -> str:
        id = new_id()
        self._new.add(id)
        self._given.add(id)
        return id

    def gave(self, id: str) -> bool:
        """Whether this unit gave the id: whatever the store had before, nothing of it can hang on that."""
        return id in self._given

    def next_sequence(self) -> int:
        """The next place in the order of commits."""
        return self._numbers.next_sequence()

    def foresee(self, references: Iterable[tuple[str, str]]) -> None:
        """Read the current versions of these, (type, id), at once: to be called where many will be asked for one by one."""
        self._still.foresee(self._connection, (key for key in references if key[1] not in self._new))

    def attempt(self, work: Callable[[], T]) -> T:
        """Do a part of the unit that may fail by itself: what it raises, it leaves nothing behind.

        Raises InTrouble, which ends the whole unit, where it was the database that failed.
        """
        connection, mark, warnings = self._writing, self._numbers.mark(), len(self.warnings)
        connection.settle()
        connection.savepoint(_PART)
        try:
            done = work()
            connection.release(_PART)
            connection.settle()
        except Exception as error:
            if connection.is_trouble(error):
                raise InTrouble(error) from error
            with suppress(Exception):
                connection.settle()
            connection.rollback_to(_PART)
            self._numbers.reset(mark)
            self._still.forget()
            del self.warnings[warnings:]
            raise
        return done

    def write(self, draft: Draft, id: str, *, repoints: bool = False) -> Written:
        """Store what the door took, already through the gate: rules, version, index, announcement, `then`.

        `repoints`: only the ids in its references change, not what they are of. Raises Unprocessable with what the rules have
        against it, MethodNotAllowed for a type that is not owned here.
        """
        type = draft.content["resourceType"]
        owned = self._owned(type)
        stored = self._stored(type, id)
        before = _content(stored)
        if stored and before is not None and draft.same_as(stored.version.text):
            return Written(stored.version, "unchanged")
        change: Change[Any] = Change(before, draft.content if draft.content.get("id") == id else draft.content | {"id": id})
        self._judge(owned.rules, Change(change.after, change.after) if repoints else change)
        number = stored.version.number + 1 if stored else 1
        version = Version(type, id, number, self.now, draft.stamped(id, number, self.now), False, self.next_sequence())
        self._put(owned, stored, version, change)
        return Written(version, "created" if before is None else "updated")

    def create(self, resource: Mapping[str, Any]) -> Resource:
        """Store a new resource of a type owned here, through gate and rules; an id is given where it has none."""
        return self.save(resource if resource.get("id") else {**resource, "id": self.new_id()})

    def save(self, resource: Mapping[str, Any]) -> Resource:
        """Store the new content of a resource (update as create), through gate and rules. Unchanged content: no version."""
        draft = text.draft_of(dict(resource))
        self._owned(draft.content["resourceType"])
        refuse(gate.check(draft.content))
        return text.load(self.write(draft, resource["id"]).version.text)

    def delete(self, type: str, id: str) -> Written | None:
        """None if it was never known; `unchanged` if already deleted."""
        owned = self._owned(type)
        stored = self._stored(type, id)
        before = _content(stored)
        if stored is None:
            return None
        if before is None:
            return Written(stored.version, "unchanged")
        version = Version(type, id, stored.version.number + 1, self.now, b"", True, self.next_sequence())
        self._put(owned, stored, version, Change(before, before, deleted=True))
        return Written(version, "deleted")

    def copy(self, version: Version, *, older: bool = False) -> bool:
        """Keep another service's version as ours to read, if it is newer than what is known; whether it is.

        `older`: it is kept even if it is older, because its owner was set back. `version.sequence` is not looked at: the copy
        takes its own place in this database.
        """
        self._count_write()
        stored = self._stored(version.type, version.id)
        if stored and stored.version.number == version.number and stored.version.text == version.text:
            return False
        if stored and stored.version.number > version.number and not older:
            return False
        kept = Version(
            version.type, version.id, version.number, version.updated, version.text, version.deleted, self.next_sequence()
        )
        rid = self._append(stored, kept, _content(stored), None if kept.deleted else text.load(kept.text))
        if stored:
            resources.drop_older(self._connection, rid, kept.sequence)
        return True

    def alias(self, type: str, old: str, new: str, event: str) -> None:
        """From now on searches find what names `old` by `new`, and by `old` too; stored JSON follows soon, as ordinary versions.

        Raises Conflict for a merge in a circle. Of Patients nobody need say it: their `link` does.
        """
        if aliases.alias(self._connection, type, old, new, event, self.now):
            self._settle(type, old)

    def unalias(self, type: str, old: str) -> None:
        """Undo it: in the index at once, in stored JSON soon. Nothing happens where there is no alias."""
        if aliases.unalias(self._connection, type, old, self.now):
            self._settle(type, old)

    def repoint(self, resource: Mapping[str, Any]) -> Written:
        """Save what names the same thing by another id: no rule takes that for a move."""
        draft = text.draft_of(dict(resource))
        return self.write(draft, resource["id"], repoints=True)

    def tells(self, type: str) -> bool:
        """Whether resources of this type are written here and others are told of it."""
        owned = self._kept.owns.get(type)
        return owned is not None and owned.told

    def propose(self, resource: Mapping[str, Any], handover: str = "") -> None:
        """Hand a resource (with its id) to the service that owns its type: `care.<Type>.proposed.<id>`."""
        self._count_write()
        outbox.propose(self, resource["resourceType"], resource["id"], text.dump(dict(resource)), handover)

    def _owned(self, type: str) -> OwnedType:
        owned = self._kept.owns.get(type)
        if owned is None:
            raise MethodNotAllowed(f"{type} is not written by {self._kept.service}, which does not own it")
        return owned

    def _stored(self, type: str, id: str) -> Stored | None:
        """The world is still while a unit runs, so what was read once is known."""
        if id in self._new:
            return None
        known = self._still.resources
        if (type, id) not in known:
            known[type, id] = super()._stored(type, id)
        return known[type, id]

    def _judge(self, rules: tuple[Rule, ...], change: Change[Any]) -> None:
        issues = [issue for rule in rules for issue in rule(change)]
        if issues and self._numbers.merged:
            issues = [issue for rule in rules for issue in rule(self._among_the_living(change))]
        if issues:
            refuse(issues)
            self.warnings += issues

    def _among_the_living(self, change: Change[Any]) -> Change[Any]:
        """The same with survivors for those who were merged: who names the one or the other means one."""
        before = change.before and aliases.living(self._connection, change.before)
        return Change(before, aliases.living(self._connection, change.after), change.deleted)

    def _put(self, owned: OwnedType, stored: Stored | None, version: Version, change: Change[Any]) -> None:
        self._count_write()
        self._append(stored, version, change.before, None if change.deleted else change.after)
        if owned.told:
            outbox.announce(self, version, name_of(change, owned.announces))
        if owned.then:
            owned.then(change, self)

    def _append(self, stored: Stored | None, version: Version, before: Resource | None, after: Resource | None) -> int:
        connection = self._connection
        rid = stored.rid if stored else self._numbers.next_rid()
        rows = self._index_rows(after)
        shape = None if rows is None else rows.shape
        resources.append(connection, rid, version, self.caller.id, self.cause.id, first=stored is None, shape=shape)
        if version.type in LINKED and after is not None:
            self._note_merge(version.type, version.id, before, after)
        indexing.replace(connection, rid, self._index_rows(before), rows)
        self._new.discard(version.id)
        self._still.resources[version.type, version.id] = Stored(rid, version)
        return rid

    def _note_merge(self, type: str, id: str, before: Resource | None, after: Resource) -> None:
        """Of what is owned and of copies alike: whom a resource was merged into, it says itself."""
        into = replaced_by(after)
        nobody_is_merged = into is None and not self._numbers.merged
        if nobody_is_merged or (before is not None and replaced_by(before) == into):
            return
        if aliases.point(self._connection, type, id, into, self.cause.id, self.now):
            self._settle(type, id)

    def _settle(self, type: str, old: str) -> None:
        self._numbers.merged = True
        self.restate(aliases.log_of(f"{type}/{old}"), aliases.POINTED, aliases.PARTING)
        self.schedule(aliases.SETTLE, self.now, f"{type}/{old}")

    def _index_rows(self, content: Resource | None) -> IndexRows | None:
        if content is None:
            return None
        rows = index_rows(content)
        return aliases.resolved(self._connection, rows) if self._numbers.merged else rows

    def _count_write(self) -> None:
        if self._writes_left is not None:
            self._writes_left -= 1
            if self._writes_left < 0:
                raise GoesAlone


def _content(stored: Stored | None) -> Resource | None:
    return None if stored is None or stored.version.deleted else text.load(stored.version.text)
