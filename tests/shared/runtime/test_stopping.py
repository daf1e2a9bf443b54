"""Stopped in the middle of work, a service finishes what it has begun, and goes on from there."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress

import httpx

from tests.shared.runtime.stack import Stack, is_alive, until


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


def test_a_service_that_is_asked_to_stop_under_load_is_gone_within_ten_seconds_and_has_kept_all_it_took(stack: Stack) -> None:
    accepted: list[str] = []
    stopped = threading.Event()
    callers = [threading.Thread(target=write_until_stopped, args=(stack.url("east"), accepted, stopped)) for _ in range(16)]
    for caller in callers:
        caller.start()
    until(lambda: len(accepted) > 200, 20)
    before = stack.pid("east")

    os.kill(before, signal.SIGTERM)

    assert until(lambda: not is_alive(before), 10) < 10
    after_the_stop = len(accepted)
    until(lambda: stack.is_ready("east"), 20)
    until(lambda: len(accepted) > after_the_stop, 10)
    stopped.set()
    for caller in callers:
        caller.join()
    assert "killed" not in stack.said()
    assert set(accepted) <= set(ids_of_all(f"{stack.url('east')}/fhir/Patient?_elements=id&_count=1000"))


def ids_of_all(url: str) -> Iterator[str]:
    following: str | None = url
    while following:
        page = httpx.get(following).json()
        yield from (entry["resource"]["id"] for entry in page["entry"] if entry["search"]["mode"] == "match")
        following = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)


def write_until_stopped(url: str, accepted: list[str], stopped: threading.Event) -> None:
    with httpx.Client() as http:
        while not stopped.is_set():
            with suppress(httpx.TransportError):
                answer = http.post(f"{url}/fhir/Patient", json={"resourceType": "Patient"})
                if answer.status_code == 201:
                    accepted.append(answer.json()["id"])
