"""Bodies as large as are taken, each costly in another way: long lists, many defects, deep nests, big bundles."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from tests.properties.wire import Sent

BYTES: Final = int(os.environ.get("LARGE_BYTES", "250000"))
FHIR: Final = "application/fhir+json"
PLAN: Final = {
    "resourceType": "CarePlan",
    "id": "c1",
    "status": "draft",
    "intent": "plan",
    "subject": {"reference": "Patient/p1"},
}


def filled(head: str, one: str, tail: str, size: int) -> bytes:
    """`head`, as many of `one` as fit with commas between them, `tail`."""
    count = max(1, (size - len(head) - len(tail)) // (len(one) + 1))
    return (head + ",".join([one] * count) + tail).encode()


def numbered(head: str, one: str, tail: str, size: int) -> bytes:
    """As `filled`, with a number of its own for each `#`."""
    count = max(1, (size - len(head) - len(tail)) // (len(one) + 8))
    return (head + ",".join(one.replace("#", str(number)) for number in range(count)) + tail).encode()


def _plan(**elements: str) -> str:
    """The beginning of a plan's text, with its last element open."""
    text = json.dumps(PLAN)[:-1]
    return text + "".join(f',"{name}":{value}' for name, value in elements.items())


def _entries(one: str) -> Callable[[int], bytes]:
    return lambda size: numbered('{"resourceType":"Bundle","type":"transaction","entry":[', one, "]}", size)


def _batch(one: str) -> Callable[[int], bytes]:
    return lambda size: numbered('{"resourceType":"Bundle","type":"batch","entry":[', one, "]}", size)


def _list(name: str, one: str) -> Callable[[int], bytes]:
    return lambda size: numbered(_plan() + f',"{name}":[', one, "]}", size)


_GOAL: Final = (
    '{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"g#"},"subject":{"reference":"Patient/p#"}}'
)
_DELETION: Final = (
    '{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"CarePlan.note[#]"}]}'
)
_ADDITION: Final = (
    '{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"CarePlan"},'
    '{"name":"name","valueString":"note"},{"name":"value","valueAnnotation":{"text":"#"}}]}'
)

