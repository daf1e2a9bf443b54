"""The answer to a message: MSH, MSA, and an ERR for each thing that is wrong with it.

HL7 v2.5.1, 2.9 (processing rules), 2.15.8 (MSA), 2.15.5 (ERR); tables 0008 (codes), 0155 (when), 0357 (what is wrong).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from shared.fhir.issue import Issue
from shared.fhir.refusal import Refusal

from .header import Header
from .position import (
    DATA_TYPE_ERROR,
    INTERNAL_ERROR,
    NO_SUCH_CODE,
    REQUIRED_FIELD_MISSING,
    SEQUENCE_ERROR,
    TOO_LONG,
    UNKNOWN_KEY,
    UNSUPPORTED_TYPE,
    Unmappable,
    Unreadable,
)
from .remembering import remembered

Outcome = Literal["AA", "AE", "AR"]
"""AA: stored. AE: the message is at fault, sent again it would be so again. AR: it can't be taken now and is to be sent again."""

_COMMITTED: Final[Mapping[Outcome, str]] = {"AA": "CA", "AE": "CA", "AR": "CE"}
"""Enhanced mode first says whether a message was stored; one that is at fault was, so that somebody can look at it."""

_WANTED: Final[Mapping[str, frozenset[str]]] = {
    "AL": frozenset({"CA", "CE", "AA", "AE", "AR"}),
    "ER": frozenset({"CE", "AE", "AR"}),
    "SU": frozenset({"CA", "AA"}),
    "NE": frozenset(),
}
"""Table 0155: which codes the sender wants to hear."""

_CONDITIONS: Final[Mapping[str, str]] = {
    SEQUENCE_ERROR: "Segment sequence error",
    REQUIRED_FIELD_MISSING: "Required field missing",
    DATA_TYPE_ERROR: "Data type error",
    NO_SUCH_CODE: "Table value not found",
    TOO_LONG: "Value too long",
    UNSUPPORTED_TYPE: "Unsupported message type",
    UNKNOWN_KEY: "Unknown key identifier",
    "205": "Duplicate key identifier",
    INTERNAL_ERROR: "Application internal error",
}
_CONDITION_OF: Final[Mapping[str, str]] = {
    "structure": SEQUENCE_ERROR,
    "required": REQUIRED_FIELD_MISSING,
    "value": DATA_TYPE_ERROR,
    "invalid": DATA_TYPE_ERROR,
    "code-invalid": NO_SUCH_CODE,
    "too-long": TOO_LONG,
    "not-supported": UNSUPPORTED_TYPE,
    "not-found": UNKNOWN_KEY,
    "duplicate": "205",
    "conflict": "205",
}
"""Issue type → condition."""

_MOST_ERRORS, _LONGEST_TEXT = 5, 200
"""An answer stays below 4,096 bytes: more than one read is more than many senders do."""
_LONGEST_NAME: Final = 230
_USUAL_VERSION: Final = "2.5.1"
_NOT_ECHOED: Final = re.compile("[\x00-\x1f\x7f]")


class Fault(NamedTuple):
    """What is wrong: a condition of table 0357, a sentence, and where (`PID^1^3`, "" if it is about the whole)."""

    condition: str
    sentence: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a message: `id` in the journal, "" where it is not there. `again`: it was known."""

    outcome: Outcome
    faults: tuple[Fault, ...] = ()
    id: str = ""
    again: bool = False


def faults_of(refusal: Refusal) -> tuple[Fault, ...]:
    if isinstance(refusal, Unreadable | Unmappable):
        return (Fault(refusal.condition, refusal.issues[0].message, refusal.position.erl),)
    return tuple(map(_fault, refusal.issues))


def answers(header: Header, verdict: Verdict, now: datetime, new_id: str) -> list[bytes]:
    """What the sender is to hear, in order: nothing, one message, or in enhanced mode up to two. Never answers an answer."""
    if header.is_answer:
        return []
    accept, application = header[15].upper(), header[16].upper()
    if accept not in _WANTED and application not in _WANTED:
        return [_message(header, verdict.outcome, verdict.faults, now, new_id)]
    found = []
    if (code := _COMMITTED[verdict.outcome]) in _WANTED.get(accept, ()):
        found.append(_message(header, code, verdict.faults if code == "CE" else (), now, f"{new_id[:-1]}C"))
    if verdict.outcome in _WANTED.get(application, ()) and not (found and verdict.outcome == "AR"):
        found.append(_message(header, verdict.outcome, verdict.faults, now, new_id))
    return found


def _message(header: Header, code: str, faults: Sequence[Fault], now: datetime, new_id: str) -> bytes:
    lines = [_msh(header, now, new_id), _msa(header, code, faults), *_errs(header, faults)]
    return "".join(f"{line}\r" for line in lines).encode("iso8859-1", "replace")


def _msh(header: Header, now: datetime, new_id: str) -> str:
    event = header.kind[1]
    kind = header.component.join(("ACK", event, "ACK")) if event else "ACK"
    names = _all_echoed(header[5], header[6], header[3], header[4])
    processing, version = _all_echoed(header[11], header[12])
    fields = ["MSH", _others(header), *names, _second(now), "", kind, new_id, processing or "P", version or _USUAL_VERSION]
    if header[15] or header[16]:
        fields += ("", "", "NE", "NE")
    return header.mark.join(fields)


@remembered
def _all_echoed(*said: str) -> tuple[str, ...]:
    return tuple(map(_echoed, said))


def _second(now: datetime) -> str:
    said = now.isoformat()  # in half the time of strftime
    return f"{said[:4]}{said[5:7]}{said[8:10]}{said[11:13]}{said[14:16]}{said[17:19]}+0000"


def _msa(header: Header, code: str, faults: Sequence[Fault]) -> str:
    said = [_text(header, faults[0].sentence)] if faults else []
    return header.mark.join(("MSA", code, _echoed(header.control_id), *said))


def _errs(header: Header, faults: Sequence[Fault]) -> Iterator[str]:
    for fault in faults[:_MOST_ERRORS]:
        condition = header.component.join((fault.condition, _CONDITIONS.get(fault.condition, ""), "HL70357"))
        place, sentence = fault.place.replace("^", header.component), _text(header, fault.sentence)
        yield header.mark.join(("ERR", "", place, condition, "E", "", "", "", sentence))


def _fault(issue: Issue) -> Fault:
    return Fault(_CONDITION_OF.get(issue.code, INTERNAL_ERROR), issue.message)


def _others(header: Header) -> str:
    """MSH-2, as it was; the usual one where it makes no sense."""
    return header.fields[2] if 1 <= len(header.fields[2]) <= 5 else "^~\\&"


def _echoed(value: str) -> str:
    return (value if value.isprintable() else _NOT_ECHOED.sub("", value))[:_LONGEST_NAME]


def _text(header: Header, sentence: str) -> str:
    """A sentence in ASCII, with the characters escaped that divide this message."""
    escape = header.fields[2][2:3]
    plain = _NOT_ECHOED.sub(" ", sentence)[:_LONGEST_TEXT].encode("ascii", "replace").decode("ascii")
    names = zip((escape, header.mark, *header.fields[2][:2], header.fields[2][3:4]), "EFSRT", strict=False)
    meant = {ord(mark): f"{escape}{name}{escape}" if escape else " " for mark, name in names if mark}
    return plain.translate(meant)
