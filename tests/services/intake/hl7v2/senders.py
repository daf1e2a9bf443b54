"""Who sends messages in tests: a line that frames them and reads the answers, and messages with one knob."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self

START, END = b"\x0b", b"\x1c\r"


@dataclass
class Sender:
    """Opened by `async with`. `tell` sends a message and answers what came back."""

    port: int
    tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.tls, limit=1 << 20)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._writer.close()

    async def tell(self, message: bytes) -> Answer:
        await self.send(framed(message))
        return await self.hear()

    async def send(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()

    async def hear(self) -> Answer:
        async with asyncio.timeout(10):
            frame = await self._reader.readuntil(END)
        assert frame.startswith(START)
        return Answer(frame[1:-2].decode())

    async def hear_nothing_more(self) -> bytes:
        """What still comes until the other side hangs up."""
        async with asyncio.timeout(10):
            return await self._reader.read()

    def hang_up(self) -> None:
        """Without another word, and without reading one."""
        self._writer.transport.abort()

    def send_no_more(self) -> None:
        self._writer.write_eof()


@dataclass(frozen=True)
class Answer:
    """An acknowledgment."""

    text: str

    @property
    def code(self) -> str:
        return self.field("MSA", 1)

    @property
    def about(self) -> str:
        """The control id that it answers."""
        return self.field("MSA", 2)

    @property
    def conditions(self) -> list[str]:
        """ERR-3 of each error, by code."""
        return [line.split("|")[3].split("^")[0] for line in self.text.split("\r") if line.startswith("ERR")]

    def field(self, segment: str, number: int) -> str:
        line = next(line for line in self.text.split("\r") if line.startswith(segment))
        fields = line.split("|")
        if segment == "MSH":
            fields.insert(1, "|")
        return fields[number] if number < len(fields) else ""


def framed(message: bytes) -> bytes:
    return START + message + END


def a_message(
    control: str = "1",
    event: str = "ADT^A01",
    *,
    sender: str = "WARD|MERCY",
    visit: str = "V1",
    patient: str = "P1",
    acks: str = "|",
) -> bytes:
    """Ours, with CR between the segments. `acks` is MSH-15 and -16."""
    lines = (
        rf"MSH|^~\&|{sender}|CARE|HARBOR|20260511142000-0400||{event}|{control}|P|2.5.1|||{acks}",
        f"EVN|{event[4:]}|20260511142000-0400",
        f"PID|1||{patient}^^^MERCY^MR||LINDQVIST^RIVER||19940903|O",
        f"PV1|1|I|4E^12^A^MERCY||||||||||||||||{visit}^^^MERCY^VN",
    )
    return "".join(f"{line}\r" for line in lines).encode()