PUT: Final[Mapping[str, Callable[[int], bytes]]] = {
    "legal and long": _list("note", '{"text":"words #"}'),
    "legal, indexed often": _list("identifier", '{"system":"urn:s","value":"#"}'),
    "legal, refers often": _list("supportingInfo", '{"reference":"Patient/p#"}'),
    "one long text": lambda size: (_plan() + ',"title":"' + "x" * (size - 300) + '"}').encode(),
    "a long code": lambda size: (json.dumps(PLAN | {"status": "x" * (size - 300)})).encode(),
    "escaped characters": lambda size: (_plan() + ',"title":"' + "\\u00e9" * ((size - 300) // 6) + '"}').encode(),
    "control characters": lambda size: (_plan() + ',"title":"' + "\\u0001" * ((size - 300) // 6) + '"}').encode(),
    "digits": lambda size: (_plan() + ',"extension":[{"url":"u","valueDecimal":1.' + "7" * (size - 300) + "}]}").encode(),
    "a huge integer": lambda size: (_plan() + ',"extension":[{"url":"u","valueInteger":' + "7" * (size - 300) + "}]}").encode(),
    "many numbers": _list("extension", '{"url":"u","valueDecimal":#.10}'),
    "unknown elements": lambda size: numbered(_plan() + ",", '"x#":1', "}", size),
    "unknown elements within": _list("note", '{"y":#}'),
    "empty objects": _list("note", "{}"),
    "nulls": _list("note", "null"),
    "lists in a list": _list("note", "[[[]]]"),
    "wrong extensions": _list("extension", '{"url":1}'),
    "wrong references": _list("supportingInfo", '{"reference":"Nobody/#"}'),
    "wrong activities": _list("activity", '{"detail":{"status":"x"},"reference":{}}'),
    "one defect at the end": lambda size: numbered(_plan() + ',"note":[', '{"text":"words #"}', ',{"text":1}]}', size),
    "contained": _list("contained", '{"resourceType":"Patient","id":"p#"}'),
    "nested": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "nested objects": lambda size: b'{"a":' * (size // 7) + b"1" + b"}" * (size // 7),
    "open brackets": lambda size: b"[" * size,
    "narrative": lambda size: (
        _plan() + ',"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">' + "<p>x</p>" * (size // 9)
        + '</div>"}}'
    ).encode(),
    "deep narrative": lambda size: (
        _plan() + ',"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">' + "<p>" * (size // 4)
        + '</div>"}}'
    ).encode(),
}  # fmt: skip
"""What is put at `CarePlan/c1`."""

PATCHES: Final[Mapping[str, tuple[str, Callable[[int], bytes]]]] = {
    "tests": ("application/json-patch+json", lambda size: filled("[", '{"op":"test","path":"/id","value":"c1"}', "]", size)),
    "copies that double": (
        "application/json-patch+json",
        lambda _: filled(
            '[{"op":"add","path":"/note","value":[{"text":"x"}]},',
            '{"op":"copy","from":"/note","path":"/note/0/extension"}', "]", 4_000,
        ),
    ),
    "additions": ("application/json-patch+json", lambda size: numbered("[", '{"op":"add","path":"/x#","value":1}', "]", size)),
    "a long merge": ("application/merge-patch+json", lambda size: numbered("{", '"x#":{"y":null}', "}", size)),
    "additions by path": (FHIR, lambda size: numbered('{"resourceType":"Parameters","parameter":[', _ADDITION, "]}", size)),
    "deletions by path": (FHIR, lambda size: numbered('{"resourceType":"Parameters","parameter":[', _DELETION, "]}", size)),
}  # fmt: skip

BUNDLES: Final[Mapping[str, Callable[[int], bytes]]] = {
    "empty entries": _entries("{}"),
    "null entries": _entries("null"),
    "too many entries": _entries('{"request":{"method":"GET","url":"CarePlan/#"}}'),
    "a batch of reads": _batch('{"request":{"method":"GET","url":"CarePlan/#"}}'),
    "a batch of wrong writes": _batch('{"resource":{"resourceType":"Goal","x":#},"request":{"method":"POST","url":"Goal"}}'),
    "a batch of creates": _batch('{"resource":' + _GOAL + ',"request":{"method":"POST","url":"Goal"}}'),
    "one giant entry": lambda size: numbered(
        '{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"CarePlan/c1"},"resource":'
        + _plan() + ',"note":[', '{"text":#}', "]}}]}", size,
    ),
    "parameters": lambda size: numbered('{"resourceType":"Parameters","parameter":[', '{"name":"#"}', "]}", size),
}  # fmt: skip


def everything(size: int) -> dict[str, Callable[[], Sent]]:
    """Requests by name, each made when it is wanted: all of them at once would take gigabytes of the test's own."""
    found: dict[str, Callable[[], Sent]] = {}
    for name, body in PUT.items():
        found[f"put: {name}"] = lambda body=body: sent("PUT", "/fhir/CarePlan/c1", FHIR, body(size))  # type: ignore[misc]
    for name, (media, body) in PATCHES.items():
        found[f"patch: {name}"] = lambda media=media, body=body: sent(  # type: ignore[misc]
            "PATCH", "/fhir/CarePlan/c1", media, body(size)
        )
    for name, body in BUNDLES.items():
        found[f"post: {name}"] = lambda body=body: sent("POST", "/fhir", FHIR, body(size))  # type: ignore[misc]
    form = "application/x-www-form-urlencoded"
    for name, one in {"criteria": "subject=Patient/p1&", "values": "x,"}.items():
        start = "identifier=" if name == "values" else ""
        found[f"search: {name}"] = lambda start=start, one=one: sent(  # type: ignore[misc]
            "POST", "/fhir/CarePlan/_search", form, quote(start, safe="=").encode() + one.encode() * (size // len(one))
        )
    found["validate"] = lambda: sent("POST", "/fhir/CarePlan/$validate", FHIR, PUT["wrong activities"](size))
    return found


def sent(method: str, path: str, media: str, body: bytes) -> Sent:
    headers: Any = ((b"content-type", media.encode()),)
    return Sent(method, path, "", headers, (body,))
