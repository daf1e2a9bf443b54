"""Which news is newer: each thing that a message says stands until newer news says otherwise, whatever the order of arrival.

For each thing that was said the instant is kept (its stamp). Equal instants: the later arrival is the newer. Older news fills
what nobody has said yet. What others have stored counts as said when they stored it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.fhir.issue import Resource

Said = Mapping[str, Any]
"""What a message says, by name: an element (`gender`), one of several forms (`deceased[x]`, with a dict of elements), an
inner element (`hospitalization.admitSource`), an extension (`extension <url>`), the participants in a role
(`participant ATND`). None where the sender says that there is nothing (any more); what is not said is not here."""

Stamps = dict[str, int]


def told(resource: Resource, said: Said, when: int, stamps: Stamps, others: int) -> Resource:
    """The resource as it is after these news of the instant `when` (microseconds). `stamps` are brought up to date.

    `others`: when somebody else has last stored it, for what has no stamp.
    """
    found = dict(resource)
    for name, value in said.items():
        known = stamps.get(name, others if _get(found, name) else None)
        if known is None or when >= known:
            _put(found, name, value)
            stamps[name] = when
    return found


def with_identifiers(known: list[Resource], said: list[Resource]) -> list[Resource]:
    """Both: an identifier stays once it was said, and is told apart by system and value."""
    places = {(each.get("system"), each.get("value")) for each in known}
    new = {(each.get("system"), each.get("value")): each for each in reversed(said)}
    return [*known, *(each for key, each in reversed(new.items()) if key not in places)]


def _get(resource: Resource, name: str) -> Any:
    if name.endswith("[x]"):
        return _forms(resource, name)
    if name.startswith("extension "):
        return [each for each in resource.get("extension", ()) if each["url"] == name[10:]]
    if name.startswith("participant "):
        return [each for each in resource.get("participant", ()) if _role(each) == name[12:]]
    outer, _, inner = name.partition(".")
    return resource.get(outer, {}).get(inner) if inner else resource.get(name)


def _put(resource: Resource, name: str, value: Any) -> None:
    if name.endswith("[x]"):
        for form in _forms(resource, name):
            del resource[form]
        resource.update(value or {})
    elif name.startswith("extension "):
        _set(resource, "extension", [each for each in resource.get("extension", ()) if each["url"] != name[10:]] + (value or []))
    elif name.startswith("participant "):
        others = [each for each in resource.get("participant", ()) if _role(each) != name[12:]]
        _set(resource, "participant", others + (value or []))
    elif "." in name:
        outer, _, inner = name.partition(".")
        kept = dict(resource.get(outer, {}))
        _set(kept, inner, value)
        _set(resource, outer, kept)
    else:
        _set(resource, name, value)


def _set(resource: Resource, name: str, value: Any) -> None:
    if value in (None, [], {}):
        resource.pop(name, None)
    else:
        resource[name] = value


def _forms(resource: Resource, name: str) -> list[str]:
    stem = name.removesuffix("[x]")
    return [form for form in resource if form.lstrip("_").startswith(stem)]


def _role(participant: Resource) -> str:
    codings = (coding for type in participant.get("type", ()) for coding in type.get("coding", ()))
    return next((str(coding.get("code", "")) for coding in codings), "")
