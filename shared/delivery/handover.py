"""What one service hands to another: the owner takes a proposal or rejects it, whoever asked notes the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from shared.events.event import Event
from shared.fhir import gate, text
from shared.fhir.refusal import Malformed, Refusal, Unavailable, outcome, refuse
from shared.store import dead_letters, handovers, outbox
from shared.store.dead_letters import DeadLetter
from shared.store.transaction import Transaction
from shared.store.version import Version

_ECHOED: Final[tuple[str, ...]] = ("care-handover", "care-proposal")


def answer_proposal(event: Event, tx: Transaction) -> None:
    """Store what is proposed, by update-as-create through gate and rules, and say `accepted` or `rejected`."""
    said_before = len(tx.warnings)
    try:
        written = tx.attempt(lambda: _store(event, tx))
    except Unavailable:
        raise
    except Refusal as refusal:
        _answer(event, tx, "rejected", 0, refusal.as_fhir())
    else:
        _answer(event, tx, "accepted", written, outcome(tx.warnings[said_before:]))


def answered_to(event: Event) -> str:
    """The service that an `accepted` or `rejected` is for."""
    return event.headers.get("care-for", "")


def note_answers(answers: Sequence[Event], tx: Transaction) -> None:
    """Write what became of our proposals into their handovers; each rejected one is a dead letter too."""
    by_handover: dict[str, list[Event]] = defaultdict(list)
    for answer in answers:
        by_handover[answer.headers.get("care-handover", "")].append(answer)
        if answer.name == "rejected":
            dead_letters.add(tx.connection, _letter(answer, tx))
    for id, told in by_handover.items():
        handovers.note(tx, id, {each.reference: (each.name, orjson.loads(each.text)) for each in told})


def propose_again(letter: DeadLetter, tx: Transaction) -> None:
    """Hand over once more what was rejected; its handover is pending again."""
    type, _, id = letter.about.partition("/")
    handover = letter.headers.get("care-handover", "")
    outbox.propose(tx, type, id, letter.body, handover)
    handovers.note(tx, handover, {letter.about: (handovers.PENDING, None)})


def _store(event: Event, tx: Transaction) -> int:
    draft = text.parse(event.text)
    if draft.content.get("id") != event.subject:
        raise Malformed(f"the proposal for {event.reference} holds the id {draft.content.get('id')!r}")
    refuse(gate.check(draft.content, event.type))
    return tx.write(draft, event.subject).version.number


def _answer(event: Event, tx: Transaction, name: str, number: int, body: Mapping[str, Any]) -> None:
    headers = {key: event.headers[key] for key in _ECHOED if key in event.headers}
    headers["care-for"] = event.source.rpartition("/")[2]
    outbox.say(tx, Version(event.type, event.subject, number, tx.now, orjson.dumps(body)), name, headers)


def _letter(answer: Event, tx: Transaction) -> DeadLetter:
    """With the proposal itself as body, so that it can be handed over again."""
    place = int(answer.headers.get("care-proposal", "0"))
    proposal = outbox.told(tx.connection, "", place)
    said = "; ".join(issue.get("diagnostics", issue["code"]) for issue in orjson.loads(answer.text)["issue"])
    body = proposal.event.text if proposal else b""
    return DeadLetter("handover", answer.reference, f"{answer.type}.proposed", said, 1, place, answer.headers, body)
