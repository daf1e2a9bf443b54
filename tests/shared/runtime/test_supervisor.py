"""The supervisor keeps what it started running, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.shared.runtime.stack import PROGRAMS, SERVICES, Stack, is_alive, until


def test_it_prints_where_everything_is_once_all_is_ready(stack: Stack) -> None:
    assert all(f"{name:<12} {stack.url(name)}/fhir" in stack.said() for name in SERVICES)


@pytest.mark.parametrize("name", ["east", "broker"])
def test_who_is_killed_is_started_again_within_two_seconds_and_the_others_go_on(stack: Stack, name: str) -> None:
    before = {program: stack.pid(program) for program in PROGRAMS}

    os.kill(before[name], signal.SIGKILL)

    until(lambda: stack.pid(name) != before[name] and is_alive(stack.pid(name)), 2)
    until(lambda: all(stack.is_ready(service) for service in SERVICES), 20)
    assert all(stack.pid(program) == pid for program, pid in before.items() if program != name)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_stops_all_within_fifteen_seconds(stack: Stack, asked: signal.Signals) -> None:
    pids = [stack.pid(program) for program in PROGRAMS]

    stack.supervisor.send_signal(asked)

    assert stack.supervisor.wait(15) == 0
    assert not any(is_alive(pid) for pid in pids)
    assert not list((stack.folder / "run").iterdir())


def test_the_broker_is_the_last_to_stop(stack: Stack) -> None:
    stack.terminate(15)

    broker_ended = (stack.folder / "broker" / "broker.log").stat().st_mtime
    assert "Server Exiting" in (stack.folder / "broker" / "broker.log").read_text()
    assert broker_ended >= (stack.folder / "said").stat().st_mtime


def test_killed_itself_it_leaves_no_orphan(stack: Stack) -> None:
    pids = [stack.pid(program) for program in PROGRAMS]

    stack.supervisor.kill()
    stack.supervisor.wait()

    until(lambda: not any(is_alive(pid) for pid in pids), 5)


def test_a_second_start_on_the_same_folder_is_refused_while_the_first_one_runs(stack: Stack) -> None:
    second = Stack.start(stack.folder)

    assert second.supervisor.wait(15) == 1
    assert "Another supervisor runs" in second.said()


def test_a_start_on_a_port_that_is_taken_says_which(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    second = Stack.start(tmp_path_factory.mktemp("second"), CARE_PORT_BASE=str(stack.port_base))

    assert second.supervisor.wait(15) == 1
    assert f"Port {stack.port_base + 1} is taken" in second.said()


def test_the_port_for_messages_is_looked_at_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        second = Stack.start(tmp_path, CARE_MLLP_PORT=str(port))

        assert second.supervisor.wait(15) == 1
        assert f"Port {port} is taken; choose another CARE_MLLP_PORT, or off" in second.said()


def test_with_a_broker_elsewhere_none_is_started(tmp_path: Path) -> None:
    stack = Stack.start(tmp_path, CARE_NATS_URL="nats://127.0.0.1:9")
    try:
        stack.wait_until_ready()

        assert not (tmp_path / "run" / "broker.pid").exists()
        assert stack.terminate(15) == 0
    finally:
        stack.end()
