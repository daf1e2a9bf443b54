"""What a payer publishes of a year's authorizations (CMS-0057-F: 42 CFR 422.122(c)), from the records of `clocks`: pure.

Shares are of those decided; of requests decided after an appeal, and after the time was extended, those approved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import fmean, median
from typing import Any

from shared.store.version import Record

from .clocks import WAITING, WITHDRAWN

APPROVED = ("A1", "A2", "A6")
"""In total, in part, modified: something was granted."""


def figures(records: Iterable[Record]) -> dict[str, Any]:
    """`standard` and `expedited`, each with numbers, shares in percent and times in hours; None where there is nothing to
    reckon with."""
    every = list(records)
    return {
        "standard": _figures([each for each in every if not each.body["expedited"]]),
        "expedited": _figures([each for each in every if each.body["expedited"]]),
        "reasons": _reasons(every),
    }


def _figures(records: Sequence[Record]) -> dict[str, Any]:
    decided = [each.body for each in records if each.body["decided"]]
    hours = [_hours(each) for each in decided]
    approved = [each for each in decided if each["action"] in APPROVED]
    appealed = [each for each in decided if each["appeal"]]
    extended = [each for each in decided if each["extended"]]
    states = Counter(each.state for each in records)
    return {
        "received": len(records),
        "waiting": states[WAITING],
        "withdrawn": states[WITHDRAWN],
        "decided": len(decided),
        "by_action": dict(sorted(Counter(str(each["action"]) for each in decided).items())),
        "by_whom": dict(sorted(Counter(str(each["by"]) for each in decided).items())),
        "approved_percent": _percent(len(approved), len(decided)),
        "denied_percent": _percent(len(decided) - len(approved), len(decided)),
        "approved_after_appeal_percent": _percent(sum(each["appeal"] in APPROVED for each in appealed), len(appealed)),
        "approved_after_extension_percent": _percent(sum(each["action"] in APPROVED for each in extended), len(extended)),
        "mean_hours": round(fmean(hours), 3) if hours else None,
        "median_hours": round(median(hours), 3) if hours else None,
        "missed": sum(bool(each.body["missed"]) for each in records),
    }


def _reasons(records: Iterable[Record]) -> list[dict[str, Any]]:
    """How often each action was taken for each reason, most frequent first."""
    found = Counter((str(each.body["action"]), str(each.body["reason"])) for each in records if each.body["decided"])
    listed = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"action": action, "reason": reason, "number": number} for (action, reason), number in listed]


def _hours(body: Mapping[str, Any]) -> float:
    received, decided = (datetime.fromisoformat(str(body[name])) for name in ("received", "decided"))
    return (decided - received).total_seconds() / 3600


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
