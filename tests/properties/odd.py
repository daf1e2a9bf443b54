"""Odd values for every place of a request: what clients send by mistake, and what nobody sends who means well."""

from __future__ import annotations

from typing import Any, Final

DEEP: Final = "[" * 200 + "]" * 200

STRINGS: Final = (
    "", " ", "\0", "a\tb", "\x1f", "ﬃ", "é" * 40, "💥", "\u202e", "\\", "\\,", "|", "||", "$", "$$", "%", "%_", '"', "'", "*",
    "(", ",",
    "a" * 70, "a" * 5000, "-", ".", "..", "../..", "#", "#o", "/", "Patient/", "Patient/p1", "Patient/p1/_history/1",
    "/Patient/p1",
    "Patient?identifier=urn:mrn|007", "Nobody/1", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:uuid:", "http://",
    "ftp://a b",
    "http://127.0.0.1:8001/fhir/Patient/p1", "true", "TRUE", "null", "NaN", "Infinity", "-0", "1e400", "1e-400", "1e308", "00",
    "1.0",
    "9" * 40, "9223372036854775808", "-9223372036854775809", "٣", "²", "0000", "0001", "0001-01-01T00:00:00+14:00", "9999",
    "9999-12",
    "9999-12-31", "9999-12-31T23:59:59.999999999-14:00", "10000", "2023-02-30", "2023-13", "2023-2-3", "24:00",
    "2016-12-31T23:59:60Z",
    "2026-01-01T10:00", "2026-01-01T10:00:00", "2026-01-01 10:00:00Z", "2026-01-01T10:00:00+99:99", "２０２６", "eq", "eq2026",
    "ap9999",
    "xx2026", "ne", "<div>", "<!DOCTYPE a [<!ENTITY b 'c'>]><div>&b;</div>", "SELECT 1; DROP TABLE resource", "{{7*7}}",
    "\r\nX: y",
    "active", "draft", "final", "p1", "MR|007", "urn:mrn|007", "urn:mrn|", "|007", "a|b|c|d", "5.40|urn:u|mg", "5||mg", "gt5",
    "lt-5.",
)  # fmt: skip

VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 1.5, 10**17, 2**63, 2**64, 10**30, -(2**63) - 1, 1e308, 5e-324, [], {}, [None], [[]], [{}],
    [[[]]],
    {"": None}, {"a": {}}, {"resourceType": 1}, {"resourceType": "Patient"}, {"resourceType": "Bundle", "type": "batch"},
    {"extension": []}, {"reference": 1}, {"reference": "Patient/p1"}, {"value": "x"}, {"id": "x"}, [1, "a", None, {}],
)  # fmt: skip

HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "accept": (
        "*/*", "application/fhir+json", "application/json", "application/xml", "text/html", "", ";;;", "a/b/c", "*/*;q=0",
        "*/*;q=x",
        "application/fhir+json; fhirVersion=4.0", "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json;q=nan, */*;q=inf",
        "application/json;q=1e400", '"', "application/fhir+json; charset=latin-1", "é",
    ),
    "content-type": (
        "application/fhir+json", "application/json", "application/json-patch+json", "application/merge-patch+json", "",
        "text/plain",
        "application/x-www-form-urlencoded", "application/fhir+json; charset=utf-16", "multipart/form-data; boundary=", "a",
        "; =",
        "application/fhir+json; fhirVersion=3.0", "application/fhir+xml", "application/fhir+json; charset=\"",
    ),
    "content-length": ("0", "-1", "x", "9" * 30, "99999999", "٣"),
    "content-encoding": ("gzip", "br", "x"),
    "if-match": ('W/"1"', '"1"', "1", "*", "", 'W/"', 'W/"999999999999999999999"', 'W/"1", W/"2"', "é", ",,,", 'W/"x"'),
    "if-none-match": ("*", 'W/"1"', '"2"', "", 'W/"', "\\"),
    "if-none-exist": (
        "identifier=urn:mrn|007", "?identifier=urn:mrn%7C007", "Patient?identifier=x", "", "?", "=", "a", "_id=p1",
        "birthdate=x", "%ff",
        "name=\u00e9", "_has:Observation:patient:code=1", "_sort=name", "_count=1", "name:exact=",
    ),
    "if-modified-since": (
        "Mon, 23 Nov 2026 12:00:00 GMT", "x", "", "0", "Mon, 99 Foo 99999 99:99:99 +9999", "Mon, 23 Nov 0000 12:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359", "23 Nov 2026", "Mon, 23 Nov 2026 12:00:00 +99999999999", "1e9", "Mon, , ,", "١",
        "Sat, 01 Jan 0001 00:00:00 +2300",
    ),
    "prefer": (
        "return=minimal", "return=representation", "return=OperationOutcome", "return=presentation", "handling=strict",
        "handling=lenient",
        "handling=strict; return=minimal", "=;=", ";", "respond-async", "return", 'return="minimal',
        "handling=strict,handling=lenient",
    ),
    "traceparent": (
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0-0-0", "", "x" * 1000,
        "ff-" + "0" * 32 + "-" + "0" * 16 + "-01",
    ),
    "x-request-id": ("abc", "", "a b", "\r\n", "é", "x" * 200),
    "host": ("", "é", "a/b?c", "[", "127.0.0.1:99999"),
    "x-forwarded-proto": ("https", "javascript"),
    "transfer-encoding": ("chunked", "x"),
    "expect": ("100-continue",),
    "range": ("bytes=0-1",),
    "origin": ("null",),
    "cookie": ("=;;=",),
}  # fmt: skip

