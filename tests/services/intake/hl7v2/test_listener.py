"""The listener starts where it can, says where it can't, and stops without leaving anybody in doubt."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from services.intake.app import service
from services.intake.hl7v2.listener import listening
from services.intake.hl7v2.mapping import Made
from services.intake.hl7v2.message import Message
from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.runtime.loopback import NotLoopback
from shared.service import Deployed
from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.services.intake.hl7v2.conftest import Mapped, OpenWard
from tests.services.intake.hl7v2.senders import Sender, a_message, framed


@pytest.fixture
async def store(sqlite_url: str) -> Store:
    return Store.open(sqlite_url, service="intake", owns=service.keeps)


def deployed(store: Store, **settings: object) -> Deployed:
    return Deployed(service, store, Settings(**settings), system_now)  # type: ignore[arg-type]


async def test_off_means_that_nobody_listens(store: Store) -> None:
    async with listening(deployed(store, mllp_port="off")) as listener:
        assert listener is None


async def test_a_port_that_is_taken_is_said_at_once(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]

        with pytest.raises(OSError, match=f"port {port} is taken; choose another CARE_MLLP_PORT"):
            async with listening(deployed(store, mllp_port=port)):
                pass


async def test_it_listens_on_loopback_only(store: Store) -> None:
    with pytest.raises(NotLoopback):
        async with listening(deployed(store, mllp_port=0, host="0.0.0.0")):
            pass


class Gate(Mapped):
    """A mapping that waits until a test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, message: Message, tx: Transaction) -> Made:
        self.reached.set()
        assert self.open.wait(10)
        return super().__call__(message, tx)


async def test_who_stops_first_answers_what_has_arrived_completely(open_ward: OpenWard) -> None:
    gate = Gate()
    async with open_ward(gate) as ward, Sender(ward.port) as sender, Sender(ward.port) as silent:
        await silent.send(b"\x0bMSH|")
        await sender.send(framed(a_message("M1")) + framed(a_message("M2")) + framed(a_message("half"))[:50])
        await asyncio.to_thread(gate.reached.wait, 10)

        stopping = asyncio.create_task(ward.listener.stop(10))
        await asyncio.sleep(0)
        gate.open.set()
        await stopping

        assert [(await sender.hear()).about for _ in range(2)] == ["M1", "M2"]
        assert await sender.hear_nothing_more() == await silent.hear_nothing_more() == b""
        assert await ward.states() == [("M1", "processed"), ("M2", "processed")]
        with pytest.raises(ConnectionRefusedError):
            await Sender(ward.port).__aenter__()


async def test_what_takes_longer_than_the_grace_is_not_waited_for(open_ward: OpenWard) -> None:
    gate = Gate()
    async with open_ward(gate) as ward, Sender(ward.port) as sender:
        await sender.send(framed(a_message("M1")))
        await asyncio.to_thread(gate.reached.wait, 10)

        await ward.listener.stop(0.01)

        assert await sender.hear_nothing_more() == b""
        gate.open.set()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA, and a certificate of it for `localhost` that is good for both sides: ca.pem, line.pem, line.key."""
    folder = tmp_path_factory.mktemp("certificates")
    short = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    make = ("openssl", "req", "-x509", *short)
    of_ca = ("-CA", "ca.pem", "-CAkey", "ca.key")
    commands = (
        (*make, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA"),
        (*make, "-keyout", "line.key", "-out", "line.pem", "-subj", "/CN=localhost", *of_ca),
    )
    for command in commands:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


async def test_over_tls_only_senders_with_a_certificate_are_heard(open_ward: OpenWard, certificates: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    trusting.check_hostname = False
    unknown = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    unknown.check_hostname = False
    trusting.load_cert_chain(certificates / "line.pem", certificates / "line.key")
    settings = {
        "mllp_tls_certificate": str(certificates / "line.pem"),
        "mllp_tls_key": str(certificates / "line.key"),
        "mllp_tls_client_ca": str(certificates / "ca.pem"),
    }
    async with open_ward(**settings) as ward:
        async with Sender(ward.port, trusting) as sender:
            assert (await sender.tell(a_message("M1"))).code == "AA"
        for stranger in (None, unknown):
            with pytest.raises((OSError, EOFError)):
                async with Sender(ward.port, stranger) as sender:
                    await sender.tell(a_message("M2"))
        async with Sender(ward.port, trusting) as sender:
            assert (await sender.tell(a_message("M3"))).code == "AA"
        assert [control for control, _ in await ward.states()] == ["M1", "M3"]


@pytest.mark.parametrize(
    "settings",
    [
        {"mllp_tls_certificate": "nowhere.pem"},
        {"mllp_tls_key": "nowhere.pem"},
        {"mllp_tls_client_ca": "nowhere.pem"},
    ],
)
async def test_a_certificate_that_is_none_is_said_at_once(store: Store, settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="CARE_MLLP_TLS_"):
        async with listening(deployed(store, mllp_port=0, **settings)):
            pass
