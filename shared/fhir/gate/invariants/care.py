"""Invariants of plans, orders and tasks: CarePlan, CareTeam, Goal, RequestGroup, ServiceRequest, Task …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.rules import (
    Rule,
    absent,
    both,
    each,
    either,
    exactly_one,
    exists,
    holds,
    implies,
    is_one_of,
    needs,
    no,
    not_both,
    some,
)

RULES: Final[Mapping[str, Rule]] = {
    "cpl-3": not_both("detail", "reference"),
    "ctm-1": implies(both(exists("onBehalfOf"), exists("member")), holds("member_is_a_practitioner")),
    "gol-1": needs("detail", "measure"),
    "mea-1": each("group", each("stratifier", exactly_one(some("code", "description", "criteria"), exists("component")))),
    "mrp-1": either(no(is_one_of("type", "data-collection")), absent("group")),
    "mrp-2": each("group", each("stratifier", each("stratum", exactly_one(exists("value"), exists("component"))))),
    "prr-1": needs("orderDetail", "code"),
    "rqg-1": exactly_one(exists("resource"), exists("action")),
    "Task.inv-1": implies(lambda _: {"required": ["lastModified", "authoredOn"]}, holds("modified_after_authored")),
}
