"""Stopped in the middle of work, a service finishes what it has begun, and goes on from there."""

from __future__ import annotations

import threading
from contextlib import suppress

import httpx

from tests.shared.runtime.stack import Stack, until


def test_what_was_answered_before_the_stop_is_there_after_the_next_start(stack: Stack) -> None:
    accepted: list[str] = []
    stopped = threading.Event()
    callers = [threading.Thread(target=write_until_stopped, args=(stack.url("east"), accepted, stopped)) for _ in range(4)]
    for caller in callers:
        caller.start()
    until(lambda: len(accepted) > 50, 20)

    code = stack.terminate(15)
    stopped.set()
    for caller in callers:
        caller.join()
    again = Stack.start(stack.folder)
    try:
        again.wait_until_ready()
        kept = httpx.get(f"{again.url('east')}/fhir/Patient?_summary=count").json()["total"]
        assert code == 0
        assert all(httpx.get(f"{again.url('east')}/fhir/Patient/{id}").status_code == 200 for id in accepted[-50:])
        assert kept >= len(accepted)
        until(lambda: httpx.get(f"{again.url('west')}/fhir/Task?_summary=count").json()["total"] == kept, 30)
    finally:
        again.end()


def write_until_stopped(url: str, accepted: list[str], stopped: threading.Event) -> None:
    with httpx.Client() as http:
        while not stopped.is_set():
            with suppress(httpx.TransportError):
                answer = http.post(f"{url}/fhir/Patient", json={"resourceType": "Patient"})
                if answer.status_code == 201:
                    accepted.append(answer.json()["id"])
