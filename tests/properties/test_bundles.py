"""Any transactions and batches, one after the other, are answered as the model says, and leave what it says.

`BUNDLE_STORIES=2000` plays more of them.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.properties.bundle_model import Answer, Entry, Kind, Model, Pointer
from tests.properties.bundle_transaction import transaction
from tests.properties.bundle_wire import Wire
from tests.properties.conftest import Serve, Served
from tests.properties.test_writing import every_entry, send

STORIES: Final = int(os.environ.get("BUNDLE_STORIES", "60"))
IDS: Final = ("a", "b", "c", "d", "e", "f")
BEFORE: Final = [Entry("update", id, identifier, "x") for id, identifier in zip("abcd", "1123", strict=True)]
"""What each story begins with: two have one identifier, some ids are nobody's."""
KINDS: Final[Mapping[Kind, int]] = {
    "create": 4, "create unless": 3, "update": 5, "update what matches": 2, "patch": 2, "patch what matches": 1, "delete": 3,
    "delete what matches": 1, "read": 2, "search": 1,
}  # fmt: skip
_stories = count()


@dataclass(frozen=True, slots=True)
class Drawn:
    """An entry before it is known who is there: `who` and `to` count the ids that are known, and the entries."""

    kind: Kind
    who: int
    identifier: str
    word: str
    to: tuple[str, int]
    condition: str
    legal: bool


IDENTIFIERS: Final = st.sampled_from("12345")
RARELY: Final = st.integers(0, 29).map(lambda number: number == 0)
ENTRIES: Final = st.builds(
    Drawn,
    st.sampled_from([kind for kind, weight in KINDS.items() for _ in range(weight)]),
    st.integers(0, 11),
    IDENTIFIERS,
    st.sampled_from("xy"),
    st.tuples(st.sampled_from(("", "", "id", "entry", "entry", "search")), st.integers(0, 11)),
    st.sampled_from(("", "", "", "", "matches", "matches", "differs", "exists not")),
    RARELY.map(lambda wrong: not wrong),
)
BUNDLES: Final = st.tuples(st.sampled_from(("transaction", "transaction", "batch")), st.lists(ENTRIES, min_size=1, max_size=5))


@pytest.fixture(params=("intake", "careplan"))
async def served(serve: Serve, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with serve(request.param) as there:
        yield there


@settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(bundles=st.lists(BUNDLES, min_size=1, max_size=5))
async def test_any_bundles_are_answered_as_the_model_says_and_leave_what_it_says(
    served: Served, bundles: list[tuple[str, list[Drawn]]]
) -> None:
    story = Story(served, Wire(served.service.name, f"s{next(_stories)}"))
    await story.goes_on("batch", BEFORE)

    for type, drawn in bundles:
        await story.goes_on(type, story.entries(drawn))
        await story.is_as_the_model_says()


@dataclass
class Story:
    served: Served
    wire: Wire
    model: Model = field(default_factory=Model)

    def entries(self, drawn: Sequence[Drawn]) -> list[Entry]:
        known = [*IDS, *(id for id in self.model.versions if id not in IDS)]
        return [self._entry(each, known, len(drawn)) for each in drawn]

    async def goes_on(self, type: str, entries: list[Entry]) -> None:
        url = self.wire.next_urls()
        predicted = self.model.batch(entries, url) if type == "batch" else transaction(self.model, entries, url)
        sent = self.wire.bundle(type, entries, url)
        answered = await send(self.served, "POST", "", sent)
        event(f"{type} {answered.status}")
        if isinstance(predicted, frozenset):
            assert answered.status in predicted, (sent, answered.body)
            return
        assert answered.status == 200, (sent, answered.body)
        told = [entry["response"] | entry for entry in answered.json()["entry"]]
        for answer, response in zip(predicted, told, strict=True):
            if answer.id and "location" in response:
                self.wire.bind(answer.id, response["location"].split("/")[-3])
        for entry, answer, response in zip(entries, predicted, told, strict=True):
            self._compare(entry, answer, response, sent)

    async def is_as_the_model_says(self) -> None:
        for id, versions in self.model.versions.items():
            history = await every_entry(self.served, f"/{self.wire.address(id)}/_history")
            assert [int(each["response"]["etag"][3:-1]) for each in history] == list(range(len(versions), 0, -1))
            assert [self.wire.content(each.get("resource")) for each in reversed(history)] == [
                each and self.wire.bound(each) for each in versions
            ]
        living = {self.wire.real(id) for id in self.model.versions if self.model.current(id)}
        assert {each["resource"]["id"] for each in await every_entry(self.served, self.wire.everybody())} == living

    def _entry(self, drawn: Drawn, known: Sequence[str], entries: int) -> Entry:
        id = known[drawn.who % len(known)]
        entry = Entry(drawn.kind, id, drawn.identifier, drawn.word)
        kind, number = drawn.to
        if entry.has_resource:
            values = {"id": known[number % len(known)], "entry": str(number % entries), "search": "12345"[number % 5]}
            entry = replace(entry, to=Pointer(kind, values[kind]) if kind else None, legal=drawn.legal)  # type: ignore[arg-type]
        if drawn.kind not in ("update", "patch", "delete"):
            return entry
        now = len(self.model.versions.get(id, ()))
        match drawn.condition:
            case "matches":
                return replace(entry, if_match=now)
            case "differs":
                return replace(entry, if_match=now + 1)
            case "exists not" if drawn.kind == "update":
                return replace(entry, if_none=True)
        return entry

    def _compare(self, entry: Entry, answer: Answer, response: Mapping[str, Any], sent: Any) -> None:
        said = (entry, answer, response, sent)
        assert int(response["status"][:3]) in answer.statuses, said
        if entry.kind == "search":
            found = {each["resource"]["id"] for each in response["resource"].get("entry", ())}
            assert found == {self.wire.real(id) for id in answer.found}, said
        if answer.id:
            assert response["etag"] == f'W/"{answer.version}"', said
        if answer.content:
            assert self.wire.content(response["resource"]) == self.wire.bound(answer.content), said
