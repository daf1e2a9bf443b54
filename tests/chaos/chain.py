"""The chain behind the doors: version → outbox row → place in the stream → message → reaction, each exactly once."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterator

from services.directory import DIRECTORY
from shared.service import Service
from tests.chaos.instance import SERVICES
from tests.chaos.place import Place
from tests.chaos.stream import Hand
from tests.chaos.town.watched import COUNTED

NO_CHANGE = ("proposed", "accepted", "rejected")
_SENT = "SELECT sequence, event_id, type, id, number, name, sent_sequence FROM outbox ORDER BY sequence"
_VERSIONS = "SELECT v.sequence, v.type, r.id, v.number FROM version v JOIN resource r ON r.rid = v.rid"
_COUNTS = "SELECT key, amount FROM counter WHERE key LIKE ?"
_AT_ONCE = 64

Row = tuple[int, str, str, str, int, str, int | None]


async def broken_links(place: Place) -> list[str]:
    sent = {service: [_row(row) for row in place.rows(service, _SENT)] for service in SERVICES}
    found = [each for service, rows in sent.items() for each in _untold(place, service, rows)]
    found += [each for service in SERVICES for each in _reactions(place, service, sent)]
    async with Hand(place.broker.url) as hand:
        for service, rows in sent.items():
            found += [each async for each in _messages(hand, service, rows)]
    return found


def _untold(place: Place, service: str, rows: list[Row]) -> Iterator[str]:
    """Every version of what is owned has its row, every row its place."""
    told = {(sequence, type, id, number) for sequence, _, type, id, number, name, _ in rows if name not in NO_CHANGE}
    owned = set(DIRECTORY.owns[service])
    versions = {(row[0], row[1], row[2], row[3]) for row in place.rows(service, _VERSIONS) if row[1] in owned}
    for missing in sorted(versions - told)[:5]:
        yield f"{service}: version {missing} has no outbox row"
    for strange in sorted(told - versions)[:5]:
        yield f"{service}: outbox row {strange} is of no version"
    for sequence, *_, place_of_it in rows:
        if not place_of_it:
            yield f"{service}: outbox row {sequence} is at {place_of_it}"
    if len({row[1] for row in rows}) != len(rows):
        yield f"{service}: two outbox rows have the same event id"


def _reactions(place: Place, service: str, sent: dict[str, list[Row]]) -> Iterator[str]:
    """What a service reacts to, it has reacted to once."""
    known: Service = importlib.import_module(f"services.{service}.app").service
    counted = {str(key): int(amount) for key, amount in place.rows(service, _COUNTS, (f"{COUNTED}%",))}
    for key in known.reacts:
        type, _, name = key.partition(".")
        for row in sent[DIRECTORY.owner(type) or ""]:
            if row[2] == type and row[5] not in NO_CHANGE and name in ("", row[5]):
                times = counted.pop(f"{COUNTED}{key}|{row[1]}", 0)
                if times != 1:
                    yield f"{service} reacted {times} times to {type}.{row[5]} of {row[3]} (version {row[4]}, event {row[1]})"
    for key, amount in counted.items():
        yield f"{service} reacted {amount} times to {key}, which nobody told"


async def _messages(hand: Hand, service: str, rows: list[Row]) -> AsyncIterator[str]:
    """The message at the place that a row notes is the row's."""
    for start in range(0, len(rows), _AT_ONCE):
        part = [row for row in rows[start : start + _AT_ONCE] if row[6]]
        messages = await asyncio.gather(*(hand.message(row[6] or 0) for row in part))
        for row, message in zip(part, messages, strict=True):
            if message is None or message.event_id != row[1]:
                there = message.event_id if message else "nothing"
                yield f"{service}: outbox row {row[0]} (event {row[1]}) is said to be at {row[6]}, where {there} is"


def _row(row: tuple[object, ...]) -> Row:
    sequence, event_id, type, id, number, name, sent = row
    place = None if sent is None else int(str(sent))
    return int(str(sequence)), str(event_id), str(type), str(id), int(str(number)), str(name), place
