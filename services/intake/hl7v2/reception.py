"""A message's way in: read, mapped and entered in one unit of work, answered when that is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final

import structlog

from shared.fhir.caller import Caller
from shared.fhir.refusal import Conflict, Refusal, Unavailable
from shared.kernel.ids import new_id
from shared.kernel.trace import Cause
from shared.service import Deployed
from shared.store.transaction import Transaction
from shared.store.version import Record

from . import journal, mapping, meters
from .acknowledgment import Fault, Verdict, answers, faults_of
from .batch import batch_of
from .conventions import Read, reader
from .framing import Frame
from .header import Header
from .journal import Before, Received
from .message import Message
from .position import INTERNAL_ERROR, SEQUENCE_ERROR, TOO_LONG, Unreadable

_LARGE: Final = 256 * 1024
"""Bytes from which a message is read beside the event loop."""

_OURS: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError, RuntimeError)
"""What a mapping raises that has not thought of something; the database's errors are none of these."""

_BLANK: Final = Verdict("AE", (Fault(SEQUENCE_ERROR, "the frame holds no message", "MSH^1"),))
_UNTHOUGHT_OF: Final = (Fault(INTERNAL_ERROR, "something went wrong here; the log has the rest"),)

Apply = Callable[[Message, Transaction], mapping.Made]
"""Does what a message says. Raises a Refusal where the message is at fault."""

_log = structlog.get_logger()


class Reception:
    """Takes frames, from any number of lines at once, and plays messages again."""

    def __init__(self, deployed: Deployed, apply: Apply = mapping.apply) -> None:
        self._deployed = deployed
        self._store = deployed.store
        self._apply = apply
        self._reads = reader(deployed.settings)

    async def take(self, frame: Frame, peer: str) -> list[bytes]:
        """What is to be answered to a frame, in order; stored before it is answered."""
        began, at = monotonic(), self._deployed.clock()
        if frame.is_blank:
            self._deployed.meters.count(meters.DROPPED, "blank")
            return answers(Header(), _BLANK, at, _new_control_id())
        batch = batch_of(frame.content)
        answered: list[list[bytes]] = []
        for raw in batch.messages:
            size = frame.size if frame.too_large else len(raw)
            received = await _read(self._reads, raw, size, at, peer)
            verdict = await self._stored(received)
            answered.append(answers(received.header, verdict, self._deployed.clock(), _new_control_id()))
            self._deployed.meters.time(meters.SECONDS, monotonic() - began)
        if len(answered) == 1 and not batch.around:
            return answered[0]
        whole = batch.answered([each for answer in answered for each in answer])
        return [whole] if whole else []

    async def replay(self, id: str) -> Verdict:
        """Map a message of the journal once more. Raises NotFound; Conflict for one that is not kept as a whole."""
        record = await self._store.view(lambda view: journal.told(view, id))
        raw = journal.raw_of(record)
        if record.body["size"] != len(raw):
            raise Conflict("only the beginning of this message is kept")
        received = await _read(self._reads, raw, len(raw), self._deployed.clock(), str(record.body["peer"]))
        return await self._tried(received, record)

    async def _stored(self, received: Received) -> Verdict:
        if received.header.is_answer:
            return Verdict("AA")
        try:
            verdict = await self._tried(received)
        except Unavailable as away:
            _log.warning("a message can't be taken now", control_id=received.header.control_id, reason=str(away))
            verdict = Verdict("AR", faults_of(away))
        kind = "^".join(received.message.kind if received.message else received.header.kind)
        self._deployed.meters.count(
            meters.MESSAGES, kind if kind in meters.TYPES else "other", "again" if verdict.again else verdict.outcome
        )
        return verdict

    async def _tried(self, received: Received, replayed: Record | None = None) -> Verdict:
        """Raises Unavailable, and has stored nothing then."""
        if received.faults:
            return await self._unit(received, partial(_refused, received, replayed, received.faults))
        try:
            return await self._unit(received, partial(_mapped, self._apply, received, replayed))
        except Unavailable:
            raise
        except Refusal as refusal:
            faults = faults_of(refusal)
        except _OURS:
            _log.exception("a message that nobody has thought of", type=received.header.type)
            faults = _UNTHOUGHT_OF
        return await self._unit(received, partial(_refused, received, replayed, faults))

    async def _unit(self, received: Received, work: Callable[[Transaction], Verdict]) -> Verdict:
        caller, cause = Caller(f"hl7v2:{received.header.sender}"), Cause.start(new_id())
        return await self._store.unit(work, caller=caller, cause=cause)


async def _read(reads: Read, raw: bytes, size: int, at: datetime, peer: str) -> Received:
    """Never raises: what is wrong with a message stands in its faults."""
    header = Header.of(raw)
    if size > len(raw):
        fault = Fault(TOO_LONG, f"{size} bytes are more than is taken here (CARE_MAX_BODY_BYTES)", "MSH^1")
        return Received(raw, header, None, (fault,), at, peer, size)
    message, faults = await asyncio.to_thread(_parsed, reads, raw) if size > _LARGE else _parsed(reads, raw)
    return Received(raw, header, message, faults, at, peer, size)


def _parsed(reads: Read, raw: bytes) -> tuple[Message | None, tuple[Fault, ...]]:
    try:
        return reads(raw), ()
    except Unreadable as unreadable:
        return unreadable.message, faults_of(unreadable)
    except _OURS:
        _log.exception("a message that can't even be refused")
        return None, _UNTHOUGHT_OF


def _mapped(apply: Apply, received: Received, replayed: Record | None, tx: Transaction) -> Verdict:
    """Raises what the mapping has against it; then nothing is kept."""
    known = Before(replayed) if replayed else journal.before(received, tx)
    if known.record and known.record.state != "error" and not replayed:
        return journal.verdict_of(known.record)
    assert received.message
    made = apply(received.message, tx)
    return journal.enter(received, tx, known, made, ())


def _refused(received: Received, replayed: Record | None, faults: Sequence[Fault], tx: Transaction) -> Verdict:
    known = Before(replayed) if replayed else journal.before(received, tx)
    return journal.enter(received, tx, known, None, faults)


def _new_control_id() -> str:
    """MSH-10 of what we send: 20 characters at most, where versions before 2.7 end."""
    return new_id().replace("-", "")[:20].upper()
