"""What each entry of a bundle does, and what a batch does, on plain values: http://hl7.org/fhir/R4/http.html#transaction

Ids are names here, "new-1" for the first that the server gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, Literal

Kind = Literal[
    "create", "create unless", "update", "update what matches", "patch", "patch what matches", "delete", "delete what matches",
    "read", "search",
]  # fmt: skip
ILLEGAL: Final = frozenset({400, 422})


Url = Callable[[int], str]
"""The full URL of an entry, by its place."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is told apart: an identifier, a word, and whom it points to: an id, or a `urn:` that stayed; "" for nobody."""

    identifier: str
    word: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference in a resource: to an id, to an entry of the bundle by its place, or to the only one with an identifier."""

    kind: Literal["id", "entry", "search"]
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` is of update, patch, delete, read; `identifier` is the resource's, and what conditional forms look for.

    `if_match`: the version that is demanded, 0 for none.
    """

    kind: Kind
    id: str
    identifier: str
    word: str
    to: Pointer | None = None
    if_match: int = 0
    if_none: bool = False
    legal: bool = True

    @property
    def does(self) -> str:
        return self.kind.partition(" ")[0]

    @property
    def looks(self) -> bool:
        """Whether it is about whatever has its identifier."""
        return " " in self.kind

    @property
    def has_resource(self) -> bool:
        return self.does in ("create", "update")


@dataclass(frozen=True, slots=True)
class Answer:
    """One of these statuses; for a write the id and version that are told, for a search who is found."""

    statuses: frozenset[int]
    id: str = ""
    version: int = 0
    content: Content | None = None
    found: frozenset[str] = frozenset()


class Refused(Exception):
    def __init__(self, *statuses: int) -> None:
        self.statuses = frozenset(statuses)


@dataclass
class Model:
    """`versions`: id → what it was, first to last; None where it was deleted."""

    versions: dict[str, list[Content | None]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def current(self, id: str) -> Content | None:
        return self.versions.get(id, [None])[-1]

    def matching(self, identifier: str) -> list[str]:
        return [id for id in self.versions if (now := self.current(id)) and now.identifier == identifier]

    def batch(self, entries: Sequence[Entry], url: Url) -> list[Answer]:
        """Each entry by itself; what reads comes after what writes."""
        answers: dict[int, Answer] = {}
        for index in sorted(range(len(entries)), key=lambda index: entries[index].kind in ("read", "search")):
            try:
                answers[index] = self._alone(entries[index], url)
            except Refused as refused:
                answers[index] = Answer(refused.statuses)
        return [answers[index] for index in range(len(entries))]

    def new_id(self) -> str:
        return f"new-{next(self._numbers)}"

    def about(self, entry: Entry) -> str:
        """The id that an entry is about, "" for none yet."""
        if not entry.looks:
            return "" if entry.kind == "create" else entry.id
        found = self.matching(entry.identifier)
        if len(found) > 1:
            raise Refused(412)
        return found[0] if found else ""

    def pointed(self, pointer: Pointer | None, url: Url) -> str:
        """Whom a reference means where no other entry is known."""
        if pointer is None or pointer.kind != "search":
            return pointer.value if pointer and pointer.kind == "id" else url(int(pointer.value)) if pointer else ""
        found = self.matching(pointer.value)
        if len(found) != 1:
            raise Refused(412)
        return found[0]

    def do(self, entry: Entry, id: str, to: str) -> Answer:
        """Do an entry that is about this id. Raises Refused."""
        match entry.does:
            case "create" | "update":
                self._demand(entry, id)
                return self._put(id, Content(entry.identifier, entry.word, to))
            case "patch":
                return self._patch(entry, id)
            case "delete":
                return self._delete(entry, id)
            case "read":
                now = self._living(id)
                return Answer(frozenset({200}), id, len(self.versions[id]), now)
        return Answer(frozenset({200}), found=frozenset(self.matching(entry.identifier)))

    def existing(self, id: str) -> Answer:
        return Answer(frozenset({200}), id, len(self.versions[id]))

    def _alone(self, entry: Entry, url: Url) -> Answer:
        if not entry.legal:
            raise Refused(*ILLEGAL, 412)
        to = self.pointed(entry.to, url)
        id = self.about(entry)
        if entry.kind == "create unless" and id:
            return self.existing(id)
        if entry.looks and not id and entry.does in ("patch", "delete"):
            raise Refused(404)
        return self.do(entry, id or self.new_id(), to)

    def _living(self, id: str) -> Content:
        if id not in self.versions:
            raise Refused(404)
        now = self.current(id)
        if now is None:
            raise Refused(410)
        return now

    def _demand(self, entry: Entry, id: str) -> None:
        there = self.current(id) is not None
        if entry.if_match and not (there and len(self.versions[id]) == entry.if_match):
            raise Refused(412)
        if entry.if_none and there:
            raise Refused(412)

    def _put(self, id: str, content: Content) -> Answer:
        versions = self.versions.setdefault(id, [])
        status = 200 if versions and versions[-1] else 201
        if not versions or versions[-1] != content:
            versions.append(content)
        return Answer(frozenset({status}), id, len(versions))

    def _patch(self, entry: Entry, id: str) -> Answer:
        now = self._living(id)
        self._demand(entry, id)
        return self._put(id, replace(now, word=entry.word))

    def _delete(self, entry: Entry, id: str) -> Answer:
        self._demand(entry, id)
        if self.current(id) is not None:
            self.versions[id].append(None)
        return Answer(frozenset({204}))
