"""Verdicts, printed as a ClaimResponse: what was decided before stays as it stands. https://hl7.org/fhir/us/davinci-pas/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from services.coverage.ledger import APPROVED, USED
from services.coverage.vocabulary import ADJUDICATION, SERVICE
from shared.fhir import text
from shared.fhir.element import concept, extension, reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from

from .codes import ISSUED, PERIOD, SUBMITTED, action_of, review_action
from .deciding import Verdict
from .requested import Item, items_of, service_of
from .standing import by_sequence, granted, outcome, overall, reason_of, used

_DENIED: Final = "A3"
_STAYS: Final = ("identifier", "preAuthRef", "created", "extension")


def response_id(claim: str) -> str:
    return id_from("authorization-response", claim)


def respond(claim: Resource, before: Resource | None, verdicts: Mapping[int, Verdict], now: datetime) -> Resource:
    """The answer to a Claim as it is now: `verdicts` by sequence; the other items keep what was decided of them."""
    id = response_id(claim["id"])
    known = by_sequence(before)
    requested = items_of(claim)
    items = [
        _item(requested[sequence], verdicts[sequence], known.get(sequence, {}), _number(id), now)
        if sequence in verdicts
        else known[sequence]
        for sequence in requested
        if sequence in verdicts or sequence in known
    ]
    whole = _head(id, claim, now) | {name: before[name] for name in _STAYS if before and name in before}
    return whole | _summary(items, requested, before) | _period(items, id)


def waiting(claim: Resource, sentence: str, now: datetime) -> Resource:
    """The answer while somebody else decides."""
    return _head(response_id(claim["id"]), claim, now) | {"outcome": "queued", "disposition": sentence}


def _head(id: str, claim: Resource, now: datetime) -> Resource:
    head: Resource = {
        "resourceType": "ClaimResponse",
        "id": id,
        "status": "active",
        "type": claim["type"],
        "use": "preauthorization",
        "patient": claim["patient"],
        "created": text.instant(now),
        "insurer": claim.get("insurer", {"display": "insurer not named"}),
        "requestor": claim["provider"],
        "request": reference_to(claim),
    }
    request = service_of(claim)
    return head | ({"identifier": [{"system": SERVICE, "value": request}]} if request else {})


def _item(item: Item, verdict: Verdict, before: Resource, number: str, now: datetime) -> Resource:
    adjudication: list[Resource] = []
    if verdict.visits or verdict.action in ("A1", "A3", "A6"):
        adjudication.append({"category": concept(ADJUDICATION, APPROVED), "value": verdict.visits})
    if used(before):
        adjudication.append({"category": concept(ADJUDICATION, USED), "value": used(before)})
    reviewed = {"extension": [review_action(verdict.action, number if verdict.visits else "")], "category": SUBMITTED}
    adjudication.append(reviewed | {"reason": {"text": verdict.reason}})
    made: Resource = {"itemSequence": item.sequence, "adjudication": adjudication}
    if verdict.visits:
        made["extension"] = list(_granted(verdict, before, now))
    return made


def _granted(verdict: Verdict, before: Resource, now: datetime) -> Iterator[Resource]:
    """When it was given and how long it holds: no verdict makes that shorter."""
    known = extension(before, PERIOD) or {}
    issued = extension(before, ISSUED) if verdict.action == "A4" else None
    yield {"url": ISSUED, "valueDate": issued or now.date().isoformat()}
    end = text.instant(now + timedelta(days=verdict.days))
    yield {"url": PERIOD, "valuePeriod": {"start": known.get("start", text.instant(now)), "end": max(known.get("end", ""), end)}}


def _summary(items: list[Resource], requested: Mapping[int, Item], before: Resource | None) -> Resource:
    actions = [action_of(item) for item in items]
    denied = [item for item in items if action_of(item) == _DENIED]
    notes = {item["itemSequence"]: number for number, item in enumerate(denied, 1)}
    said: Resource = {
        "outcome": outcome(actions, before),
        "disposition": " ".join(dict.fromkeys(filter(None, map(reason_of, items)))),
        "item": [_noted(item, notes) for item in items],
        "addItem": [_added(item, requested[item["itemSequence"]]) for item in items if action_of(item) == "A6"],
        "adjudication": [{"extension": [review_action(overall(actions))], "category": SUBMITTED}] if items else [],
        "processNote": [{"number": notes[item["itemSequence"]], "text": reason_of(item)} for item in denied],
    }
    return {name: value for name, value in said.items() if value}


def _noted(item: Resource, notes: Mapping[int, int]) -> Resource:
    bare = {name: value for name, value in item.items() if name != "noteNumber"}
    number = notes.get(item["itemSequence"])
    return bare | {"noteNumber": [number]} if number else bare


def _added(item: Resource, requested: Item) -> Resource:
    """What was authorized in the place of what was asked for."""
    said: Mapping[str, Any] = requested.wanted.said or {}
    return {
        "itemSequence": [item["itemSequence"]],
        "productOrService": said["productOrService"],
        "quantity": {"value": granted(item), "unit": "visits"},
        "adjudication": [{"extension": [review_action("A6")], "category": SUBMITTED}],
    }


def _period(items: list[Resource], id: str) -> Resource:
    """Of the whole: from the first day that something is granted for to the last."""
    periods = [period for item in items if granted(item) and (period := extension(item, PERIOD))]
    if not periods:
        return {}
    start, end = min(each["start"] for each in periods), max(each["end"] for each in periods)
    return {"preAuthRef": _number(id), "preAuthPeriod": {"start": start, "end": end}}


def _number(id: str) -> str:
    return f"PA-{id[:8].upper()}"
