"""Bundles in which something is missing or odd: decided, or refused with a sentence; nothing else."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.fhir import gate, text
from shared.fhir.issue import Resource
from shared.fhir.refusal import Refusal
from tests.services.coverage.pas.bundles import a_bundle, a_request, an_item, an_update, certified
from tests.services.town import Running

ODD = (None, "", "x", 0, -1, 10**12, True, [], {}, {"reference": "#nobody"}, {"reference": "Patient/p"}, "2026-13-45", 1.5)
WHOLE = (
    a_bundle(a_request(an_item("MH", 6), an_item("AD", 2, sequence=2)), bundle="b"),
    a_bundle(an_update(an_item("MH", 6), an_item("AD", 2, sequence=2, cancelled=True), extension=[certified("2")])),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(whole=st.sampled_from(WHOLE), operation=st.sampled_from(["$submit", "$inquire"]), data=st.data())
async def test_what_is_spoiled_is_decided_or_refused(
    payer: Running, whole: Resource, operation: str, data: st.DataObject
) -> None:
    bundle = deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(bundle, data)
    if any(issue.severity in ("error", "fatal") for issue in gate.check(bundle)):
        return
    sent = text.load(text.dump(bundle))
    try:
        said = await payer.invoke("Claim", operation, "", sent)
    except Refusal:
        return
    assert gate.check(said) == []


def _spoil(element: Any, data: st.DataObject) -> None:
    """Take something out, or put something odd in its place, somewhere in it."""
    while True:
        places = list(element) if isinstance(element, dict) else list(range(len(element)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        inside = element[place]
        if isinstance(inside, dict | list) and data.draw(st.integers(0, 5)):
            element = inside
            continue
        odd = data.draw(st.sampled_from(ODD))
        if odd is None:
            del element[place]
        else:
            element[place] = deepcopy(odd)
        return
