"""What users did with the cards: kept as it came. CDS Hooks 2.0, "Feedback" """

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import orjson

from shared.fhir.refusal import Malformed
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction

from .hooks import Hook

KIND: Final = "crd-feedback"
OUTCOMES: Final = ("accepted", "overridden")


def feedback_in(body: bytes) -> list[dict[str, Any]]:
    """The entries. Raises Malformed, naming the first that is none."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the feedback is no JSON: {error}") from None
    entries = said.get("feedback") if isinstance(said, dict) else None
    if not isinstance(entries, list) or not entries:
        raise Malformed("feedback is a list, and needed")
    for place, entry in enumerate(entries):
        if why := _wrong(entry):
            raise Malformed(f"feedback[{place}]: {why}")
    return entries


def keep(hook: Hook, entries: list[dict[str, Any]], tx: Transaction) -> None:
    """Sent again, it is the same."""
    for entry in entries:
        id = id_from(KIND, hook.id, entry["card"], entry["outcomeTimestamp"])
        tx.record(KIND, id, entry["outcome"], {"card": entry["card"], "hook": hook.id}, entry)


def _wrong(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "an entry is an object"
    if not isinstance(entry.get("card"), str) or not entry["card"]:
        return "card is the uuid of a card, and needed"
    if entry.get("outcome") not in OUTCOMES:
        return f"outcome is {' or '.join(OUTCOMES)}"
    try:
        datetime.fromisoformat(str(entry.get("outcomeTimestamp")))
    except ValueError:
        return "outcomeTimestamp is an instant, and needed"
    return ""
