"""What several payers have said of one request, as one answer."""

from __future__ import annotations

from collections.abc import Sequence

from shared.fhir.issue import Resource

LISTS = ("insurance", "error", "extension")


def merged(said: Sequence[Resource]) -> Resource:
    """Of `answered.told`, in the order in which the payers pay: one answer. What none of them has to say isn't in it."""
    if len(said) == 1:
        return dict(said[0])
    outcomes = {each["outcome"] for each in said}
    whole: Resource = {"outcome": outcomes.pop() if len(outcomes) == 1 else "partial"}
    sentences = dict.fromkeys(each["disposition"] for each in said if "disposition" in each)
    if sentences:
        whole["disposition"] = " ".join(sentences)
    for name in LISTS:
        if listed := [each for one in said for each in one.get(name, ())]:
            whole[name] = listed
    return whole
