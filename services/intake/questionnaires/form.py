"""A Questionnaire and its QuestionnaireResponse, item by item. http://hl7.org/fhir/R4/questionnaire.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.fhir.element import extension, sought
from shared.fhir.issue import Resource
from shared.store.view import View

Item = Mapping[str, Any]

FINISHED = frozenset({"completed", "amended"})
"""QuestionnaireResponse.status of what is scored and extracted."""

ORDINALS = ("http://hl7.org/fhir/StructureDefinition/ordinalValue", "http://hl7.org/fhir/StructureDefinition/itemWeight")


def asked_by(response: Mapping[str, Any], view: View) -> Resource | None:
    """The Questionnaire that a response answers; None where it is not kept here."""
    return questionnaire_at(str(response.get("questionnaire", "")), view)


def questionnaire_at(canonical: str, view: View) -> Resource | None:
    """By canonical address (the newest one in use where no version is said) or by `Questionnaire/<id>`."""
    url, _, version = canonical.partition("|")
    if not url:
        return None
    wanted = f"&version={sought(version)}" if version else ""
    found = view.search(f"Questionnaire?url={sought(url)}{wanted}")
    if found:
        return max(found, key=_newness)
    base, _, id = url.rpartition("Questionnaire/")
    return view.read("Questionnaire", id) if id and "/" not in id and not base.startswith("urn:") else None


def items_of(parent: Mapping[str, Any]) -> Iterator[Item]:
    """Every item below a Questionnaire, a response, an item or an answer, in document order, itself left out."""
    for item in parent.get("item", ()):
        yield item
        yield from items_of(item)
        for answer in item.get("answer", ()):
            yield from items_of(answer)


def answers_to(link: str, parent: Mapping[str, Any]) -> list[Item]:
    """All answers to a question anywhere below."""
    return [answer for item in items_of(parent) if item["linkId"] == link for answer in item.get("answer", ())]


def value_of(holder: Mapping[str, Any], prefix: str = "value") -> tuple[str, Any]:
    """Name and value of a choice of types (`valueCoding`, …); ("", None) where there is none."""
    names = (name for name in holder if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper())
    return next(((name, holder[name]) for name in names), ("", None))


def same_value(one: Any, other: Any) -> bool:
    """Codings are the same by system and code, Quantities by number and unit, everything else as it is written."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if "code" in one or "code" in other:
            keys = ("system", "code", "value") if "value" in one or "value" in other else ("system", "code")
            return all(one.get(key) == other.get(key) for key in keys)
        return {key: each for key, each in one.items() if key != "extension"} == {
            key: each for key, each in other.items() if key != "extension"
        }
    return bool(one == other)


def ordinal_of(option: Mapping[str, Any]) -> float | None:
    """The number that an answer option (or its Coding) counts for; None where it has none."""
    _, value = value_of(option)
    holders = [option, value] if isinstance(value, Mapping) else [option]
    found = (extension(holder, url) for holder in holders for url in ORDINALS)
    return next((float(each) for each in found if each is not None), None)


def _newness(questionnaire: Resource) -> tuple[bool, str, str]:
    return questionnaire.get("status") == "active", questionnaire.get("date", ""), questionnaire.get("version", "")
