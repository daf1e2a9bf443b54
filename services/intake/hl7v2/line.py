"""One sender's connection: frames in, answers out, one after the other in the order in which they came."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

import structlog

from shared.kernel.meter import Meters

from . import meters
from .framing import Frame, Framer, framed
from .reception import Reception

_PIECE: Final = 64 * 1024

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """`largest` frame in bytes; `idle`: how long a sender may stop in the middle of one."""

    largest: int
    idle: timedelta


class Line:
    """`serve` returns when the sender hangs up or stops in mid-frame, or soon after `stop`."""

    def __init__(
        self, reception: Reception, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits, counted: Meters
    ) -> None:
        self._reception = reception
        self._reader = reader
        self._writer = writer
        self._framer = Framer(limits.largest)
        self._idle = limits.idle.total_seconds()
        self._counted = counted
        self._patience: asyncio.Timeout | None = None
        self._stopping = False
        self._peer = _stay_in_touch(writer)

    async def serve(self) -> None:
        try:
            while received := await self._received():
                await self._take(self._framer.feed(received))
            await self._take(self._framer.end())
        except (OSError, EOFError) as lost:
            _log.info("a sender is gone", peer=self._peer, reason=str(lost))
        finally:
            self._tell_what_was_no_message()
            self._writer.close()
            with suppress(OSError, EOFError):
                await self._writer.wait_closed()

    def stop(self) -> None:
        """Answer what has been received completely, then hang up."""
        self._stopping = True
        with suppress(RuntimeError, AttributeError):  # a TLS transport that is closed knows no protocol any more
            cast(asyncio.Transport, self._writer.transport).pause_reading()
        if self._patience:
            self._patience.reschedule(asyncio.get_running_loop().time())

    async def _received(self) -> bytes:
        """The next piece; b"" where there will be none."""
        seconds = 0.0 if self._stopping else self._idle if self._framer.is_inside else None
        try:
            async with asyncio.timeout(seconds) as self._patience:
                return await self._reader.read(_PIECE)
        except TimeoutError:
            if not self._stopping:
                _log.warning("a sender stopped in mid-frame", peer=self._peer, seconds=self._idle)
            return b""
        finally:
            self._patience = None

    async def _take(self, frames: list[Frame]) -> None:
        for frame in frames:
            for answer in await self._reception.take(frame, self._peer):
                self._writer.write(framed(answer))
            await self._writer.drain()

    def _tell_what_was_no_message(self) -> None:
        if self._framer.cut:
            self._counted.count(meters.DROPPED, "cut", by=self._framer.cut)
        if self._framer.cut or self._framer.skipped:
            skipped, cut = self._framer.skipped, self._framer.cut
            _log.warning("there was more on the line than messages", peer=self._peer, bytes_skipped=skipped, frames_cut=cut)


def _stay_in_touch(writer: asyncio.StreamWriter) -> str:
    """Notice a peer that vanished without a word (feeds keep silent for hours). Answers who it is."""
    connected = writer.get_extra_info("socket")
    if connected is not None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    peer: tuple[object, ...] = writer.get_extra_info("peername") or ("unknown", 0)
    return f"{peer[0]}:{peer[1]}"
