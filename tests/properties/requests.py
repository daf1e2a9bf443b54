"""Requests that no sensible client sends, made by chance: every kind of nonsense at every address of a service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from starlette.routing import BaseRoute

from shared.fhir.parameters import resource_types
from shared.service import Service
from tests.properties.dice import Dice
from tests.properties.odd import BODIES, HEADERS, METHODS, NOWHERE, PARAMETERS, STRINGS
from tests.properties.patches import fhirpath_patch, json_patch, merge_patch
from tests.properties.queries import query
from tests.properties.resources import LEGAL
from tests.properties.spoiling import printed, spoilt
from tests.properties.wire import Headers, Sent

Page = tuple[str, str]
"""Method, and path with parameters in braces, of what is answered beside `/fhir`."""

_PARAMETER: Final = re.compile(r"\{[^}]*\}")

HERE: Final = "http://127.0.0.1:8001/fhir"


def pages_of(routes: Sequence[BaseRoute]) -> Iterator[Page]:
    """What a running application answers beside `/fhir`, as it says itself."""
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            yield from pages_of(included.routes)
        elif path := getattr(route, "path", ""):
            yield from ((method, path) for method in getattr(route, "methods", None) or METHODS)


class Requests:
    """To one service; the same dice give the same requests."""

    def __init__(self, service: Service, dice: Dice, pages: Sequence[Page]) -> None:
        self._dice = dice
        self._pages = (*pages, *NOWHERE)
        self._legal = LEGAL[service.name]
        self._types = tuple(owned.name for owned in service.owns)
        self._all = (*self._types, *service.follows)
        self._seen = tuple(resource["resourceType"] for resource in self._legal)
        self._operations = [(each.type, each.name) for each in service.operations]
        times = (
            (self.write, 4), (self.search, 4), (self.patch, 3), (self.bundle, 3), (self.read, 2), (self.history, 1),
            (self.operation, 2), (self.anywhere, 2), (self.elsewhere, 1),
        )  # fmt: skip
        self._kinds: list[Callable[[], Sent]] = [kind for kind, weight in times for _ in range(weight)]

    def next(self) -> Sent:
        sent = self._dice.one(self._kinds)()
        return Sent(sent.method, sent.path, sent.query, sent.headers, sent.body, leaves=self._dice.maybe(0.01))

    def write(self) -> Sent:
        dice, resource = self._dice, self._resource()
        type = self._type_of(resource)
        body = printed(dice, resource)
        if dice.maybe(0.4):
            return Sent("POST", f"/fhir/{type}", self._query(type, 0.1), self._headers(), body)
        address = f"/fhir/{type}" if dice.maybe(0.2) else f"/fhir/{type}/{quote(self._id_of(resource))}"
        return Sent("PUT", address, self._query(type, 0.3), self._headers(), body)

    def search(self) -> Sent:
        dice = self._dice
        type = dice.one(self._seen if dice.maybe(0.7) else self._all)
        if dice.maybe(0.15):
            headers = (*self._headers(), (b"content-type", b"application/x-www-form-urlencoded"))
            return Sent("POST", f"/fhir/{type}/_search", self._query(type, 0.2), headers, (self._query(type).encode(),))
        if dice.maybe(0.15):
            return Sent("GET", dice.one(("/fhir", "/fhir/", "/fhir/_search")), self._query(type), self._headers())
        return Sent(dice.one(("GET", "GET", "GET", "DELETE", "HEAD")), f"/fhir/{type}", self._query(type), self._headers())

    def patch(self) -> Sent:
        dice = self._dice
        resource = dice.one(self._legal)
        type = resource["resourceType"]
        body, media = dice.one((json_patch, fhirpath_patch, merge_patch))(dice, resource)
        address = f"/fhir/{type}" if dice.maybe(0.1) else f"/fhir/{type}/{resource['id']}"
        headers = (*self._headers(), (b"content-type", media))
        return Sent("PATCH", address, self._query(type, 0.1), headers, printed(dice, body))

    def bundle(self) -> Sent:
        dice = self._dice
        kind = dice.one(("transaction", "batch", "collection"))
        bundle: Any = {"resourceType": "Bundle", "type": kind, "entry": [self._entry() for _ in dice.times(6)]}
        body = printed(dice, spoilt(dice, bundle) if dice.maybe(0.3) else bundle)
        return Sent("POST", dice.one(("/fhir", "/fhir/")), self._query("Patient", 0.05), self._headers(), body)

    def read(self) -> Sent:
        dice = self._dice
        resource = dice.one(self._legal)
        type, id = resource["resourceType"], resource["id"] if dice.maybe(0.6) else quote(dice.one(STRINGS), safe="")
        tail = dice.one(("", "", "/_history/1", "/_history/" + quote(dice.one(STRINGS), safe=""), "/"))
        method = dice.one(("GET", "GET", "HEAD", "DELETE"))
        return Sent(method, f"/fhir/{type}/{id}{tail}", self._query(type, 0.3), self._headers())

    def history(self) -> Sent:
        resource = self._dice.one(self._legal)
        type = resource["resourceType"]
        level = self._dice.one(("", f"/{type}", f"/{type}/{resource['id']}"))
        return Sent("GET", f"/fhir{level}/_history", self._query("", 0.8), self._headers())

    def operation(self) -> Sent:
        dice = self._dice
        type, name = dice.one([*self._operations, *((type, "$validate") for type in self._seen)])
        known = [resource["id"] for resource in self._legal if resource["resourceType"] == type]
        address = "/".join(part for part in ("/fhir", type, dice.one(("", *known, "nobody")), name) if part)
        body = self._parameters() if dice.maybe(0.7) else self._resource()
        return Sent(dice.one(("POST", "POST", "GET")), address, self._query(type, 0.3), self._headers(), printed(dice, body))

    def anywhere(self) -> Sent:
        words = (*STRINGS, *self._seen, "_history", "_search", "$validate", "metadata", "p1")
        path = "/".join(quote(self._dice.one(words), safe="$") for _ in self._dice.times(5))
        body = self._dice.one(BODIES)
        return Sent(self._dice.one(METHODS), f"/fhir/{path}", self._query("Patient", 0.3), self._headers(), body)

    def elsewhere(self) -> Sent:
        """What is answered beside `/fhir`."""
        dice = self._dice
        method, address = dice.one(self._pages)
        words = (*STRINGS, *self._seen, *(resource["id"] for resource in self._legal))
        path = _PARAMETER.sub(lambda _: quote(dice.one(words), safe=""), address)
        method = method if dice.maybe(0.8) else dice.one(METHODS)
        body = dice.one(BODIES) if dice.maybe(0.5) else printed(dice, self._parameters() if dice.maybe(0.3) else self._resource())
        return Sent(method, path, self._query("Patient", 0.4), self._headers(), body)

    def _resource(self) -> Any:
        resource: Any = self._dice.one(self._legal)
        for _ in range(self._dice.one((0, 0, 1, 1, 2, 5))):
            resource = spoilt(self._dice, resource)
        return resource

    def _type_of(self, resource: Any) -> str:
        type = resource.get("resourceType") if isinstance(resource, dict) else None
        return type if isinstance(type, str) and type in resource_types() and self._dice.maybe(0.9) else self._dice.one(self._all)

    def _id_of(self, resource: Any) -> str:
        id = resource.get("id") if isinstance(resource, dict) else None
        return id if isinstance(id, str) and self._dice.maybe(0.9) else self._dice.one(STRINGS)

    def _entry(self) -> Any:
        dice, resource = self._dice, self._resource()
        type, id, asked = self._type_of(resource), self._id_of(resource), self._query("Patient")
        urls = (
            f"{type}/{id}", f"{type}/{id}", type, f"{type}?{asked}", f"{type}/{id}?{asked}", f"{type}/{id}/_history/1",
            "metadata",
            f"{type}/$validate", f"{HERE}/{type}/{id}", "_history", f"?{asked}", dice.one(STRINGS),
        )  # fmt: skip
        method = dice.one(("POST", "PUT", "PUT", "GET", "DELETE", "PATCH", "HEAD"))
        request = {"method": method, "url": dice.one(urls), **self._conditions()}
        entry: Any = {"fullUrl": f"urn:uuid:{dice.upto(8):032}", "resource": resource, "request": request}
        if method in ("GET", "DELETE", "HEAD") and dice.maybe(0.9):
            del entry["resource"]
        return spoilt(dice, entry) if dice.maybe(0.2) else entry

    def _conditions(self) -> dict[str, str]:
        names = {
            "ifMatch": "if-match",
            "ifNoneMatch": "if-none-match",
            "ifNoneExist": "if-none-exist",
            "ifModifiedSince": "if-modified-since",
        }
        return {name: self._dice.one(HEADERS[header]) for name, header in names.items() if self._dice.maybe(0.1)}

    def _parameters(self) -> Any:
        dice = self._dice
        listed = []
        for _ in dice.times(5):
            values: tuple[Any, ...] = (
                {"valueString": dice.one(STRINGS)}, {"valueReference": {"reference": dice.one(STRINGS)}}, {"valueInteger": 1},
                {"resource": self._resource()}, {"valueReference": {"display": "x"}}, {"part": []}, {}, {"valueCode": "x"},
                {"valueCoding": {"code": "x"}}, {"valueDateTime": "9999-12-31"}, {"valueIdentifier": {"value": "x"}},
                {"valueReference": {"reference": f"{dice.one(self._seen)}/{dice.one(self._legal)['id']}"}},
            )  # fmt: skip
            listed.append({"name": dice.one(PARAMETERS), **dice.one(values)})
        body = {"resourceType": "Parameters", "parameter": listed}
        return spoilt(dice, body) if dice.maybe(0.3) else body

    def _query(self, type: str, often: float = 1.0) -> str:
        return query(self._dice, type, self._types, often)

    def _headers(self) -> Headers:
        if self._dice.maybe(0.5):
            return ()
        chosen = (self._dice.one(list(HEADERS)) for _ in range(self._dice.one((1, 1, 2, 4))))
        return tuple((name.encode(), self._dice.one(HEADERS[name]).encode()) for name in chosen)
