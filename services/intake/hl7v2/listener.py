"""The MLLP listener: a part of the service that takes connections for as long as it runs."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from shared.kernel.settings import Settings
from shared.runtime import loopback
from shared.service import Deployed

from . import meters, tls
from .line import Limits, Line
from .reception import Reception

_OF_GRACE: Final = 1 / 4
"""The rest is for those who stop after it: delivery and store."""

_log = structlog.get_logger()


@asynccontextmanager
async def listening(deployed: Deployed) -> AsyncIterator[Listener | None]:
    """The listener, on CARE_MLLP_PORT of CARE_HOST; None where that is off.

    Raises OSError where the port is taken, NotLoopback, ValueError for a certificate that is none.
    """
    settings = deployed.settings
    if settings.mllp_port is None:
        yield None
        return
    loopback.check(settings.host)
    listener = Listener(deployed, Reception(deployed))
    await listener.start(settings.host, settings.mllp_port)
    try:
        yield listener
    finally:
        await listener.stop(settings.grace.total_seconds() * _OF_GRACE)


class Listener:
    """Many lines at once; what goes wrong on one is that one's affair."""

    def __init__(self, deployed: Deployed, reception: Reception) -> None:
        self._settings: Settings = deployed.settings
        self._meters = deployed.meters
        self._reception = reception
        self._limits = Limits(self._settings.max_body_bytes, self._settings.mllp_idle)
        self._lines: dict[asyncio.Task[None], Line] = {}
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        context = tls.context(self._settings)
        try:
            self._server = await asyncio.start_server(self._connected, host, port, ssl=context)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise OSError(f"port {port} is taken; choose another CARE_MLLP_PORT, or off") from error
        self.port = int(self._server.sockets[0].getsockname()[1])
        _log.info("listening for HL7 v2", port=self.port, tls=context is not None)

    async def stop(self, seconds: float) -> None:
        """Take nobody new; what has arrived is stored and answered, within so many seconds."""
        self._server.close()
        for line in self._lines.values():
            line.stop()
        if self._lines:
            _, late = await asyncio.wait(self._lines, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._lines) >= self._settings.mllp_connections:
            _log.warning("too many senders (CARE_MLLP_CONNECTIONS)", connected=len(self._lines))
            writer.close()
            return
        line = Line(self._reception, reader, writer, self._limits, self._meters)
        task = asyncio.create_task(line.serve(), name="hl7v2 line")
        self._lines[task] = line
        task.add_done_callback(self._hung_up)
        self._meters.set(meters.CONNECTIONS, len(self._lines))

    def _hung_up(self, task: asyncio.Task[None]) -> None:
        del self._lines[task]
        self._meters.set(meters.CONNECTIONS, len(self._lines))
        if not task.cancelled() and (error := task.exception()):
            _log.error("a line broke", exc_info=error)
