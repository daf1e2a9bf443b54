"""Bundles: planned before anything is written, printed without being parsed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
import pytest

from shared.fhir import bundle_text
from shared.fhir.bundle import Plan, plan, target
from shared.fhir.bundle_identity import Act, identify, named_by_search, naming
from shared.fhir.bundle_text import Item, Response
from shared.fhir.refusal import Malformed, NotFound, PreconditionFailed, Refusal, TooLarge


def a_bundle(*entries: Any, type: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **request: str) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    return made | {"fullUrl": full_url} if full_url else made


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


def found_nothing(_type: str, _criteria: str) -> Sequence[str]:
    return ()


def acts(planned: Plan, find: Any = found_nothing, base: str = "") -> list[Act]:
    ids = count(1)
    found = identify(planned, new_id=lambda: f"n{next(ids)}", find=find, base=base)
    return naming(found, named_by_search(planned.entries, find))


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("Patient", ("Patient", "", "", "", "")),
        ("/Patient/1", ("Patient", "1", "", "", "")),
        ("http://us/fhir/Patient/1", ("Patient", "1", "", "", "")),
        ("Patient?identifier=s|v", ("Patient", "", "", "", "identifier=s|v")),
        ("Patient/1/_history/2", ("Patient", "1", "_history", "2", "")),
        ("Patient/_history", ("Patient", "", "_history", "", "")),
        ("Patient/_search?a=b", ("Patient", "", "_search", "", "a=b")),
        ("Patient/1/$everything", ("Patient", "1", "$everything", "", "")),
        ("$match", ("", "", "$match", "", "")),
        ("metadata", ("", "", "metadata", "", "")),
    ],
)
def test_the_address_of_an_entry_is_taken_apart(url: str, parts: tuple[str, ...]) -> None:
    found = target(url, "http://us/fhir")

    assert found is not None
    assert (found.type, found.id, found.part, found.version, found.query) == parts


@pytest.mark.parametrize("url", ["http://them/fhir/Patient/1", "Patient/a b", "patient/1", "Patient/1/2"])
def test_a_foreign_or_malformed_address_is_none_of_ours(url: str) -> None:
    assert target(url, "http://us/fhir") is None


@pytest.mark.parametrize(
    ("wrong", "expression"),
    [
        ({"resource": patient()}, "Bundle.entry[1]"),
        (entry("BREW", "Patient"), "Bundle.entry[1].request.method"),
        (entry("POST", "Patient"), "Bundle.entry[1].resource"),
        (entry("PUT", "Patient/1", patient(id="2")), "Bundle.entry[1].resource.id"),
        (entry("POST", "Task", patient()), "Bundle.entry[1].resource"),
        (entry("DELETE", "Patient"), "Bundle.entry[1].request.url"),
        (entry("DELETE", "Patient/0"), "Bundle.entry[1]"),
        ("text", "Bundle.entry[1]"),
    ],
)
def test_a_wrong_entry_is_named(wrong: Any, expression: str) -> None:
    with pytest.raises(Refusal) as refused:
        plan(a_bundle(entry("PUT", "Patient/0", patient(id="0")), wrong))

    assert refused.value.issues[0].expression.startswith(expression)


def test_in_a_batch_only_the_wrong_entry_has_a_problem() -> None:
    planned = plan(a_bundle(entry("BREW", "Patient"), entry("GET", "Patient/1"), type="batch"))

    assert [one.problem is None for one in planned.entries] == [False, True]


def test_a_transaction_has_up_to_a_thousand_entries() -> None:
    with pytest.raises(TooLarge):
        plan(a_bundle(*[entry("GET", "Patient/1")] * 1001))


def test_an_address_stands_once() -> None:
    twice = [entry("POST", "Patient", patient(), "urn:uuid:1")] * 2

    with pytest.raises(Refusal):
        plan(a_bundle(*twice))


def test_deletions_come_first_and_reads_last() -> None:
    planned = plan(
        a_bundle(
            entry("GET", "Patient/1"),
            entry("PUT", "Patient/2", patient(id="2")),
            entry("POST", "Patient", patient()),
            entry("DELETE", "Patient/3"),
        )
    )

    assert [one.method for one in planned.in_order] == ["DELETE", "POST", "PUT", "GET"]


def test_references_follow_what_is_created() -> None:
    task = {"resourceType": "Task", "for": {"reference": "urn:uuid:1"}, "focus": {"reference": "http://them/Patient/7"}}
    planned = plan(
        a_bundle(
            entry("POST", "Task", task, "urn:uuid:2"),
            entry("POST", "Patient", patient(), "urn:uuid:1"),
            entry("POST", "Patient", patient(), "http://them/Patient/7"),
        )
    )

    done = acts(planned)

    assert done[0].resource == {
        "resourceType": "Task",
        "for": {"reference": "Patient/n2"},
        "focus": {"reference": "Patient/n3"},
    }


def test_a_relative_reference_of_a_foreign_bundle_follows_too() -> None:
    task = {"resourceType": "Task", "for": {"reference": "Patient/7"}}
    planned = plan(
        a_bundle(
            entry("POST", "Task", task, "http://them/Task/1"),
            entry("POST", "Patient", patient(), "http://them/Patient/7"),
        )
    )

    assert (acts(planned)[0].resource or {})["for"] == {"reference": "Patient/n2"}


def test_a_conditional_create_that_exists_gives_its_id_to_references() -> None:
    task = {"resourceType": "Task", "for": {"reference": "urn:uuid:1"}}
    planned = plan(
        a_bundle(
            entry("POST", "Patient", patient(), "urn:uuid:1", ifNoneExist="identifier=s|v"),
            entry("POST", "Task", task),
        )
    )

    done = acts(planned, lambda _type, _criteria: ["p"])

    assert (done[0].id, done[0].found) == ("p", True)
    assert (done[1].resource or {})["for"] == {"reference": "Patient/p"}


def test_the_same_conditional_create_twice_makes_one() -> None:
    one = [entry("POST", "Patient", patient(), f"urn:uuid:{n}", ifNoneExist="identifier=v") for n in (1, 2)]

    done = acts(plan(a_bundle(*one)))

    assert [(act.id, act.found) for act in done] == [("n1", False), ("n1", True)]


def test_a_conditional_reference_needs_exactly_one_match() -> None:
    task = {"resourceType": "Task", "for": {"reference": "Patient?identifier=s|v"}}
    planned = plan(a_bundle(entry("POST", "Task", task)))

    assert (acts(planned, lambda _t, _c: ["p"])[0].resource or {})["for"] == {"reference": "Patient/p"}
    with pytest.raises(PreconditionFailed) as refused:
        acts(planned)
    assert refused.value.issues[0].expression == "Bundle.entry[0].resource.for.reference"


def test_conditional_writes_say_what_they_miss() -> None:
    many = plan(a_bundle(entry("PUT", "Patient?identifier=v", patient())))
    none = plan(a_bundle(entry("PATCH", "Patient?identifier=v", {"resourceType": "Parameters"})))

    with pytest.raises(PreconditionFailed):
        acts(many, lambda _t, _c: ["a", "b"])
    with pytest.raises(NotFound):
        acts(none)


def test_two_names_for_one_resource_are_one_too_many() -> None:
    planned = plan(a_bundle(entry("PUT", "Patient?identifier=v", patient()), entry("PUT", "Patient/p", patient(id="p"))))

    with pytest.raises(Malformed):
        acts(planned, lambda _t, _c: ["p"])


def test_a_search_set_is_joined_from_stored_text() -> None:
    found = bundle_text.searchset(
        [Item(b'{"resourceType":"Patient","x":1.50}', "http://us/Patient/1", "match")],
        total=1,
        links={"self": 'http://us/Patient?name="a"'},
    )

    assert b'"x":1.50' in found
    assert orjson.loads(found) == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1,
        "link": [{"relation": "self", "url": 'http://us/Patient?name="a"'}],
        "entry": [
            {
                "fullUrl": "http://us/Patient/1",
                "resource": {"resourceType": "Patient", "x": 1.5},
                "search": {"mode": "match"},
            }
        ],
    }


def test_history_and_responses_say_what_was_done() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    gone = Item(full_url="http://us/Patient/1", request=("DELETE", "Patient/1"), response=Response("204", modified=noon))
    refused = Item(response=Response("400 Bad Request", outcome=b'{"resourceType":"OperationOutcome"}'))

    assert orjson.loads(bundle_text.history([gone]))["entry"][0] == {
        "fullUrl": "http://us/Patient/1",
        "request": {"method": "DELETE", "url": "Patient/1"},
        "response": {"status": "204", "lastModified": "2026-11-23T12:00:00.000Z"},
    }
    assert orjson.loads(bundle_text.response([refused], kind="batch")) == {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [{"response": {"status": "400 Bad Request", "outcome": {"resourceType": "OperationOutcome"}}}],
    }


def test_an_empty_bundle_has_no_empty_lists() -> None:
    assert bundle_text.searchset([], total=0) == b'{"resourceType":"Bundle","type":"searchset","total":0}'


@pytest.mark.parametrize(
    ("wrong", "expression"),
    [
        ({"foo": 1}, "Bundle.foo"),
        ({"meta": "text"}, "Bundle.meta"),
        ({"link": [{"relation": "self"}]}, "Bundle.link[0].url"),
        ({"entry": []}, "Bundle.entry"),
        ({"total": 1}, "Bundle"),
    ],
)
def test_a_malformed_bundle_is_refused_whatever_its_type(wrong: dict[str, Any], expression: str) -> None:
    for type in ("transaction", "batch", "collection"):
        with pytest.raises(Refusal) as refused:
            plan({"resourceType": "Bundle", "type": type, **wrong})

        assert [issue.expression for issue in refused.value.issues] == [expression]


@pytest.mark.parametrize(
    ("wrong", "expression"),
    [
        (entry("GET", "Patient/1") | {"foo": 1}, "Bundle.entry[1].foo"),
        ({"request": {"method": "GET", "url": "Patient/1", "ifMatch": 1}}, "Bundle.entry[1].request.ifMatch"),
        (entry("GET", "Patient?name=a b"), "Bundle.entry[1].request.url"),
        (entry("GET", "Patient/1", full_url="http://them/Patient/1/_history/1"), "Bundle.entry[1].fullUrl"),
        (entry("POST", "Patient", "text"), "Bundle.entry[1].resource"),
        ({}, "Bundle.entry[1]"),
        (None, "Bundle.entry[1]"),
    ],
)
def test_a_malformed_entry_is_named_and_in_a_batch_leaves_the_others(wrong: Any, expression: str) -> None:
    with pytest.raises(Refusal) as refused:
        plan(a_bundle(entry("GET", "Patient/0"), wrong))

    assert [issue.expression for issue in refused.value.issues] == [expression]
    problems = [one.problem for one in plan(a_bundle(entry("GET", "Patient/0"), wrong, type="batch")).entries]
    assert problems[0] is None
    assert problems[1] is not None


def test_a_collection_may_tell_how_it_was_requested() -> None:
    assert plan(a_bundle(entry("POST", "Patient", patient()), type="collection")).entries[0].resource == patient()
