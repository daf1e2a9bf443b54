"""One trace leads from a request in one service through the broker into another, and is in the log of both."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.shared.runtime.stack import Stack, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_trace_follows_an_event_into_another_service(stack: Stack) -> None:
    until(lambda: following(stack, "west") == {"Patient": "live"}, 20)

    httpx.post(
        f"{stack.url('east')}/fhir/Patient",
        json={"resourceType": "Patient", "name": [{"family": "Chalmers"}]},
        headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
    ).raise_for_status()

    until(lambda: said_by(stack, "west", "heard") != [], 20)
    assert said_by(stack, "east", "answered")[0]["trace_id"] == TRACE
    assert said_by(stack, "west", "heard")[0]["trace_id"] == TRACE
    assert "Chalmers" not in stack.said()


def following(stack: Stack, service: str) -> Any:
    return httpx.get(f"{stack.url(service)}/readyz").json()["delivery"].get("following")


def said_by(stack: Stack, service: str, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in stack.said().splitlines() if line.startswith("{")]
    return [line for line in lines if line["service"] == service and line["event"] == event]
