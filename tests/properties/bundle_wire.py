"""The entries of the model as FHIR, and FHIR as the model's: ids, versions and what a resource says."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from tests.properties.bundle_model import Content, Entry, Url
from tests.properties.resources import Resource

TYPES: Final[Mapping[str, Resource]] = {
    "intake": {"resourceType": "Organization"},
    "careplan": {"resourceType": "RequestGroup", "status": "draft", "intent": "plan",
                 "subject": {"reference": "Patient/p1"}},
}  # fmt: skip
"""What each service is asked to keep: something about which it has no rules."""
METHODS: Final = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "read": "GET", "search": "GET"}


@dataclass
class Wire:
    """One story at one service: its resources have identifiers of a system of their own."""

    service: str
    story: str
    _real: dict[str, str] = field(default_factory=dict)
    _bundles: int = 0

    @property
    def type(self) -> str:
        return str(TYPES[self.service]["resourceType"])

    def next_urls(self) -> Url:
        """The full URLs of the entries of one more bundle."""
        self._bundles += 1
        bundle, story = self._bundles, int(self.story[1:])
        return lambda index: f"urn:uuid:00000000-{bundle:04}-4000-8000-{story:08}{index:04}"

    def real(self, id: str) -> str:
        return self._real.get(id, f"{self.story}-{id}")

    def bind(self, id: str, real: str) -> None:
        """An id that the server gave is not one that it gave before."""
        if id.startswith("new-") and id not in self._real:
            assert real not in self._real.values()
            self._real[id] = real
        assert self.real(id) == real

    def address(self, id: str) -> str:
        return f"{self.type}/{self.real(id)}"

    def everybody(self) -> str:
        return f"/{self.type}?identifier=urn:{self.story}%7C&_count=100"

    def bound(self, content: Content) -> Content:
        """With real ids."""
        to = content.to
        return content if not to or to.startswith("urn:") else replace(content, to=self.address(to))

    def content(self, resource: Resource | None) -> Content | None:
        if resource is None:
            return None
        said = {each["url"]: each for each in resource["extension"]}
        to = said.get("urn:to", {}).get("valueReference", {}).get("reference", "")
        return Content(resource["identifier"][0]["value"], said["urn:word"]["valueString"], to)

    def bundle(self, type: str, entries: Sequence[Entry], url: Url) -> Resource:
        listed = [self._entry(entry, url, index) for index, entry in enumerate(entries)]
        return {"resourceType": "Bundle", "type": type, "entry": listed}

    def _entry(self, entry: Entry, url: Url, index: int) -> Resource:
        request = {"method": METHODS[entry.does], "url": self._target(entry)}
        if entry.kind == "create unless":
            request["ifNoneExist"] = self._criteria(entry.identifier)
        if entry.if_match:
            request["ifMatch"] = f'W/"{entry.if_match}"'
        if entry.if_none:
            request["ifNoneMatch"] = "*"
        if entry.has_resource:
            return {"fullUrl": url(index), "resource": self._resource(entry, url), "request": request}
        return {"resource": _patch(entry.word), "request": request} if entry.does == "patch" else {"request": request}

    def _target(self, entry: Entry) -> str:
        if entry.does == "create":
            return self.type
        if entry.looks or entry.kind == "search":
            return f"{self.type}?{self._criteria(entry.identifier)}"
        return self.address(entry.id)

    def _criteria(self, identifier: str) -> str:
        return f"identifier=urn:{self.story}|{identifier}"

    def _resource(self, entry: Entry, url: Url) -> Resource:
        word = {"url": "urn:word", "valueString": entry.word} if entry.legal else {"valueString": entry.word}
        resource = {
            **TYPES[self.service],
            "identifier": [{"system": f"urn:{self.story}", "value": entry.identifier}],
            "extension": [word, *self._pointing(entry, url)],
        }
        return resource | {"id": self.real(entry.id)} if entry.kind == "update" else resource

    def _pointing(self, entry: Entry, url: Url) -> list[Resource]:
        if entry.to is None:
            return []
        match entry.to.kind:
            case "id":
                reference = self.address(entry.to.value)
            case "entry":
                reference = url(int(entry.to.value))
            case _:
                reference = f"{self.type}?{self._criteria(entry.to.value)}"
        return [{"url": "urn:to", "valueReference": {"reference": reference}}]


def _patch(word: str) -> Any:
    steps = [{"op": "replace", "path": "/extension/0/valueString", "value": word}]
    data = base64.b64encode(orjson.dumps(steps)).decode()
    return {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
