"""What a transaction does with the entries of the model: all of them, in FHIR's order, or nothing.

What conditional deletions are about is looked for before any deletion, what other entries are about after them, and whom
references mean at the end: so the order of entries makes no difference. http://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

from tests.properties.bundle_model import ILLEGAL, Answer, Entry, Model, Refused, Url

ORDER: Final = ("delete", "create", "update", "patch", "read", "search")
OVERLAP: Final = 400


def transaction(model: Model, entries: Sequence[Entry], url: Url) -> list[Answer] | frozenset[int]:
    """The answers, in the order of the entries; or what it may be refused with, and then nothing has changed."""
    before = deepcopy(model.versions)
    done = _Transaction(model, entries, url)
    answers = done.all()
    if not done.refused:
        return answers
    model.versions = before
    return frozenset(done.refused)


class _Transaction:
    """`refused`: every status with which some entry makes all of them fail."""

    def __init__(self, model: Model, entries: Sequence[Entry], url: Url) -> None:
        self.refused: set[int] = set()
        self._model = model
        self._entries = entries
        self._url = url
        self._ids: dict[int, str] = {}
        self._existing: set[int] = set()

    def all(self) -> list[Answer]:
        answers: dict[int, Answer] = {}
        places = sorted(range(len(self._entries)), key=lambda index: ORDER.index(self._entries[index].does))
        deletions = [index for index in places if self._entries[index].does == "delete"]
        others = [index for index in places if index not in deletions]
        self._find(deletions)
        for index in deletions:
            self._attempt(answers, index)
        self._find(others)
        left = deepcopy(self._model.versions)
        for index in others:
            self._attempt(answers, index)
        to = {index: self._pointed(index) for index in others}
        self._model.versions = left
        for index in others:
            self._attempt(answers, index, to[index])
        touched = [id for index, id in self._ids.items() if self._entries[index].does != "read" and index not in self._existing]
        if len(set(touched) - {""}) < len([id for id in touched if id]):
            self.refused.add(OVERLAP)
        if not all(entry.legal for entry in self._entries):
            self.refused |= ILLEGAL
        return [answers.get(index, Answer(frozenset())) for index in range(len(self._entries))]

    def _find(self, places: Sequence[int]) -> None:
        created: dict[str, str] = {}
        for index in places:
            entry = self._entries[index]
            if entry.kind == "search":
                continue
            try:
                id = self._model.about(entry)
            except Refused as refused:
                self.refused |= refused.statuses
                continue
            if entry.kind == "create unless" and (id or entry.identifier in created):
                self._existing.add(index)
                id = id or created[entry.identifier]
            if not id and entry.has_resource:
                id = self._model.new_id()
            if entry.kind == "create unless":
                created.setdefault(entry.identifier, id)
            self._ids[index] = id

    def _pointed(self, index: int) -> str:
        to = self._entries[index].to
        if to and to.kind == "entry" and self._entries[int(to.value)].has_resource:
            return self._ids.get(int(to.value), "")
        try:
            return self._model.pointed(to, self._url)
        except Refused as refused:
            self.refused |= refused.statuses
            return ""

    def _attempt(self, answers: dict[int, Answer], index: int, to: str = "") -> None:
        entry = self._entries[index]
        id = self._ids.get(index, "")
        try:
            if index in self._existing and id in self._model.versions:
                answers[index] = self._model.existing(id)
            elif id or entry.kind == "search":
                answers[index] = self._model.do(entry, id, to)
            elif entry.does == "delete":
                answers[index] = Answer(frozenset({204}))
            else:
                self.refused.add(404)
        except Refused as refused:
            self.refused |= refused.statuses