CONTROLS: Final[dict[str, tuple[str, ...]]] = {
    "_sort": ("_id", "-_lastUpdated", "date", "-date,_id", "", ",", "-", "--date", "nothing", "near", "_text",
    "code,status,subject"),
    "_count": ("0", "1", "3", "1001", "-1", "x", "", "1e3", "9" * 30, "٣", "1.0"),
    "_total": ("none", "accurate", "estimate", "x", ""),
    "_summary": ("true", "text", "data", "count", "false", "x", ""),
    "_elements": ("id", "name,status", ",", "", "a.b.c", "resourceType", "Patient.name", "*"),
    "_include": ("*", "Patient:general-practitioner", "Observation:subject:Patient", "a", "::", "Nobody:x", "CarePlan:*", "",
    "Task:*:X"),
    "_revinclude": ("*", "Observation:subject", "Task:focus", "x", "", "*:*", "CarePlan:goal:Goal"),
    "_include:iterate": ("*", "CarePlan:goal", "Goal:subject", "x"),
    "_revinclude:iterate": ("*", "Task:focus"),
    "_cursor": ("x", "", "W10", "bnVsbA", "é", "=", "eyJhIjoxfQ", "WyJhIiwxLDJd", "1", "-1", "9" * 19),
    "_format": ("json", "xml", "", "application/fhir json", "x/y", "application/fhir+json"),
    "_pretty": ("true", "false", "x"),
    "_type": ("Patient", "Patient,Observation", "Nobody", "", ",", "CarePlan,Goal,Task"),
    "_since": ("2026", "9999", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x", "", "2026-01-01T00:00:00 01:00"),
    "_at": ("2026", "9999", "0001", "0001-01-01T00:00:00+14:00", "gt2026", "x", ""),
    "_list": ("1", ""),
    "_filter": ("name eq x", ""),
    "_text": ("x",),
    "_content": ("x",),
    "_contained": ("true", "x"),
    "_score": ("x",),
    "_query": ("x",),
    "mode": ("full", "terminology", "create", "update", "delete", "profile", "x", ""),
    "profile": ("http://hl7.org/fhir/StructureDefinition/Patient", "x", ""),
    "after": ("x", "\0", ""),
}  # fmt: skip

MODIFIERS: Final = (
    "missing", "exact", "contains", "text", "not", "of-type", "identifier", "above", "below", "in", "not-in", "Patient",
    "Nobody", "",
    "type", "iterate", "a:b",
)  # fmt: skip

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "BREW", "")

NOWHERE: Final = (("GET", "/nothing"), ("GET", "/"), ("GET", "/{}"))
"""Method and path of what nobody answers."""

PARAMETERS: Final = (
    "resource", "mode", "profile", "subject", "patient", "model", "acuity", "manager", "encounter", "episode", "practitioner",
    "outcome", "note", "plan", "start", "end", "appointment", "appt-resource", "x", "",
)  # fmt: skip
"""Names of parameters of operations."""

BODIES: Final = (
    (b"",), (b"{}",), (b"[]",), (b"\xff\xfe",), (DEEP.encode(),), (b"null",), (b"0" * 5000,), (b"{", b"}"), (b'"',),
)  # fmt: skip
