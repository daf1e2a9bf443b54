"""A FHIRPath Patch on a list does what the same steps do to a plain list, or is refused and changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.fhir.patch import fhirpath_patch
from shared.fhir.refusal import Refusal

Step = tuple[str, int, int, str]
"""Kind, index (or source), destination, word."""

STEPS = st.tuples(
    st.sampled_from(("add", "insert", "delete", "replace", "move")), st.integers(0, 4), st.integers(0, 4), st.sampled_from("abc")
)


@given(words=st.lists(st.sampled_from("xyz"), max_size=4), steps=st.lists(STEPS, max_size=5))
def test_steps_by_path_are_the_steps_on_a_list(words: list[str], steps: list[Step]) -> None:
    before = patient(words)
    wanted = computed(words, steps)

    try:
        after = fhirpath_patch.apply(before, {"resourceType": "Parameters", "parameter": [operation(step) for step in steps]})
    except Refusal:
        assert wanted is None
    else:
        assert [name["text"] for name in after.get("name", ())] == wanted
    assert before == patient(words)


def patient(words: list[str]) -> dict[str, Any]:
    names = {"name": [{"text": word} for word in words]} if words else {}
    return {"resourceType": "Patient", "id": "p", **names}


def computed(words: list[str], steps: list[Step]) -> list[str] | None:
    """What http://hl7.org/fhir/R4/fhirpatch.html makes of the list; None for a place that it doesn't have."""
    found = list(words)
    for kind, index, destination, word in steps:
        match kind:
            case "add":
                found.append(word)
            case "insert" if index <= len(found):
                found.insert(index, word)
            case "delete":
                del found[index : index + 1]
            case "replace" if index < len(found):
                found[index] = word
            case "move" if max(index, destination) < len(found):
                found.insert(destination, found.pop(index))
            case _:
                return None
    return found


def operation(step: Step) -> dict[str, Any]:
    kind, index, destination, word = step
    path = {"add": "Patient", "insert": "Patient.name", "move": "Patient.name"}.get(kind, f"Patient.name[{index}]")
    parts: list[dict[str, Any]] = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    match kind:
        case "add":
            parts += [{"name": "name", "valueString": "name"}]
        case "insert":
            parts += [{"name": "index", "valueInteger": index}]
        case "move":
            parts += [{"name": "source", "valueInteger": index}, {"name": "destination", "valueInteger": destination}]
    if kind in ("add", "insert", "replace"):
        parts.append({"name": "value", "valueHumanName": {"text": word}})
    return {"name": "operation", "part": parts}
