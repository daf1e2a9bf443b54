"""What a service does with an event, inside a unit of work: copy, reaction, inbox row, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from shared.delivery import handover
from shared.delivery.interest import ANSWERS, NO_CHANGE, reactions
from shared.events import envelope
from shared.events.envelope import Message, Unreadable
from shared.events.event import Event
from shared.fhir import text
from shared.fhir.refusal import Gone, Malformed, MethodNotAllowed, NotAcceptable, TooLarge, Unprocessable, UnsupportedMedia
from shared.kernel.clock import system_now
from shared.kernel.trace import Cause
from shared.service import Service
from shared.store import dead_letters, following, inbox
from shared.store.dead_letters import DeadLetter
from shared.store.following import Following
from shared.store.inbox import Parked
from shared.store.transaction import Transaction

HOPELESS: Final = (Malformed, MethodNotAllowed, NotAcceptable, Gone, TooLarge, UnsupportedMedia, Unprocessable)
"""Refusals that the same event will meet again. Others (a conflict, something not found yet) may pass."""

_LONGEST_DELAY: Final = timedelta(minutes=5)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message at its place in the stream, and the event in it; if it is unreadable, `error` says why."""

    message: Message
    event: Event | None
    error: str = ""

    @property
    def key(self) -> str:
        """What the inbox knows it by."""
        return self.event.id if self.event else f"unreadable {self.message.sequence} {self.message.event_id}"

    @property
    def noted_place(self) -> int:
        """Its place in the stream; 0 where that can't be compared with the stream later, by the event's id."""
        return self.message.sequence if self.event else 0


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often a reaction is tried again, and how long it waits before the first time."""

    times: int
    delay: timedelta

    def after(self, attempts: int) -> timedelta:
        return min(self.delay * float(2 ** (attempts - 1)), _LONGEST_DELAY)


def readable(message: Message) -> Incoming:
    try:
        return Incoming(message, envelope.event(message))
    except Unreadable as error:
        return Incoming(message, None, str(error))


class Taking:
    """The event door's units of work. They run in the writer's thread and touch nothing but their transaction."""

    def __init__(self, service: Service, retrying: Retrying) -> None:
        self._service = service
        self._retrying = retrying
        self._follows = frozenset(service.follows)
        self._owns = frozenset(owned.name for owned in service.owns)

    def take(self, tx: Transaction, batch: Sequence[Incoming], *, careful: bool) -> None:
        """Take a batch in order. `careful`: each event in a savepoint of its own, so that one that fails is parked or given up
        alone; else the first failure ends the unit, which is then to be done again with care."""
        seen = inbox.seen(tx.connection, [incoming.key for incoming in batch])
        fresh = {incoming.key: incoming for incoming in batch if incoming.key not in seen}
        if seen:
            inbox.stand_again(tx.connection, [(each.key, each.message.sequence) for each in batch if each.key in seen])
        round = _Round(following.states(tx.connection), inbox.none_waits(tx.connection), careful, [])
        cause = tx.cause
        tx.foresee((each.event.type, each.event.subject) for each in fresh.values() if each.event and self._has_copy(each.event))
        for incoming in fresh.values():
            self._take(tx, incoming, round)
        tx.cause = cause
        handover.note_answers(round.answers, tx)
        inbox.accept(tx.connection, [(key, incoming.noted_place) for key, incoming in fresh.items()])

    def retry(self, tx: Transaction, event_id: str) -> None:
        """Run the reaction to a parked event whose turn has come, if it still waits."""
        parked = inbox.still_parked(tx.connection, event_id)
        if parked is None or parked.due is None or parked.due > system_now():
            return
        incoming = readable(Message("", parked.headers, parked.body, parked.sequence))
        try:
            tx.attempt(lambda: self._do_again(tx, incoming))
            inbox.unpark(tx.connection, parked)
        except Exception as error:
            self._failed_again(tx, incoming, parked, error)

    def _take(self, tx: Transaction, incoming: Incoming, round: _Round) -> None:
        event = incoming.event
        if event is None:
            _give_up(tx, incoming, incoming.error, 1)
        elif event.name in ANSWERS and handover.answered_to(event) != self._service.name:
            return
        elif not round.careful:
            self._do(tx, incoming, round)
        else:
            try:
                tx.attempt(lambda: self._do(tx, incoming, round))
            except Exception as error:
                self._failed(tx, incoming, round, error)

    def _has_copy(self, event: Event) -> bool:
        """Whether the event is news of a resource that is kept here as another service's."""
        return event.type in self._follows and event.name not in NO_CHANGE

    def _do(self, tx: Transaction, incoming: Incoming, round: _Round) -> None:
        event = incoming.event
        assert event is not None
        if event.name in ANSWERS and not round.careful:
            round.answers.append(event)
            return
        has_reaction = event.name in NO_CHANGE or bool(reactions(self._service, event))
        if self._has_copy(event):
            following.apply_copy(tx, event)
            state = round.following.get(event.type)
            if state is None or incoming.message.sequence <= state.sequence:
                return
            if has_reaction and state.state == "loading":
                round.park(tx, incoming)
                return
        if not has_reaction:
            return
        if not round.nothing_waits and inbox.waiting(tx.connection, event.type, event.subject):
            round.park(tx, incoming)
            return
        self._react(tx, incoming)

    def _do_again(self, tx: Transaction, incoming: Incoming) -> None:
        event = incoming.event
        if event and self._has_copy(event):
            following.apply_copy(tx, event)
        self._react(tx, incoming)

    def _react(self, tx: Transaction, incoming: Incoming) -> None:
        event = incoming.event
        if event is None:
            raise Malformed(incoming.error)
        tx.cause = Cause.start(event.id, event.traceparent)
        _log.info("heard", type=event.type, name=event.name, event_id=event.id, trace_id=tx.cause.trace_id)
        if event.name == "proposed":
            if event.type in self._owns:
                handover.answer_proposal(event, tx)
            return
        if event.name in ANSWERS:
            handover.note_answers([event], tx)
            return
        known = tx.current(event.type, event.subject)
        superseded = known is not None and known.number > event.version
        told = replace(event, resource=text.load(event.text) if event.text else {}, superseded=superseded)
        for reaction in reactions(self._service, event):
            reaction(told, tx)

    def _failed(self, tx: Transaction, incoming: Incoming, round: _Round, error: Exception) -> None:
        event = incoming.event
        assert event is not None
        trace = Cause.start(event.id, event.traceparent).trace_id
        told = {"event_id": event.id, "type": event.type, "name": event.name, "trace_id": trace}
        _log.warning("a reaction failed", **told, error=type(error).__name__)
        self._keep_copy(tx, event)
        if isinstance(error, HOPELESS) or self._retrying.times == 0:
            _give_up(tx, incoming, _words(error), 1)
            return
        due = system_now() + self._retrying.after(1)
        round.park(tx, incoming, replace(_parked(incoming), attempts=1, due=due, error=_words(error)))

    def _keep_copy(self, tx: Transaction, event: Event) -> None:
        """Whatever becomes of the reaction, the copy is right, unless the copy is what failed."""
        if self._has_copy(event):
            try:
                tx.attempt(lambda: following.apply_copy(tx, event))
            except Exception as error:
                _log.warning("a copy could not be kept", event_id=event.id, type=event.type, error=type(error).__name__)

    def _failed_again(self, tx: Transaction, incoming: Incoming, parked: Parked, error: Exception) -> None:
        attempts = parked.attempts + 1
        if isinstance(error, HOPELESS) or attempts > self._retrying.times:
            _give_up(tx, incoming, _words(error), attempts)
            inbox.unpark(tx.connection, parked)
            return
        due = system_now() + self._retrying.after(attempts)
        inbox.postpone(tx.connection, replace(parked, attempts=attempts, due=due, error=_words(error)))


@dataclass(slots=True)
class _Round:
    """What is known while one batch is taken."""

    following: Mapping[str, Following]
    nothing_waits: bool
    careful: bool
    answers: list[Event]

    def park(self, tx: Transaction, incoming: Incoming, parked: Parked | None = None) -> None:
        inbox.park(tx.connection, parked or _parked(incoming))
        self.nothing_waits = False


def _parked(incoming: Incoming) -> Parked:
    event, message = incoming.event, incoming.message
    assert event is not None
    return Parked(event.id, event.type, event.subject, message.sequence, message.headers, message.body)


def _give_up(tx: Transaction, incoming: Incoming, error: str, attempts: int) -> None:
    event, message = incoming.event, incoming.message
    about = event.reference if event else message.subject
    name = f"{event.type}.{event.name}" if event else ""
    letter = DeadLetter("inbox", about, name, error, attempts, message.sequence, message.headers, message.body)
    dead_letters.add(tx.connection, letter)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]
