"""Who has subscribed to decisions, and what is to be delivered to them: records, so that nothing that was promised is lost.

R4 Subscriptions of channel rest-hook: PAS's topic with the organization it is for, or a search for ClaimResponse or Claim.
http://hl7.org/fhir/R4/subscription.html, http://hl7.org/fhir/uv/subscriptions-backport/
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import Refusal
from shared.kernel.ids import id_from
from shared.store.queue import Queue
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

from . import told
from .answering import PREAUTHORIZATION
from .codes import TOPIC

KIND: Final = "notification"
QUEUE: Final = Queue(KIND)
SENT, GIVEN_UP = "sent", "given up"
FILTER: Final = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria"
FILTERS: Final = ("orgIdentifier", "org-identifier")
AGAIN: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 14400))
"""After how long it is tried again; then the subscription is in error."""


def note(change: Change[Any], tx: Transaction) -> None:
    """With every write of a ClaimResponse: whoever has subscribed to it is to hear of it."""
    answer = change.after
    if change.deleted or answer["use"] != PREAUTHORIZATION:
        return
    for subscription in tx.search("Subscription?status=requested,active"):
        if _wants(subscription, answer, tx):
            number = tx.count(f"subscription/{subscription['id']}")
            body = {"subscription": subscription["id"], "answer": answer["id"], "number": number, "tries": 0}
            QUEUE.put(id_from("notification", subscription["id"], answer["id"]), tx.now, body, tx)


def why_not(subscription: Resource, view: View) -> str:
    """What keeps a subscription from being served; "" if nothing does. Its endpoint is for the one who sends to look at."""
    channel = subscription["channel"]
    if channel["type"] != "rest-hook" or not channel.get("endpoint"):
        return "only rest-hook is served, with an endpoint"
    if _is_topic(subscription):
        return "" if _organizations(subscription) else "the filter orgIdentifier says whose authorizations it is for"
    type = subscription["criteria"].partition("?")[0]
    if type not in ("ClaimResponse", "Claim"):
        return "criteria are PAS's topic, or a search for ClaimResponse or Claim"
    try:
        view.search(f"{_search(subscription)}&_id=none")
    except Refusal as refusal:
        return str(refusal)
    return ""


def sent(record: Record, tx: Transaction) -> None:
    """Unless something newer has taken its place meanwhile."""
    if QUEUE.held(record, tx):
        tx.record(KIND, record.id, SENT, {}, record.body)


def failed(record: Record, why: str, tx: Transaction) -> None:
    """Tried again later; after the last time the subscription is in error, and says why."""
    if not QUEUE.held(record, tx):
        return
    tries = int(str(record.body["tries"]))
    if tries < len(AGAIN):
        QUEUE.put(record.id, tx.now + AGAIN[tries], record.body | {"tries": tries + 1}, tx)
        return
    tx.record(KIND, record.id, GIVEN_UP, {}, record.body)
    if subscription := tx.read("Subscription", str(record.body["subscription"])):
        tx.save(subscription | {"status": "error", "error": why})


def notification(subscription: Resource, number: int, answer: Resource | None, view: View) -> Resource:
    """What is sent: for the topic a history bundle with the response bundle in it (without an answer: the handshake)."""
    whole = told.told(answer, view) if answer else None
    if not _is_topic(subscription):
        return whole or {}
    type = "event-notification" if whole else "handshake"
    parameters: list[Resource] = [
        {"name": "subscription", "valueReference": {"reference": f"Subscription/{subscription['id']}"}},
        {"name": "topic", "valueCanonical": TOPIC},
        {"name": "status", "valueCode": subscription["status"]},
        {"name": "type", "valueCode": type},
    ]
    status = _entry(id_from("status", subscription["id"]), f"Subscription/{subscription['id']}/$status")
    entries = [status | {"resource": {"resourceType": "Parameters", "parameter": parameters}}]
    if whole and answer:
        entry = _entry(id_from("notified", answer["id"], answer["meta"]["versionId"]), f"ClaimResponse/{answer['id']}")
        event: list[Resource] = [
            {"name": "event-number", "valueString": str(number)},
            {"name": "timestamp", "valueInstant": text.instant(view.now)},
            {"name": "focus", "valueReference": {"reference": entry["fullUrl"]}},
        ]
        parameters.append({"name": "notification-event", "part": event})
        entries.append(entry | {"resource": whole})
    return {"resourceType": "Bundle", "type": "history", "timestamp": text.instant(view.now), "entry": entries}


def _entry(id: str, url: str) -> Resource:
    return {"fullUrl": f"urn:uuid:{id}", "request": {"method": "GET", "url": url}, "response": {"status": "200"}}


def _wants(subscription: Resource, answer: Resource, view: View) -> bool:
    if _is_topic(subscription):
        claim = target_of(answer.get("request")).partition("/")[2]
        named = {each.partition("|")[2] for each in told.providers(claim, view)}
        return not named.isdisjoint(_organizations(subscription))
    about = answer["id"] if subscription["criteria"].startswith("ClaimResponse") else target_of(answer.get("request"))[6:]
    try:
        return bool(about and view.search(f"{_search(subscription)}&_id={about}"))
    except Refusal:
        return False


def _search(subscription: Resource) -> str:
    criteria: str = subscription["criteria"]
    return criteria if "?" in criteria else f"{criteria}?"


def _is_topic(subscription: Resource) -> bool:
    return bool(subscription["criteria"] == TOPIC)


def _organizations(subscription: Resource) -> set[str]:
    """The identifiers that PAS's filter names."""
    said = (
        each.get("valueString", "") for each in subscription.get("_criteria", {}).get("extension", ()) if each["url"] == FILTER
    )
    filters = (each.partition("?")[2] or each for each in said)
    named = (each.partition("=") for one in filters for each in one.split("&"))
    return {value for name, _, values in named if name in FILTERS for value in values.split(",") if value}
