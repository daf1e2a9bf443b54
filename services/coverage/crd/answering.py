"""A hook's answer: coverage-information written to each order, and cards for what somebody should know."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from services.coverage.decision import Decision, Insured, Item
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from, new_id
from shared.service import Deployed

from .asking import SPARE_SECONDS, decision
from .called import Called
from .guidance import Given, keep
from .hooks import COVERAGE_INFO, INSURANCE, LIMITS
from .information import URL, asserted, extension
from .orders import known_of, question_of, wanted_of
from .requirements import requirement

TOPICS: Final = "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp"
SOON: Final = timedelta(days=30)
SUMMARY: Final = 140
"""Characters of a card's summary: CDS Hooks 2.0, "Card attributes"."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one coverage's payer has said; None: nothing in time."""

    coverage: Resource
    decision: Decision | None
    insured: Insured | None
    given: tuple[Given, ...]
    extensions: Mapping[int, Resource]
    """By the place of the order among the call's subjects."""


async def answer(call: Called, deployed: Deployed) -> dict[str, Any]:
    """`cards` and `systemActions`. Guidance is kept before it is given."""
    until = time.monotonic() + call.hook.seconds - SPARE_SECONDS
    heard = [await _hear(call, coverage, deployed, until) for coverage in call.coverages]
    given = [each for one in heard for each in one.given]
    if given:
        await deployed.store.unit(lambda tx: keep(call.hook.name, call.instance, given, tx))
    cards = [card for one in heard for card in _cards(call, one, deployed.clock().date())]
    actions = list(_actions(call, heard)) if COVERAGE_INFO in call.wanted else []
    return {"cards": cards[: call.most_cards], **({"systemActions": actions} if call.subjects else {})}


async def _hear(call: Called, coverage: Resource, deployed: Deployed, until: float) -> Heard:
    today = deployed.clock().date()
    question = question_of(call.subjects, call.patient, coverage, call.instance, today)
    decided = await decision(call, question, coverage, deployed, until)
    insured = _insured(decided)
    given: list[Given] = []
    extensions: dict[int, Resource] = {}
    for place, order in enumerate(call.subjects):
        wanted = wanted_of(order)
        rule = requirement(wanted)
        said = asserted(decided, wanted, rule, known_of(order))
        about = f"{order['resourceType']}/{order.get('id', '')}"
        known = insured.policy.reference if insured else ""
        id = id_from("crd", call.instance, coverage.get("id", ""), about, repr(said))
        extensions[place] = extension(said, f"Coverage/{coverage.get('id', '')}", id, today, rule.days)
        given.append(Given(id, about, known if known.startswith("Coverage/") else "", wanted, said, rule.days))
    return Heard(coverage, decided, insured, tuple(given), extensions)


def _insured(decided: Decision | None) -> Insured | None:
    insured = decided.insured if decided else ()
    return next((each for each in insured if each.in_force), None) or next(iter(insured), None)


def _actions(call: Called, heard: Sequence[Heard]) -> Iterator[dict[str, Any]]:
    """One for each order to which something new is said."""
    for place, order in enumerate(call.subjects):
        before = order.get("extension", [])
        after = _extended(before, [each.extensions[place] for each in heard])
        if after != before:
            about = f"{order['resourceType']}/{order.get('id', '')}"
            yield {
                "type": "update",
                "description": f"Coverage information of {about}",
                "resource": {**order, "extension": after},
            }


def _extended(before: list[Resource], new: Sequence[Resource]) -> list[Resource]:
    """What is said again stays as it was; what is new of a coverage stands for what was said of it."""
    kept = {_bare(each): each for each in before if each["url"] == URL}
    about = {_coverage(each) for each in new}
    others = [each for each in before if each["url"] != URL or _coverage(each) not in about]
    return [*others, *(kept.get(_bare(each), each) for each in new)]


def _coverage(extension: Resource) -> str:
    said = (each["valueReference"]["reference"] for each in extension.get("extension", ()) if each["url"] == "coverage")
    return str(next(said, ""))


def _bare(extension: Resource) -> str:
    """What is asserted, without when and under which number."""
    dated = ("date", "expiry-date", "coverage-assertion-id")
    return repr([each for each in extension.get("extension", ()) if each["url"] not in dated])


def _cards(call: Called, heard: Heard, today: date) -> Iterator[dict[str, Any]]:
    """The most pressing first."""
    label = heard.coverage["payor"][0].get("display") or (heard.insured.plan if heard.insured else "") or "the insurer"
    if heard.insured is None:
        return
    if INSURANCE in call.wanted:
        if heard.insured.why:
            yield _card(heard.insured.why.sentence, "warning", INSURANCE, label)
        elif heard.insured.days.last - today <= SOON:
            yield _card(f"The coverage ends on {heard.insured.days.last.isoformat()}.", "info", INSURANCE, label)
    if LIMITS in call.wanted:
        yield from (_card(said, "warning", LIMITS, label) for item in heard.insured.items if (said := _short(item)))


def _short(item: Item) -> str:
    balance, quantity = item.balance("visit"), item.wanted.quantity
    left = balance.remaining if balance else None
    if not isinstance(left, int) or quantity is None or left >= quantity:
        return ""
    return f"{quantity} visits are ordered, {left} are left in the plan's year; the provider asks the payer for more."


def _card(summary: str, indicator: str, topic: str, label: str) -> dict[str, Any]:
    return {
        "uuid": new_id(),
        "summary": summary[:SUMMARY],
        "indicator": indicator,
        "source": {"label": label, "topic": {"system": TOPICS, "code": topic}},
    }
